import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { ConnectError, createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import {
  CustomerService,
  type WatchCustomersRequest,
  WatchCustomersRequestSchema,
  type WatchCustomersResponse,
  WatchCustomersResponseSchema,
} from '../../../gen/ledger/v1/customer_service_pb.js';
import { toRefusal as fromServiceError } from './grpc-js-caller.ts';
import type { CustomerChange, CustomerRef, Protocol } from './ledger-client.ts';
import { toRefusal as fromErrorBody } from './rest-connection.ts';
import { toCustomerChange, toOneof } from './rpc-messages.ts';
import { toRefusal as fromConnectError } from './transport-caller.ts';

/** What to watch. */
export interface WatchRequest {
  /** The only customer; all of the tenant when it is absent. */
  readonly ref?: CustomerRef;
  readonly position?: string;
  readonly heartbeatMs?: number;
}

/** What a watch tells, alike for all protocols. A heartbeat has a position alone. */
export interface WatchTold {
  readonly position: string;
  readonly change?: CustomerChange;
}

/** A watch under way. That it is refused, or ended by the service with a reason, is thrown as a Refusal. */
export interface WatchCall extends AsyncGenerator<WatchTold, void, undefined> {
  /** Hangs up. */
  cancel(): void;
}

type Target = { readonly address: string; readonly key: string };

const transports: Record<Exclude<Protocol, 'rest' | 'grpc-js'>, (baseUrl: string) => Transport> = {
  'grpc by connect-node': (baseUrl) => createGrpcTransport({ baseUrl }),
  'connect json': (baseUrl) => createConnectTransport({ baseUrl, httpVersion: '1.1' }),
  'connect binary': (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: '2', useBinaryFormat: true }),
  'grpc-web': (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1' }),
};

/** Begins a watch over a protocol, with the first event that is asked for. */
export function openWatch(
  protocol: Protocol,
  target: Target,
  request: WatchRequest = {},
): WatchCall {
  if (protocol === 'rest') return watchEvents(target, request);
  const { ref, position = '', heartbeatMs } = request;
  const message = create(WatchCustomersRequestSchema, {
    ...(ref && toOneof(ref)),
    position,
    ...(heartbeatMs !== undefined && { heartbeat: durationFromMs(heartbeatMs) }),
  });
  return protocol === 'grpc-js'
    ? watchByGrpcJs(target, message)
    : watchByTransport(transports[protocol](target.address), target.key, message);
}

function watchByTransport(
  transport: Transport,
  key: string,
  message: WatchCustomersRequest,
): WatchCall {
  const stop = new AbortController();
  const client = createClient(CustomerService, transport);
  async function* read() {
    try {
      const options = { signal: stop.signal, headers: { 'x-api-key': key } };
      for await (const told of client.watchCustomers(message, options)) yield toTold(told);
    } catch (error) {
      throw fromConnectError(ConnectError.from(error));
    }
  }
  return Object.assign(read(), { cancel: () => stop.abort() });
}

function watchByGrpcJs({ address, key }: Target, message: WatchCustomersRequest): WatchCall {
  const client = new Client(new URL(address).host, credentials.createInsecure());
  let cancel = () => client.close();
  async function* read() {
    const metadata = new Metadata();
    metadata.set('x-api-key', key);
    const stream = client.makeServerStreamRequest(
      `/${CustomerService.typeName}/WatchCustomers`,
      (request: WatchCustomersRequest) =>
        Buffer.from(toBinary(WatchCustomersRequestSchema, request)),
      (bytes) => fromBinary(WatchCustomersResponseSchema, bytes),
      message,
      metadata,
    );
    cancel = () => stream.cancel();
    try {
      for await (const told of stream) yield toTold(told as WatchCustomersResponse);
    } catch (error) {
      throw fromServiceError(error as ServiceError, new Metadata());
    } finally {
      client.close();
    }
  }
  return Object.assign(read(), { cancel: () => cancel() });
}

function toTold({ change, position }: WatchCustomersResponse): WatchTold {
  return { position, ...(change && { change: toCustomerChange(change) }) };
}

function watchEvents({ address, key }: Target, request: WatchRequest): WatchCall {
  const stop = new AbortController();
  const { ref, position, heartbeatMs } = request;
  const id = ref && encodeURIComponent('id' in ref ? ref.id : ref.externalId);
  const path = id === undefined ? 'changes/watch' : `${id}/changes/watch`;
  const query = heartbeatMs === undefined ? '' : `?heartbeatMs=${heartbeatMs}`;
  async function* read() {
    const response = await fetch(`${address}/v3/ledger/customer/${path}${query}`, {
      headers: { 'x-api-key': key, ...(position !== undefined && { 'last-event-id': position }) },
      signal: stop.signal,
    });
    if (!response.ok) throw fromErrorBody(response, JSON.parse(await response.text()));
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      yield* events.flatMap(fromEvent);
    }
  }
  return Object.assign(read(), { cancel: () => stop.abort() });
}

/** Reads a server-sent event; none of one that only tells when to connect again. */
function fromEvent(event: string): WatchTold[] {
  const position = /^id: (.*)$/m.exec(event)?.[1];
  if (position === undefined) return [];
  const data = /^data: (.*)$/m.exec(event)?.[1];
  if (data === undefined) return [{ position }];
  const { created: time, ...told } = JSON.parse(data);
  return [{ position, change: { ...told, time } }];
}
