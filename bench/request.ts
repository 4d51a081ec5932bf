import { create, type DescMessage, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  GetCustomerRequestSchema,
  ListCustomersRequestSchema,
} from '../gen/ledger/v1/customer_service_pb.js';
import type { Protocol, Work } from './options.ts';

/** What one client sends over and over: the paths in turn, each with the same body. */
export interface Request {
  readonly http: 1 | 2;
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly paths: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** How many customers a list answers. */
export const pageSize = 25;

const methods: Record<Work, readonly string[]> = {
  get: ['GetCustomer'],
  list: ['ListCustomers'],
  state: ['DisableCustomer', 'EnableCustomer'],
};

/** Makes the request of a piece of work on one customer. */
export function createRequest(protocol: Protocol, work: Work, id: string, key: string): Request {
  const paths = methods[work].map((method) => `/ledger.v1.CustomerService/${method}`);
  switch (protocol) {
    case 'grpc':
      return createGrpcRequest(key, paths, createMessage(work, id));
    case 'connect':
      return createJsonRequest(key, paths, work === 'list' ? { pageSize } : { id });
    case 'rest': {
      const resource = '/v3/ledger/customer';
      const restPaths = {
        get: [`${resource}/${id}`],
        list: [`${resource}?pageSize=${pageSize}`],
        state: [`${resource}/${id}/disable`, `${resource}/${id}/enable`],
      };
      const method = work === 'state' ? 'PUT' : 'GET';
      return { http: 1, method, paths: restPaths[work], headers: authorise(key) };
    }
  }
}

/** Makes the request of a gRPC call. Its frame is a byte that says it is not compressed, the length, the message. */
export function createGrpcRequest(
  key: string,
  paths: readonly string[],
  message: Uint8Array,
): Request {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  const headers = { ...authorise(key), 'content-type': 'application/grpc', te: 'trailers' };
  return { http: 2, method: 'POST', paths, headers, body: Buffer.concat([prefix, message]) };
}

/** Makes the request of a call that posts JSON. */
export function createJsonRequest(key: string, paths: readonly string[], body: object): Request {
  const headers = { ...authorise(key), 'content-type': 'application/json' };
  return { http: 1, method: 'POST', paths, headers, body: Buffer.from(JSON.stringify(body)) };
}

export function encode<Schema extends DescMessage>(
  schema: Schema,
  message: MessageInitShape<Schema>,
): Uint8Array {
  return toBinary(schema, create(schema, message));
}

function createMessage(work: Work, id: string): Uint8Array {
  return work === 'list'
    ? encode(ListCustomersRequestSchema, { pageSize })
    : encode(GetCustomerRequestSchema, { customer: { case: 'id', value: id } });
}

function authorise(key: string) {
  return { 'x-api-key': key };
}
