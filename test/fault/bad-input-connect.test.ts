import { gzipSync } from 'node:zlib';
import { Code } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectConnect, expectNoInternals } from '../support/answers.ts';
import {
  externalId,
  getCustomerBytes,
  nest,
  pathOf,
  startTarget,
  type Target,
  toConnect,
  trickyTexts,
} from '../support/target.ts';

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target.close());
afterEach(() => target.expectUnharmed());

type Body = string | Uint8Array;
type Headers = Readonly<Record<string, string>>;

const good = JSON.stringify({ externalId });
const unknownId = 'f'.repeat(24);
/** A payment between accounts that nobody has, with this besides. */
const toPayment = (rest: string) =>
  `{"senderAccountId":"${unknownId}","payment":{"recipientAccountId":"${'e'.repeat(24)}",${rest}}}`;
const bomb = gzipSync(`{"externalId":"${'x'.repeat(20_000_000)}"}`);

describe.each(['http1', 'http2'] as const)('Connect over %s', (protocol) => {
  const send = async (method: string, body: Body, headers: Headers = {}) =>
    await target[protocol].send(toConnect(method, body, { ...target.auth, ...headers }));
  const get = async (query: string, method = 'GetCustomer') =>
    await target[protocol].send({
      method: 'GET',
      path: `${pathOf(method)}?${query}`,
      headers: target.auth,
    });

  const bodies: Record<string, [method: string, body: Body]> = {
    'an empty body': ['GetCustomer', ''],
    'half an object': ['GetCustomer', '{'],
    'an array': ['GetCustomer', '[]'],
    null: ['GetCustomer', 'null'],
    'a text': ['GetCustomer', '"externalId"'],
    'no customer': ['GetCustomer', '{}'],
    'a number for a text': ['GetCustomer', '{"externalId":5}'],
    'an operator for a text': ['GetCustomer', '{"externalId":{"$gt":""}}'],
    'a key twice': ['GetCustomer', '{"externalId":"a","externalId":"b"}'],
    'a field by both of its names': ['GetCustomer', '{"externalId":"a","external_id":"b"}'],
    'both of a oneof': ['GetCustomer', '{"id":"507f1f77bcf86cd799439011","externalId":"a"}'],
    'a key of the prototype': ['GetCustomer', '{"__proto__":{"externalId":"a"}}'],
    'an id that is none': ['GetCustomer', '{"id":"__proto__"}'],
    'an id of 10,000 characters': ['GetCustomer', `{"id":"${'a'.repeat(10_000)}"}`],
    'an external id of 10,000': ['GetCustomer', `{"externalId":"${'é'.repeat(10_000)}"}`],
    'half a surrogate pair': ['GetCustomer', '{"externalId":"\\ud800"}'],
    'a byte that is not UTF-8': ['GetCustomer', Buffer.from('{"externalId":"\xff"}', 'latin1')],
    'a new customer that is not UTF-8': [
      'CreateAccount',
      Buffer.from('{"currency":"EUR","customer":{"externalId":"\xe9t\xe9"}}', 'latin1'),
    ],
    'a negative page size': ['ListCustomers', '{"pageSize":-1}'],
    'a huge page size': ['ListCustomers', '{"pageSize":99999999999}'],
    'an infinite page size': ['ListCustomers', '{"pageSize":1e400}'],
    'half a page size': ['ListCustomers', '{"pageSize":0.5}'],
    'a page token that is none': ['ListCustomers', '{"pageToken":"AAAA"}'],
    'a page token of 10,000 characters': ['ListAccounts', `{"pageToken":"${'A'.repeat(10_000)}"}`],
    'a country of the prototype': ['ListCustomers', '{"customerCountry":"constructor"}'],
    'a text for a boolean': ['ListCustomers', '{"active":"true"}'],
    'no currency': ['CreateAccount', '{}'],
    'a customer without its key': ['CreateAccount', '{"currency":"EUR","customer":{}}'],
    'a mask that is none': [
      'UpdateCustomer',
      `{"externalId":"${externalId}","profile":{},"updateMask":5}`,
    ],
    'a mask of the prototype': [
      'UpdateCustomer',
      `{"externalId":"${externalId}","profile":{},"updateMask":"__proto__"}`,
    ],
    'a mask of a state': [
      'UpdateCustomer',
      `{"externalId":"${externalId}","profile":{},"updateMask":"active"}`,
    ],
    'an update of nothing': ['UpdateCustomer', `{"externalId":"${externalId}","profile":{}}`],
    'a number for an amount': ['CreatePayment', toPayment('"amount":5')],
    'an operator for an amount': ['CreatePayment', toPayment('"amount":{"$numberDecimal":"5"}')],
    'an exponent in an amount': ['CreatePayment', toPayment('"amount":"1e3"')],
    'an amount twice': ['CreatePayment', toPayment('"amount":"1","amount":"2"')],
    'a text for anonymous': ['CreatePayment', toPayment('"amount":"1","anonymous":"yes"')],
    'no payment': ['CreatePayment', `{"senderAccountId":"${unknownId}"}`],
    'a payment for payments': [
      'BatchCreatePayments',
      `{"senderAccountId":"${unknownId}","payments":{"amount":"1"}}`,
    ],
    'no payments': ['BatchCreatePayments', `{"senderAccountId":"${unknownId}","payments":[]}`],
    'null among payments': [
      'BatchCreatePayments',
      `{"senderAccountId":"${unknownId}","payments":[null]}`,
    ],
    'a blockage that is none': ['SettleBlockage', '{"id":"__proto__"}'],
    'a comparison of the prototype': [
      'ListTransactionRecords',
      '{"amounts":[{"comparison":"constructor","value":"1"}]}',
    ],
    'an operator for a value': [
      'ListTransactionRecords',
      '{"amounts":[{"comparison":"COMPARISON_GT","value":{"$gt":""}}]}',
    ],
    'a time that is none': ['ListTransactionRecords', '{"from":"yesterday"}'],
    'a time in no calendar': ['ListTransactionRecords', '{"from":"99999-01-01T00:00:00Z"}'],
    'a rate that is no number': ['UpdateVirtualCurrency', '{"name":"VC_A","baseRate":"NaN"}'],
    'a rate that is no double': ['UpdateVirtualCurrency', '{"name":"VC_A","baseRate":1e400}'],
    'an order of the prototype': ['ListAccounts', '{"orderBy":"__proto__ desc"}'],
    'brackets, 100,000 deep': ['GetCustomer', nest(100_000)],
    'brackets in a payment, 50,000 deep': [
      'CreatePayment',
      `{"payment":${nest(50_000, '{"payment":', '}', '1')}}`,
    ],
    'brackets in a text, 100,000 deep': ['CreateAccount', `{"currency":${nest(100_000)}}`],
    'brackets in a message, 100,000 deep': [
      'CreateAccount',
      `{"currency":"EUR","customer":${nest(100_000, '{"a":', '}', '1')}}`,
    ],
    'brackets in a mask, 100,000 deep': [
      'UpdateCustomer',
      `{"externalId":"${externalId}","profile":{},"updateMask":${nest(100_000)}}`,
    ],
  };
  it.each(Object.keys(bodies))('answers invalid_argument for %s', async (name) => {
    const [method = '', body = ''] = bodies[name] ?? [];
    const answer = await send(method, body);
    expectConnect(answer, Code.InvalidArgument);
    expect(answer.body.length).toBeLessThan(20_000);
  });

  const messages: Record<string, Buffer> = {
    noise: Buffer.from('ffffffffff', 'hex'),
    'a field that is cut': Buffer.from([0x12, 200, 0x41]),
    'a length of 4 GiB': Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff, 0x0f]),
    'a number of eleven bytes': Buffer.from('08ffffffffffffffffffff01', 'hex'),
    'a text that is not UTF-8': Buffer.from([0x12, 2, 0xff, 0xfe]),
    'a text with a surrogate': Buffer.from([0x12, 3, 0xed, 0xa0, 0x80]),
    'field number 0': Buffer.from([0, 0]),
    'a wire type that is none': Buffer.from([0x0f, 0]),
    'groups, 100,000 deep': Buffer.concat([
      Buffer.alloc(100_000, 0x7b),
      Buffer.alloc(100_000, 0x7c),
    ]),
    'a group that is not closed': Buffer.alloc(5, 0x7b),
    'an empty message': Buffer.alloc(0),
    'JSON in place of protobuf': Buffer.from(good),
  };
  it.each(Object.keys(messages))('answers invalid_argument for protobuf with %s', async (name) => {
    const headers = { 'content-type': 'application/proto' };
    const answer = await send('GetCustomer', messages[name] ?? '', headers);
    expectConnect(answer, Code.InvalidArgument);
  });

  it.each(trickyTexts)('finds nothing by the external id %j', async (text) => {
    const body = JSON.stringify({ externalId: text });
    expectConnect(await send('GetCustomer', body), Code.NotFound);
    expectConnect(await send('DisableCustomer', body), Code.NotFound);
    const list = await send('ListAccounts', JSON.stringify({ customerExternalId: text }));
    expect(JSON.parse(list.body.toString())).toEqual({ accounts: [], nextPageToken: '' });
  });

  it('answers resource_exhausted for a message beyond the limit', async () => {
    const large = `{"externalId":"${'x'.repeat(1_048_577)}"}`;
    expectConnect(await send('GetCustomer', large), Code.ResourceExhausted);
    const headers = { 'content-type': 'application/proto' };
    const answer = await send('GetCustomer', Buffer.alloc(1_048_577), headers);
    expectConnect(answer, Code.ResourceExhausted);
  });

  it('answers resource_exhausted for a message that is beyond the limit when it is unpacked', async () => {
    const headers = { 'content-encoding': 'gzip' };
    expectConnect(await send('GetCustomer', bomb, headers), Code.ResourceExhausted);
    const query = `encoding=json&compression=gzip&base64=1&message=`;
    const small = gzipSync('x'.repeat(3_000_000)).toString('base64url');
    expectConnect(await get(query + small), Code.ResourceExhausted);
  });

  it.each([
    ['cut', gzipSync(good).subarray(0, 20)],
    ['with a byte turned', Buffer.from(gzipSync(good)).fill(0xff, 12, 14)],
    ['not there', Buffer.from(good)],
    ['empty', Buffer.alloc(0)],
  ])('answers invalid_argument for gzip that is %s', async (_, body) => {
    const answer = await send('GetCustomer', body, { 'content-encoding': 'gzip' });
    expectConnect(answer, Code.InvalidArgument);
  });

  it.each(['br', 'deflate', 'snappy', '__proto__', 'constructor', 'gzip, gzip'])(
    'answers unimplemented for the compression %s',
    async (encoding) => {
      const answer = await send('GetCustomer', good, { 'content-encoding': encoding });
      expectConnect(answer, Code.Unimplemented);
    },
  );

  it.each(['x', '-1', '1.5', '0x10', '1e3', '99999999999'])(
    'answers invalid_argument for the time-out %s',
    async (timeout) => {
      const answer = await send('GetCustomer', good, { 'connect-timeout-ms': timeout });
      expectConnect(answer, Code.InvalidArgument);
    },
  );

  it.each(['9999999999', '3600001'])(
    'takes a time-out longer than any call: %s',
    async (timeout) => {
      const answer = await send('GetCustomer', good, { 'connect-timeout-ms': timeout });
      expect(answer.status).toBe(200);
    },
  );

  it.each(['GetCustomer', 'DisableCustomer'])(
    'answers deadline_exceeded for a time-out of 0, and does not begin: %s',
    async (method) => {
      const answer = await send(method, good, { 'connect-timeout-ms': '0' });
      expectConnect(answer, Code.DeadlineExceeded);
    },
  );

  it.each([
    'text/xml',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/connect+json',
    '__proto__',
    'application/json; charset=latin1',
    'application/',
  ])('answers 415 for the content type %s', async (contentType) => {
    const answer = await send('GetCustomer', good, { 'content-type': contentType });
    expect(answer.status).toBe(415);
    expectNoInternals(answer);
  });

  it.each([
    '/ledger.v1.CustomerService/Nope',
    '/ledger.v1.CustomerService/',
    '/ledger.v1.CustomerService',
    '/ledger.v1.Nope/GetCustomer',
    '/ledger.v1.CustomerService/GetCustomer/',
    '/ledger.v1.CustomerService/getcustomer',
    '/ledger.v1.CustomerService/__proto__',
    '/ledger.v1.CustomerService/%47etCustomer',
    '/ledger.v1.__proto__/constructor',
    '/grpc.health.v1.Health/Nope',
  ])('answers 404 for the method %s', async (path) => {
    const request = toConnect('GetCustomer', good, target.auth);
    const answer = await target[protocol].send({ ...request, path });
    expect(answer.status).toBe(404);
    expectNoInternals(answer);
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'])(
    'answers 405 for %s, and tells what is allowed',
    async (method) => {
      for (const [name, allow] of [
        ['GetCustomer', 'GET, POST'],
        ['DisableCustomer', 'POST'],
      ] as const) {
        const headers = { ...target.auth, 'x-request-id': 'caller-9' };
        const answer = await target[protocol].send({ ...toConnect(name, good, headers), method });
        expect(answer.status).toBe(405);
        expect(answer.headers).toMatchObject({ allow, 'x-request-id': 'caller-9' });
        expectNoInternals(answer);
      }
    },
  );

  it('answers 405 for GET of what changes something', async () => {
    const message = encodeURIComponent(good);
    for (const method of ['DisableCustomer', 'UpdateCustomer', 'CreateAccount']) {
      const answer = await get(`connect=v1&encoding=json&message=${message}`, method);
      expect(answer.status).toBe(405);
      expect(answer.headers.allow).toBe('POST');
    }
  });

  it.each([
    'encoding=json',
    'encoding=json&message=',
    'encoding=json&message=%7B',
    'encoding=json&message=%7B%22externalId%22%3A%22%FF%22%7D',
    'encoding=json&message=%ff',
    'encoding=json&message=%',
    'encoding=json&base64=1&message=!!!',
    'encoding=json&base64=1&message=e30',
    'encoding=proto&base64=1&message=!!!',
    'encoding=proto&base64=1&message=____',
    'encoding=proto&message=x',
    'encoding=json&compression=gzip&base64=1&message=abcd',
    `encoding=json&message=${'%7B'.repeat(3_000)}`,
  ])('answers invalid_argument for GET with %j', async (query) => {
    expectConnect(await get(query), Code.InvalidArgument);
  });

  it.each([
    { 'x-api-key': 'lk_unknown' },
    { 'x-api-key': 'x'.repeat(10_000) },
    { authorization: 'Bearer __proto__' },
    {},
  ])(
    'answers unauthenticated before it reads anything, without a good key: %#',
    async (headers: object) => {
      for (const body of ['{', ' '.repeat(2_000_000), bomb]) {
        const request = toConnect('GetCustomer', body, {
          'content-encoding': body === bomb ? 'gzip' : 'identity',
          ...headers,
        });
        expectConnect(await target[protocol].send(request), Code.Unauthenticated);
      }
    },
  );

  it('takes good protobuf, also with fields that it does not know', async () => {
    const unknown = Buffer.concat([getCustomerBytes, Buffer.from([0xf8, 0x7f, 0x01])]);
    const answer = await send('GetCustomer', unknown, { 'content-type': 'application/proto' });
    expect(answer.status).toBe(200);
  });
});
