import { create, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CreateAccountRequestSchema,
  ListAccountsRequestSchema,
} from '../../gen/ledger/v1/account_service_pb.js';
import { UpdateCustomerRequestSchema } from '../../gen/ledger/v1/customer_service_pb.js';
import { connect } from '../http/wire.ts';
import { expectNoInternals, readWebTrailers } from '../support/answers.ts';
import { createMoneyRequests } from '../support/money-requests.ts';
import { mutateBytes, mutatePath, mutateText } from '../support/mutation.ts';
import { createRandom, type Random } from '../support/random.ts';
import { frame, parseHttp1, type RawAnswer, type RawRequest } from '../support/raw-request.ts';
import {
  externalId,
  getCustomerBytes,
  startTarget,
  type Target,
  toConnect,
  toGrpc,
} from '../support/target.ts';

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target.close());

/** How many requests each protocol gets, and how many of them between two looks at the database. */
const requestsCount = 2_000;
const batchSize = 50;

const headerValues: Readonly<Record<string, readonly string[]>> = {
  'content-type': ['application/json', 'application/proto', 'text/plain', '__proto__', ''],
  'content-encoding': ['identity', 'gzip', 'br', '$'],
  'grpc-encoding': ['identity', 'gzip', 'snappy', '$'],
  'grpc-timeout': ['0m', '1n', '10S', '99999999H', 'x', '-1S'],
  'connect-timeout-ms': ['0', '1', '10000', '9999999999', 'x', '-1'],
  'connect-protocol-version': ['1', '2', ''],
  'x-request-id': ['a', '$', '\xff', 'x'.repeat(500)],
  'x-api-key': ['', 'lk_unknown', '__proto__', 'x'.repeat(3_000)],
  authorization: ['', 'Bearer', 'Basic x', 'Bearer lk_unknown'],
  accept: ['*/*', 'text/html'],
  'if-match': ['*', '"1"'],
};

/** Changes a header, or leaves the headers as they are. */
function mutateHeaders(
  headers: Readonly<Record<string, string>>,
  random: Random,
): Record<string, string> {
  if (random.below(3) > 0) return { ...headers };
  const name = random.pick(Object.keys(headerValues));
  return { ...headers, [name]: random.pick(headerValues[name] ?? ['']) };
}

const profile = { externalId, customerCountry: 'DE' };
const openingBytes = toBinary(
  CreateAccountRequestSchema,
  create(CreateAccountRequestSchema, {
    currency: 'EUR',
    customer: profile,
    accountCode: 'code',
    xpub: 'xpub',
  }),
);
const updateBytes = toBinary(
  UpdateCustomerRequestSchema,
  create(UpdateCustomerRequestSchema, {
    customer: { case: 'externalId', value: externalId },
    profile,
    updateMask: { paths: ['customer_country'] },
  }),
);
const listBytes = toBinary(
  ListAccountsRequestSchema,
  create(ListAccountsRequestSchema, {
    pageSize: 5,
    pageToken: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    customer: { case: 'customerExternalId', value: externalId },
    active: true,
  }),
);
const messages: readonly (readonly [string, Uint8Array])[] = [
  ['GetCustomer', getCustomerBytes],
  ['ActivateCustomer', getCustomerBytes],
  ['EnableCustomer', getCustomerBytes],
  ['DeactivateCustomer', getCustomerBytes],
  ['UpdateCustomer', updateBytes],
  ['CreateAccount', openingBytes],
  ['ListAccounts', listBytes],
];
const texts: readonly (readonly [string, object])[] = [
  ['GetCustomer', { externalId }],
  ['ActivateCustomer', { externalId }],
  ['EnableCustomer', { id: '507f1f77bcf86cd799439011' }],
  ['UpdateCustomer', { externalId, profile, updateMask: 'customerCountry' }],
  ['CreateAccount', { currency: 'EUR', customer: profile, accountCode: 'code' }],
  ['ListCustomers', { pageSize: 5, active: true, customerCountry: 'DE', pageToken: 'AAAA' }],
];

/** A protocol: how a request of it is made, sent and answered. */
interface Fuzzed {
  readonly client: 'http1' | 'http2';
  readonly create: (random: Random) => RawRequest;
  /** Asserts the shape of an answer; tells whether the call was accepted. */
  readonly expect: (answer: RawAnswer) => boolean;
}

const rest: Omit<Fuzzed, 'client'> = {
  create(random) {
    const id = random.pick([target.customerId, externalId, target.accountId]);
    const [method, path, body] = random.pick([
      ['GET', `/v3/ledger/customer/${id}`, ''],
      ['GET', '/v3/ledger/customer?pageSize=10&offset=0', ''],
      ['GET', `/v3/ledger/account/customer/${id}?pageSize=5&accountCode=code`, ''],
      ['PUT', `/v3/ledger/customer/${id}/enable`, ''],
      ['PUT', `/v3/ledger/account/${id}/activate`, ''],
      ['PUT', `/v3/ledger/customer/${id}`, JSON.stringify(profile)],
      ['POST', '/v3/ledger/account', JSON.stringify({ currency: 'EUR', customer: profile })],
      ['POST', '/v3/ledger/account', JSON.stringify({ currency: 'EUR', accountCode: 'code' })],
      ...createMoneyRequests(target.accountId),
    ]) as [string, string, string];
    return {
      method: random.below(10) === 0 ? random.pick(['PATCH', 'DELETE', 'OPTIONS', 'PUT']) : method,
      path: random.below(2) === 0 ? mutatePath(path, random) : path,
      headers: mutateHeaders({ ...target.auth, 'content-type': 'application/json' }, random),
      ...(method !== 'GET' && { body: mutateBytes(Buffer.from(body), random) }),
    };
  },
  expect(answer) {
    expect([200, 204, 400, 401, 403, 404, 412, 422, 405, 413, 415, 431]).toContain(answer.status);
    if (answer.status === 200 || answer.status === 204) return true;
    // A path may have become one of another protocol, which answers 405 and 415 without a body.
    if (answer.body.length > 0) {
      const body = JSON.parse(answer.body.toString());
      expect(body.message).toMatch(/./);
      if (body.code === undefined) expect(body.statusCode).toBe(answer.status);
    }
    return false;
  },
};

const connectCodes = new Set(
  'invalid_argument deadline_exceeded not_found already_exists resource_exhausted failed_precondition unimplemented unauthenticated'.split(
    ' ',
  ),
);
function expectConnectAnswer(answer: RawAnswer): boolean {
  if (answer.status === 200) return true;
  if ([404, 405, 415].includes(answer.status) && answer.body.length === 0) return false;
  const body = JSON.parse(answer.body.toString());
  if (body.code === undefined) expect([400, 401, 404]).toContain(body.statusCode);
  else expect(connectCodes.has(body.code), body.code).toBe(true);
  return false;
}

/** The statuses of gRPC that are the caller's fault, and OK. */
const grpcStatuses = ['0', '3', '4', '5', '6', '8', '9', '12', '16'];
function expectStatus(answer: RawAnswer, trailers: Readonly<Record<string, unknown>>): boolean {
  // Another content type or path makes it a call of another protocol.
  if (!answer.headers['content-type']?.startsWith('application/grpc')) {
    expect([200, 400, 401, 404, 405, 415, 429, 501, 504]).toContain(answer.status);
    return answer.status === 200;
  }
  const { 'grpc-status': status, 'grpc-message': message } = trailers;
  expect(grpcStatuses, `grpc-status ${status} ${message}`).toContain(status);
  return trailers['grpc-status'] === '0';
}

const fuzzed: Readonly<Record<string, Fuzzed>> = {
  'REST over HTTP/1.1': { client: 'http1', ...rest },
  'REST over HTTP/2': { client: 'http2', ...rest },
  'Connect JSON': {
    client: 'http1',
    create(random) {
      const [method, message] = random.pick(texts);
      const body = mutateBytes(Buffer.from(JSON.stringify(message)), random);
      const request = toConnect(method, body, mutateHeaders(target.auth, random));
      return random.below(8) > 0 ? request : { ...request, path: mutatePath(request.path, random) };
    },
    expect: expectConnectAnswer,
  },
  'Connect protobuf': {
    client: 'http2',
    create(random) {
      const [method, message] = random.pick(messages);
      const headers = { ...target.auth, 'content-type': 'application/proto' };
      return toConnect(
        method,
        mutateBytes(Buffer.from(message), random),
        mutateHeaders(headers, random),
      );
    },
    expect: expectConnectAnswer,
  },
  gRPC: {
    client: 'http2',
    create(random) {
      const [method, message] = random.pick(messages);
      const body =
        random.below(3) === 0
          ? mutateBytes(frame(message), random)
          : frame(mutateBytes(Buffer.from(message), random));
      const request = toGrpc(method, body, mutateHeaders(target.auth, random));
      return random.below(8) > 0 ? request : { ...request, path: mutatePath(request.path, random) };
    },
    expect: (answer) => expectStatus(answer, answer.trailers),
  },
  'gRPC-Web': {
    client: 'http1',
    create(random) {
      const [method, message] = random.pick(messages);
      const body = frame(mutateBytes(Buffer.from(message), random));
      const headers = { ...target.auth, 'content-type': 'application/grpc-web+proto' };
      return toConnect(method, body, mutateHeaders(headers, random));
    },
    expect: (answer) => expectStatus(answer, readWebTrailers(answer)),
  },
};

/** Sends requests at once; gives whether a write was accepted, and what is wrong with the answers. */
async function sendBatch({ client, create: make, expect: check }: Fuzzed, random: Random) {
  const requests = Array.from({ length: batchSize }, () => make(random));
  const wrong: string[] = [];
  let hasWritten = false;
  const send = async (request: RawRequest) => {
    try {
      const answer = await target[client].send(request);
      expectNoInternals(answer);
      const isAccepted = check(answer);
      const isRead = request.method === 'GET' || /Service\/(Get|List)/.test(request.path);
      if (isAccepted && !isRead) hasWritten = true;
    } catch (error) {
      const body = Buffer.from(request.body ?? '')
        .toString('base64')
        .slice(0, 2_000);
      wrong.push(`${(error as Error).message}: ${JSON.stringify({ ...request, body })}`);
    }
  };
  await Promise.all(requests.map(send));
  return { hasWritten, wrong };
}

describe.each(Object.keys(fuzzed))('a mutated request of %s', (name) => {
  it('gets a clear answer, and what is refused changes nothing', { timeout: 120_000 }, async () => {
    const random = createRandom(Object.keys(fuzzed).indexOf(name) + 1);
    const wrong: string[] = [];
    let unwritten = 0;
    for (let sent = 0; sent < requestsCount; sent += batchSize) {
      await target.settle();
      const batch = await sendBatch(fuzzed[name] as Fuzzed, random);
      wrong.push(...batch.wrong);
      if (batch.hasWritten) continue;
      unwritten += 1;
      await target.expectUnharmed();
    }
    await target.settle();
    await target.expectUnharmed();
    expect(wrong).toEqual([]);
    expect(unwritten).toBeGreaterThan(0);
  });
});

describe('mutated bytes on a connection', () => {
  it('are answered by HTTP or by the end of the connection, and the service goes on', {
    timeout: 120_000,
  }, async () => {
    const random = createRandom(99);
    const path = `/v3/ledger/customer/${externalId}`;
    const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0';
    const requests = [
      `GET ${path} HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${target.service.key}\r\n\r\n`,
      `PUT ${path}/enable HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}`,
      `POST /v3/ledger/account HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
      `${preface}\0\0\x05\x01\x05\0\0\0\x01\x82\x84\x87\x41\x01`,
      preface,
    ];
    const send = async () => {
      const wire = await connect(target.port);
      wire.send(Buffer.from(mutateText(random.pick(requests), random), 'latin1'));
      wire.socket.end();
      const received = Buffer.from(await wire.closed(), 'latin1');
      if (received.subarray(0, 4).toString() !== 'HTTP') return;
      const answer = parseHttp1(received);
      expect(answer?.status).toBeLessThan(500);
    };
    await target.settle();
    for (let sent = 0; sent < requestsCount; sent += batchSize) {
      await Promise.all(Array.from({ length: batchSize }, send));
    }
    await target.expectUnharmed();
  });
});
