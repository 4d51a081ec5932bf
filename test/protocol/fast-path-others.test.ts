import { gzipSync } from 'node:zlib';
import { fromJson, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GetCustomerRequestSchema } from '../../gen/ledger/v1/customer_service_pb.js';
import { type BothWays, type Client, startBothWays } from '../support/both-ways.ts';
import { createCall } from '../support/database.ts';
import { frame, type RawRequest } from '../support/raw-request.ts';

let ways: BothWays;
beforeAll(async () => {
  ways = await startBothWays();
  const opening = { currency: 'EUR', customer: { externalId: 'a' } };
  await ways.store.accounts.open(createCall(), opening);
});
afterAll(() => ways.close());

const path = '/ledger.v1.CustomerService/GetCustomer';
const json = Buffer.from('{"externalId":"a"}');
const protobuf = toBinary(
  GetCustomerRequestSchema,
  fromJson(GetCustomerRequestSchema, { externalId: 'a' }),
);

type Headers = Readonly<Record<string, string>>;

function typed(type: string, body: Uint8Array, headers: Headers = {}): RawRequest {
  return { method: 'POST', path, headers: { 'content-type': type, ...headers }, body };
}

function grpc(headers: Headers = {}, body: Uint8Array = frame(protobuf)): RawRequest {
  return typed('application/grpc', body, { te: 'trailers', ...headers });
}

describe('the fast path leaves to the adapter', () => {
  it.each<[string, status: number, Client, RawRequest]>([
    [
      'Connect by GET',
      200,
      'http1',
      { method: 'GET', path: `${path}?encoding=json&message=%7B%22externalId%22%3A%22a%22%7D` },
    ],
    ['a GET without a message', 415, 'http1', { method: 'GET', path }],
    ['a PUT', 405, 'http1', { ...typed('application/json', json), method: 'PUT' }],
    [
      'a path with a query',
      200,
      'http1',
      { ...typed('application/json', json), path: `${path}?a` },
    ],
    ['gRPC-Web', 200, 'http1', typed('application/grpc-web+proto', frame(protobuf))],
    ['gRPC-Web over HTTP/2', 200, 'http2', typed('application/grpc-web', frame(protobuf))],
    ['gRPC over HTTP/1.1', 200, 'http1', grpc()],
    ['gRPC with JSON', 200, 'http2', typed('application/grpc+json', frame(json))],
    [
      'gRPC that is compressed',
      200,
      'http2',
      grpc({ 'grpc-encoding': 'gzip' }, frame(gzipSync(protobuf), 1)),
    ],
    ['gRPC in an encoding that is unknown', 200, 'http2', grpc({ 'grpc-encoding': 'br' })],
    ['gRPC with a time-out that is none', 200, 'http2', grpc({ 'grpc-timeout': '1.5S' })],
    [
      'Connect that is compressed',
      200,
      'http1',
      typed('application/json', gzipSync(json), { 'content-encoding': 'gzip' }),
    ],
    [
      'Connect in an encoding that is unknown',
      501,
      'http2',
      typed('application/json', json, { 'content-encoding': 'br' }),
    ],
    [
      'Connect with a time-out that is none',
      400,
      'http1',
      typed('application/proto', protobuf, { 'connect-timeout-ms': '1s' }),
    ],
    ['a content type in a rare spelling', 200, 'http1', typed('Application/JSON', json)],
    ['a content type of streams', 415, 'http1', typed('application/connect+json', json)],
    ['a content type of something else', 415, 'http1', typed('text/plain', json)],
    ['no content type', 415, 'http1', { method: 'POST', path, body: json }],
    [
      'a method that nobody knows',
      404,
      'http2',
      { ...grpc(), path: '/ledger.v1.CustomerService/Nothing' },
    ],
    [
      'a stream',
      200,
      'http2',
      {
        ...grpc({}, frame(Buffer.alloc(0))),
        path: '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
      },
    ],
  ])('%s, which answers it %i', async (_, status, client, request) => {
    const headers = { 'x-api-key': ways.key, ...request.headers };
    expect((await ways.compare(client, { ...request, headers }, false)).status).toBe(status);
  });
});

describe('the fast path takes', () => {
  it.each<[string, Client, Uint8Array]>([
    ['application/grpc+proto', 'http2', frame(protobuf)],
    ['application/json; charset=utf-8', 'http1', json],
    ['application/json;charset=utf-8', 'http1', json],
  ])('%s, which many clients send', async (type, client, body) => {
    const request = typed(type, body, { 'x-api-key': ways.key });
    expect((await ways.compare(client, request, true)).status).toBe(200);
  });
});
