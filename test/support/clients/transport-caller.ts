import { Agent } from 'node:http';
import { ConnectError, type Transport } from '@connectrpc/connect';
import { codeToString } from '@connectrpc/connect/protocol-connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node';
import type { Caller } from './caller.ts';
import { type Detail, fromDetails, type Refusal } from './refusal.ts';

/** Creates a caller of connect-node's gRPC, on HTTP/2. */
export function createGrpcCaller(address: string): Caller {
  const sessionManager = new Http2SessionManager(address);
  const transport = createGrpcTransport({ baseUrl: address, sessionManager });
  return createCaller(transport, () => sessionManager.abort());
}

/** Creates a caller of connect-node's Connect with the binary format, on HTTP/2. */
export function createConnectCaller(address: string): Caller {
  const sessionManager = new Http2SessionManager(address);
  const transport = createConnectTransport({
    baseUrl: address,
    httpVersion: '2',
    useBinaryFormat: true,
    sessionManager,
  });
  return createCaller(transport, () => sessionManager.abort());
}

/** Creates a caller of connect-node's gRPC-Web, on HTTP/1.1. */
export function createGrpcWebCaller(address: string): Caller {
  const agent = new Agent({ keepAlive: true });
  const transport = createGrpcWebTransport({
    baseUrl: address,
    httpVersion: '1.1',
    nodeOptions: { agent },
  });
  return createCaller(transport, () => agent.destroy());
}

function createCaller(transport: Transport, close: () => void): Caller {
  return {
    async call(method, request, headers = {}, timeoutMs = 20_000) {
      try {
        const reply = await transport.unary(method, undefined, timeoutMs, { ...headers }, request);
        return { message: reply.message, headers: reply.header };
      } catch (error) {
        throw error instanceof ConnectError ? toRefusal(error) : error;
      }
    },
    close,
  };
}

/** Makes a refusal of the error of a call. */
export function toRefusal(error: ConnectError): Refusal {
  const details = error.details.filter((detail): detail is Detail => 'type' in detail);
  return fromDetails(
    {
      code: codeToString(error.code).toUpperCase(),
      message: error.rawMessage,
      headers: error.metadata,
    },
    details,
  );
}
