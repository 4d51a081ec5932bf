import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import {
  CustomerService,
  type WatchCustomersRequest,
  WatchCustomersRequestSchema,
  type WatchCustomersResponse,
  WatchCustomersResponseSchema,
} from '../../../gen/ledger/v1/customer_service_pb.js';
import type { Protocol } from './ledger-client.ts';

/** What to watch. */
export interface WatchRequest {
  /** The only customer, by its internal id; all of the tenant when it is absent. */
  readonly customerId?: string;
  readonly position?: string;
  readonly heartbeatMs?: number;
}

/** What a watch tells, alike for all protocols. A heartbeat has a position alone. */
export interface WatchTold {
  readonly position: string;
  readonly id?: string;
  readonly customerId?: string;
  readonly version?: number;
  readonly verb?: string;
  readonly reason?: string;
}

/** Why a watch was refused or ended: the gRPC code, or the status of REST. */
export class WatchEnd extends Error {
  override readonly name = 'WatchEnd';
  readonly code: string | number;

  constructor(code: string | number, message: string) {
    super(message);
    this.code = code;
  }
}

/** A watch under way. */
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

/** Begins a watch over a protocol. What ends it is thrown as a WatchEnd. */
export function openWatch(protocol: Protocol, target: Target, request: WatchRequest): WatchCall {
  if (protocol === 'rest') return watchEvents(target, request);
  const message = create(WatchCustomersRequestSchema, {
    ...(request.customerId && { customer: { case: 'id', value: request.customerId } }),
    position: request.position ?? '',
    ...(request.heartbeatMs !== undefined && {
      heartbeat: { seconds: BigInt(request.heartbeatMs / 1_000), nanos: 0 },
    }),
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
      const { code, rawMessage } = ConnectError.from(error);
      throw new WatchEnd(toGrpcName(Code[code]), rawMessage);
    }
  }
  return Object.assign(read(), { cancel: () => stop.abort() });
}

function watchByGrpcJs({ address, key }: Target, message: WatchCustomersRequest): WatchCall {
  const client = new Client(new URL(address).host, credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set('x-api-key', key);
  const stream = client.makeServerStreamRequest(
    `/${CustomerService.typeName}/WatchCustomers`,
    (request: WatchCustomersRequest) => Buffer.from(toBinary(WatchCustomersRequestSchema, request)),
    (bytes) => fromBinary(WatchCustomersResponseSchema, bytes),
    message,
    metadata,
  );
  async function* read() {
    try {
      for await (const told of stream) yield toTold(told as WatchCustomersResponse);
    } catch (error) {
      const { code, details } = error as ServiceError;
      throw new WatchEnd(status[code] ?? '', details);
    } finally {
      client.close();
    }
  }
  return Object.assign(read(), { cancel: () => stream.cancel() });
}

/** Makes of the name of a code in Connect, such as NotFound, that in gRPC. */
function toGrpcName(name = ''): string {
  const words = name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
  return words === 'CANCELED' ? 'CANCELLED' : words;
}

function toTold({ change, position }: WatchCustomersResponse): WatchTold {
  if (!change) return { position };
  const { id, customerId, version, reason } = change;
  const told = { position, id, customerId, version: Number(version) };
  return reason === '' ? told : { ...told, reason };
}

function watchEvents(
  { address, key }: Target,
  { customerId, position, heartbeatMs }: WatchRequest,
): WatchCall {
  const stop = new AbortController();
  const path = customerId === undefined ? 'changes/watch' : `${customerId}/changes/watch`;
  const query = heartbeatMs === undefined ? '' : `?heartbeatMs=${heartbeatMs}`;
  async function* read() {
    const response = await fetch(`${address}/v3/ledger/customer/${path}${query}`, {
      headers: { 'x-api-key': key, ...(position && { 'last-event-id': position }) },
      signal: stop.signal,
    });
    if (!response.ok) {
      const { message } = (await response.json()) as { message: string };
      throw new WatchEnd(response.status, message);
    }
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const told = fromEvent(event);
        if (told) yield told;
      }
    }
  }
  return Object.assign(read(), { cancel: () => stop.abort() });
}

/** Reads a server-sent event; undefined for one that only tells when to connect again. */
function fromEvent(event: string): WatchTold | undefined {
  const position = /^id: (.*)$/m.exec(event)?.[1];
  if (position === undefined) return undefined;
  const data = /^data: (.*)$/m.exec(event)?.[1];
  if (data === undefined) return { position };
  const { id, customerId, version, reason } = JSON.parse(data);
  const told = { position, id, customerId, version };
  return reason === undefined ? told : { ...told, reason };
}
