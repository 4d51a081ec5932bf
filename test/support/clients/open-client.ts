import type { Caller } from './caller.ts';
import { createConnectJsonCaller } from './connect-json-caller.ts';
import { createGrpcJsCaller } from './grpc-js-caller.ts';
import type { LedgerClient, Protocol } from './ledger-client.ts';
import { createRestClient } from './rest-client.ts';
import { createRpcClient } from './rpc-client.ts';
import { createConnectCaller, createGrpcCaller, createGrpcWebCaller } from './transport-caller.ts';

const callers: Record<Exclude<Protocol, 'rest'>, (address: string) => Caller> = {
  'grpc-js': createGrpcJsCaller,
  'grpc by connect-node': createGrpcCaller,
  'connect json': createConnectJsonCaller,
  'connect binary': createConnectCaller,
  'grpc-web': createGrpcWebCaller,
};

/** Opens a caller of any method over an RPC protocol. */
export function openCaller(protocol: Exclude<Protocol, 'rest'>, address: string): Caller {
  return callers[protocol](address);
}

/** Opens a client of the ledger over any protocol. */
export function openClient(
  protocol: Protocol,
  service: { readonly address: string; readonly key: string },
): LedgerClient {
  return protocol === 'rest'
    ? createRestClient(service.address, service.key)
    : createRpcClient(protocol, openCaller(protocol, service.address), service.key);
}
