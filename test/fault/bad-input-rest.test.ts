import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectRest, expectRestInvalid } from '../support/answers.ts';
import type { RawAnswer, RawRequest } from '../support/raw-request.ts';
import { externalId, nest, startTarget, type Target, trickyTexts } from '../support/target.ts';

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target.close());
afterEach(() => target.expectUnharmed());

const protocols = ['http1', 'http2'] as const;
const send = async (protocol: (typeof protocols)[number], request: RawRequest) =>
  await target[protocol].send({ ...request, headers: { ...target.auth, ...request.headers } });
const open = (body: string | Uint8Array, headers = {}): RawRequest => ({
  method: 'POST',
  path: '/v3/ledger/account',
  body,
  headers: { 'content-type': 'application/json', ...headers },
});
const update = (body: string): RawRequest => ({
  method: 'PUT',
  path: `/v3/ledger/customer/${target.customerId}`,
  body,
});
const get = (path: string): RawRequest => ({ method: 'GET', path });

describe.each(protocols)('REST over %s', (protocol) => {
  const bodies: Record<string, string | Uint8Array> = {
    'an empty body': '',
    'half an object': '{',
    'an array': '[]',
    null: 'null',
    'a number': '5',
    'a text': '"currency"',
    'more behind the object': '{"currency":"EUR"} {}',
    'a comment': '{"currency":"EUR"/* */}',
    'a form': 'currency=EUR&customer[externalId]=x',
    'a byte that is not UTF-8': Buffer.from('{"currency":"\xff\xfe"}', 'latin1'),
    'an overlong encoding': Buffer.from('{"currency":"\xc0\xafEUR"}', 'latin1'),
    'an encoded surrogate': Buffer.from('{"currency":"\xed\xa0\x80EUR"}', 'latin1'),
    'UTF-16': Buffer.from('{"currency":"EUR"}', 'utf16le'),
    'bare NULs': Buffer.alloc(1_000),
    'compressed JSON': gzipSync('{"currency":"EUR"}'),
    'brackets, 100,000 deep': nest(100_000),
    'brackets that are not closed': '['.repeat(100_000),
    'a large number': `${'9'.repeat(500_000)}`,
  };
  it.each(Object.keys(bodies))('answers 400 for the body to %s', async (name) => {
    expect(expectRestInvalid(await send(protocol, open(bodies[name] ?? '')))).toEqual(['body']);
  });

  const openings: Record<string, [body: string, ...properties: string[]]> = {
    'a number for a text': ['{"currency":5}', 'currency'],
    'an operator for a text': ['{"currency":{"$gt":""}}', 'currency'],
    'an array for a text': ['{"currency":["EUR"]}', 'currency'],
    'the last of two values': ['{"currency":"EUR","currency":false}', 'currency'],
    'half a surrogate pair': ['{"currency":"\\ud800EUR"}', 'currency'],
    'a text that is too long': [`{"currency":"${'x'.repeat(10_000)}"}`, 'currency'],
    'values on __proto__': ['{"__proto__":{"currency":"EUR"}}', 'currency'],
    'values on constructor': ['{"constructor":{"prototype":{"currency":"EUR"}}}', 'currency'],
    'an array for an object': ['{"currency":"EUR","customer":[]}', 'customer'],
    'a text for an object': ['{"currency":"EUR","customer":"x"}', 'customer'],
    'an object without its key': ['{"currency":"EUR","customer":{}}', 'customer.externalId'],
    'a key of the prototype': [
      '{"currency":"EUR","customer":{"__proto__":{"externalId":"x"}}}',
      'customer.externalId',
    ],
    'an empty external id': [
      '{"currency":"EUR","customer":{"externalId":""}}',
      'customer.externalId',
    ],
    'an external id of 10,000 characters': [
      `{"currency":"EUR","customer":{"externalId":"${'é'.repeat(10_000)}"}}`,
      'customer.externalId',
    ],
    'an external id with half a pair': [
      '{"currency":"EUR","customer":{"externalId":"a\\udfffb"}}',
      'customer.externalId',
    ],
    'a country of the prototype': [
      '{"currency":"EUR","customer":{"externalId":"x","customerCountry":"toString"}}',
      'customer.customerCountry',
    ],
    'everything at once': [
      '{"currency":1,"customer":2,"accountCode":3,"accountNumber":4,"accountingCurrency":5,"compliant":6,"xpub":7}',
      'currency',
      'customer',
      'accountCode',
      'accountNumber',
      'accountingCurrency',
      'compliant',
      'xpub',
    ],
    'arrays, 100,000 deep': [`{"currency":${nest(100_000)}}`, 'currency'],
    'objects, 100,000 deep': [`{"currency":${nest(100_000, '{"a":', '}', '1')}}`, 'currency'],
    'arrays, 100,000 deep, inside': [
      `{"currency":"EUR","customer":{"externalId":${nest(100_000)}}}`,
      'customer.externalId',
    ],
    'arrays, 100,000 deep, beside': [`{"currency":"E","other":${nest(100_000)}}`, 'currency'],
    'an array of 300,000 elements': [`{"currency":[${'1,'.repeat(300_000)}1]}`, 'currency'],
    '20,000 unknown keys': [
      `{${Array.from({ length: 20_000 }, (_, index) => `"k${index}":1`).join()}}`,
      'currency',
    ],
  };
  it.each(Object.keys(openings))('answers 400 for an opening with %s', async (name) => {
    const [body = '', ...properties] = openings[name] ?? [];
    const answer = await send(protocol, open(body));
    expect(expectRestInvalid(answer)).toEqual(properties);
    expect(answer.body.length).toBeLessThan(20_000);
  });

  it('answers 400 for lists of what is nested without end', async () => {
    for (const [path, body, property] of [
      ['account/batch', `{"accounts":[${nest(100_000)}]}`, 'accounts.0'],
      ['account/batch', `{"accounts":${nest(100_000)}}`, 'accounts.0'],
      ['transaction/ledger?count=true', `{"currencies":${nest(100_000)}}`, 'currencies.0'],
      [
        'transaction/ledger?count=true',
        `{"amount":${nest(100_000, '{"op":', '}', '1')}}`,
        'amount',
      ],
    ] as const) {
      const answer = await send(protocol, { method: 'POST', path: `/v3/ledger/${path}`, body });
      expect(expectRestInvalid(answer)).toEqual([property]);
      expect(answer.body.length).toBeLessThan(2_000);
    }
  });

  it.each([
    ['{}', 'body'],
    ['{"__proto__":{"customerCountry":"DE"}}', 'body'],
    ['{"active":false,"enabled":false,"id":"x","openAccounts":7}', 'body'],
    ['{"externalId":null}', 'body'],
    ['{"externalId":"\\ud83d"}', 'externalId'],
    ['{"customerCountry":"de"}', 'customerCountry'],
    ['{"customerCountry":{"$ne":"DE"}}', 'customerCountry'],
    ['{"accountingCurrency":"$$NOW"}', 'accountingCurrency'],
  ])('answers 400 for the update %s', async (body, property) => {
    expect(expectRestInvalid(await send(protocol, update(body)))).toEqual([property]);
  });

  it.each([
    ['pageSize=-1', 'pageSize'],
    ['pageSize=0', 'pageSize'],
    ['pageSize=51', 'pageSize'],
    ['pageSize=99999999999999999999999', 'pageSize'],
    ['pageSize=1e1', 'pageSize'],
    ['pageSize=0x10', 'pageSize'],
    ['pageSize=%D9%A1%D9%A0', 'pageSize'],
    ['pageSize=10%00', 'pageSize'],
    ['pageSize=NaN', 'pageSize'],
    ['pageSize=', 'pageSize'],
    ['', 'pageSize'],
    ['pageSize=10&pageSize=20', 'pageSize'],
    ['pageSize[$gt]=1', 'pageSize'],
    ['__proto__[pageSize]=10&constructor=1', 'pageSize'],
    ['pageSize=10&offset=-1', 'offset'],
    ['pageSize=10&offset=2147483648', 'offset'],
    ['pageSize=10&offset=1.5', 'offset'],
    ['pageSize=%ff', 'query'],
    ['pageSize=10&x=%E0%A4', 'query'],
    ['pageSize=10&x=%zz', 'query'],
  ])('answers 400 for the query %j', async (query, property) => {
    const answer = await send(protocol, get(`/v3/ledger/customer?${query}`));
    expect(expectRestInvalid(answer)).toEqual([property]);
  });

  it.each(['%ff', '%C0%AF', '%ED%A0%80', '%', '%zz', '%E2%82', 'ok%'])(
    'answers 400 for the path segment %s',
    async (segment) => {
      const answer = await send(protocol, get(`/v3/ledger/customer/${segment}`));
      expect(expectRestInvalid(answer)).toEqual(['path']);
    },
  );

  it('answers 400 for an id of 10,000 characters, in every path that takes one', async () => {
    for (const id of ['a'.repeat(10_000), '%00'.repeat(4_000)]) {
      for (const [method, path] of [
        ['GET', `/v3/ledger/customer/${id}`],
        ['PUT', `/v3/ledger/customer/${id}/disable`],
        ['GET', `/v3/ledger/account/${id}`],
        ['PUT', `/v3/ledger/account/${id}/deactivate`],
        ['GET', `/v3/ledger/account/customer/${id}?pageSize=5`],
        ['GET', `/v3/ledger/account/${id}/balance`],
        ['PUT', `/v3/ledger/account/${id}/freeze`],
        ['GET', `/v3/ledger/account/block/${id}?pageSize=5`],
        ['GET', `/v3/ledger/account/block/${id}/detail`],
        ['DELETE', `/v3/ledger/account/block/${id}`],
        ['DELETE', `/v3/ledger/account/block/account/${id}`],
      ] as const) {
        const answer = await send(protocol, { method, path });
        expect(expectRestInvalid(answer)).toEqual(['id']);
        expect(answer.body.length).toBeLessThan(5_000);
      }
    }
  });

  it.each(trickyTexts)('finds nothing by the id %j', async (text) => {
    const id = encodeURIComponent(text);
    const customer = await send(protocol, get(`/v3/ledger/customer/${id}`));
    expect(expectRest(customer, 403, 'customer.not.exists').message).toContain(text);
    const account = await send(protocol, get(`/v3/ledger/account/${id}`));
    expectRest(account, 403, 'account.not.exists');
    const list = await send(protocol, get(`/v3/ledger/account/customer/${id}?pageSize=5`));
    expect(JSON.parse(list.body.toString())).toEqual([]);
    const long = encodeURIComponent(text.padEnd(24, '0').slice(0, 50));
    for (const verb of ['activate', 'deactivate', 'enable', 'disable']) {
      const path = `/v3/ledger/customer/${long}/${verb}`;
      expectRest(
        await send(protocol, { method: 'PUT', path }),
        403,
        'customer.internal.not.exists',
      );
    }
  });

  it.each(['/', '/v3', '/v3/ledger', '/v4/ledger/customer', '/v3/ledger/customer/a/b/c', '/%00'])(
    'answers 404 for the path %s',
    async (path) => void expectRest(await send(protocol, get(path)), 404),
  );

  it.each([
    ['DELETE', '/v3/ledger/customer/a', 'GET, HEAD, PUT'],
    ['PATCH', '/v3/ledger/customer/a', 'GET, HEAD, PUT'],
    ['POST', '/v3/ledger/customer', 'GET, HEAD'],
    ['GET', '/v3/ledger/customer/a/disable', 'PUT'],
    ['OPTIONS', '/v3/ledger/account', 'GET, HEAD, POST'],
    ['TRACE', '/v3/ledger/account', 'GET, HEAD, POST'],
    ['PROPFIND', '/v3/ledger/account', 'GET, HEAD, POST'],
    ['PATCH', '/v3/ledger/account/block/a', 'GET, HEAD, PUT, POST, DELETE'],
    ['GET', '/v3/ledger/transaction/batch', 'POST'],
    ['DELETE', '/v3/ledger/virtualCurrency', 'PUT, POST'],
  ])('answers 405 for %s %s, and tells what is allowed', async (method, path, allow) => {
    const answer = await send(protocol, { method, path });
    expectRest(answer, 405);
    expect(answer.headers.allow).toBe(allow);
  });

  it('answers 413 for a body beyond the limit, whoever takes it', async () => {
    const body = ' '.repeat(1_048_577);
    expectRest(await send(protocol, open(body)), 413);
    expectRest(await send(protocol, update(body)), 413);
    const path = `/v3/ledger/customer/${target.customerId}/disable`;
    expectRest(await send(protocol, { method: 'PUT', path, body }), 413);
  });

  it.each([
    {},
    { 'x-api-key': '' },
    { 'x-api-key': 'lk_unknown' },
    { 'x-api-key': 'x'.repeat(10_000) },
    { 'x-api-key': '__proto__' },
    { authorization: 'Bearer ' },
    { authorization: 'Basic dXNlcjpwYXNz' },
    { authorization: `Bearer ${'x'.repeat(10_000)}` },
  ])('answers 401 first of all, without a good key: %#', async (headers: object) => {
    const requests: RawRequest[] = [open('{'), get('/nowhere'), open(' '.repeat(1_048_577))];
    for (const request of requests) {
      const answer = await target[protocol].send({ ...request, headers: { ...headers } });
      expectRest(answer, 401, 'subscription.invalid');
    }
  });

  it('takes no key from a URL', async () => {
    for (const name of ['x-api-key', 'apiKey', 'key', 'api_key']) {
      const path = `/v3/ledger/customer?pageSize=10&${name}=${target.service.key}`;
      expectRest(await target[protocol].send(get(path)), 401, 'subscription.invalid');
    }
  });

  it('answers what is right beside what it does not know', async () => {
    const answer: RawAnswer = await send(protocol, {
      ...get(`//v3//ledger///customer/${externalId}/?__proto__=1&$where=1&constructor[a]=2`),
      headers: { 'x-request-id': '\x80\xff', accept: '*/*', 'content-type': '__proto__' },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});
