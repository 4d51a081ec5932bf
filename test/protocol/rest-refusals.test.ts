import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSender, type RawRequest } from '../support/clients/http.ts';
import type { LedgerClient } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { openCustomer } from '../support/clients/stage.ts';
import { startTestService, type TestService } from '../support/service.ts';

const bodyBytesMax = 8_192;

let service: TestService;
let client: LedgerClient;
let send: ReturnType<typeof createSender>;
beforeAll(async () => {
  service = await startTestService({ bodyBytesMax });
  client = openClient('rest', service);
  send = createSender(service.address, service.key);
});
afterAll(() => service.close());

const unknownId = 'f'.repeat(24);
const json = { 'content-type': 'application/json' };
const tooLarge = 'x'.repeat(bodyBytesMax + 1);

/** The calls of the contract, and what their paths allow. */
const routes = [
  ['GET', '/v3/ledger/customer', 'GET, HEAD'],
  ['GET', `/v3/ledger/customer/${unknownId}`, 'GET, HEAD, PUT'],
  ['PUT', `/v3/ledger/customer/${unknownId}`, 'GET, HEAD, PUT'],
  ['PUT', `/v3/ledger/customer/${unknownId}/activate`, 'PUT'],
  ['PUT', `/v3/ledger/customer/${unknownId}/deactivate`, 'PUT'],
  ['PUT', `/v3/ledger/customer/${unknownId}/enable`, 'PUT'],
  ['PUT', `/v3/ledger/customer/${unknownId}/disable`, 'PUT'],
  ['POST', '/v3/ledger/account', 'GET, HEAD, POST'],
  ['GET', '/v3/ledger/account', 'GET, HEAD, POST'],
  ['POST', '/v3/ledger/account/batch', 'GET, HEAD, PUT, POST'],
  ['GET', '/v3/ledger/account/count', 'GET, HEAD, PUT'],
  ['GET', `/v3/ledger/account/customer/${unknownId}`, 'GET, HEAD'],
  ['GET', `/v3/ledger/account/${unknownId}`, 'GET, HEAD, PUT'],
  ['PUT', `/v3/ledger/account/${unknownId}`, 'GET, HEAD, PUT'],
  ['GET', `/v3/ledger/account/${unknownId}/balance`, 'GET, HEAD'],
  ['PUT', `/v3/ledger/account/${unknownId}/activate`, 'PUT'],
  ['PUT', `/v3/ledger/account/${unknownId}/deactivate`, 'PUT'],
  ['PUT', `/v3/ledger/account/${unknownId}/freeze`, 'PUT'],
  ['PUT', `/v3/ledger/account/${unknownId}/unfreeze`, 'PUT'],
  ['POST', `/v3/ledger/account/block/${unknownId}`, 'GET, HEAD, PUT, POST, DELETE'],
  ['GET', `/v3/ledger/account/block/${unknownId}`, 'GET, HEAD, PUT, POST, DELETE'],
  ['PUT', `/v3/ledger/account/block/${unknownId}`, 'GET, HEAD, PUT, POST, DELETE'],
  ['DELETE', `/v3/ledger/account/block/${unknownId}`, 'GET, HEAD, PUT, POST, DELETE'],
  ['GET', `/v3/ledger/account/block/${unknownId}/detail`, 'GET, HEAD'],
  ['DELETE', `/v3/ledger/account/block/account/${unknownId}`, 'DELETE'],
  ['POST', '/v3/ledger/transaction', 'POST'],
  ['POST', '/v3/ledger/transaction/batch', 'POST'],
  ['POST', '/v3/ledger/transaction/customer', 'POST'],
  ['POST', '/v3/ledger/transaction/account', 'POST'],
  ['POST', '/v3/ledger/transaction/ledger', 'POST'],
  ['GET', `/v3/ledger/transaction/reference/${unknownId}`, 'GET, HEAD'],
  ['POST', '/v3/ledger/virtualCurrency', 'PUT, POST'],
  ['PUT', '/v3/ledger/virtualCurrency', 'PUT, POST'],
  ['GET', '/v3/ledger/virtualCurrency/VC_X', 'GET, HEAD'],
  ['PUT', '/v3/ledger/virtualCurrency/mint', 'GET, HEAD, PUT'],
  ['PUT', '/v3/ledger/virtualCurrency/revoke', 'GET, HEAD, PUT'],
] as const;

const invalidSubscription = {
  statusCode: 401,
  errorCode: 'subscription.invalid',
  message: 'Unable to find valid subscription for the given API key.',
};

describe('a key', () => {
  it.each(routes)('is needed to %s %s', async (method, path) => {
    for (const headers of [{ 'x-api-key': undefined }, { 'x-api-key': 'lk_unknown-but-long' }]) {
      const { status, json: parse } = await send({ method, path, headers });
      expect(status).toBe(401);
      expect(parse()).toEqual(invalidSubscription);
    }
  });

  it.each([
    ['Authorization: Bearer', (key: string) => ({ authorization: `Bearer ${key}` })],
    ['authorization: bearer', (key: string) => ({ authorization: `bearer ${key}` })],
    ['X-API-KEY', (key: string) => ({ 'X-API-KEY': key })],
  ])('may come by %s', async (_, toHeaders) => {
    const headers = { 'x-api-key': undefined, ...toHeaders(service.key) };
    const { status } = await send({ path: '/v3/ledger/customer?pageSize=1', headers });
    expect(status).toBe(200);
  });

  it.each([
    ['an empty x-api-key', () => ({ 'x-api-key': '' })],
    ['Authorization: Basic', (key: string) => ({ authorization: `Basic ${key}` })],
    ['Authorization without Bearer', (key: string) => ({ authorization: key })],
    ['a cookie', (key: string) => ({ cookie: `x-api-key=${key}` })],
  ])('does not come by %s', async (_, toHeaders) => {
    const headers = { 'x-api-key': undefined, ...toHeaders(service.key) };
    const { status } = await send({ path: '/v3/ledger/customer?pageSize=1', headers });
    expect(status).toBe(401);
  });

  it('does not come in the URL, and is never repeated', async () => {
    const path = `/v3/ledger/customer?pageSize=1&x-api-key=${service.key}&api_key=${service.key}`;
    const { status, text } = await send({ path, headers: { 'x-api-key': undefined } });
    expect(status).toBe(401);
    expect(text).not.toContain(service.key);
    const wrong = await send({ path, headers: { 'x-api-key': 'lk_almost-a-secret' } });
    expect(wrong.text).not.toContain('secret');
  });

  it('that was revoked lets nobody in', async () => {
    const { key, id } = await service.createKey('revoked');
    await service.store.keys.revoke(id);
    const headers = { 'x-api-key': key };
    const answer = await send({ path: '/v3/ledger/customer?pageSize=1', headers });
    expect(answer.json()).toEqual(invalidSubscription);
  });
});

describe('a path', () => {
  it.each([
    '/',
    '/v3',
    '/v3/ledger',
    '/v3/ledger/customers',
    `/v3/ledger/customer/${unknownId}/delete`,
    `/v3/ledger/customer/${unknownId}/activate/now`,
    '/v2/ledger/customer',
    '/V3/LEDGER/CUSTOMER',
    '/v3%2Fledger%2Fcustomer',
    `/v3/ledger/customer/a/b`,
    '/v3/ledger/accounts',
    `/v3/ledger/account/${unknownId}/balances`,
    `/v3/ledger/account/${unknownId}/freeze/now`,
    `/v3/ledger/account/block/${unknownId}/details`,
    '/v3/ledger/transactions',
    '/v3/ledger/transaction/reference',
    '/v3/ledger/transaction/reference/a/b',
    '/v3/ledger/virtualcurrency',
    '/v3/ledger/virtualCurrency/VC_X/mint',
  ])('that nobody knows is 404: %s', async (path) => {
    for (const method of ['GET', 'PUT']) {
      const { status, json: parse } = await send({ method, path });
      expect(status).toBe(404);
      expect(parse()).toEqual({ statusCode: 404, message: expect.any(String) });
    }
  });

  it.each(routes)('tells with 405 what it allows besides %s %s', async (_, path, allowed) => {
    for (const method of ['DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'GET', 'PUT', 'POST']) {
      if (allowed.includes(method)) continue;
      const { status, headers, json: parse } = await send({ method, path });
      expect({ method, status }).toEqual({ method, status: 405 });
      expect(headers.allow).toBe(allowed);
      expect(parse()).toEqual({ statusCode: 405, message: expect.any(String) });
    }
  });
});

describe('what is wrong first', () => {
  it('is told first: key, path, method, size, input, state', async () => {
    const { ref } = await openCustomer(client);
    const noKey = { ...json, 'x-api-key': undefined };
    const good = `/v3/ledger/customer/${ref.id}`;
    const steps: [number, RawRequest][] = [
      [401, { method: 'POST', path: '/v3/nope?pageSize=x', headers: noKey, body: tooLarge }],
      [404, { method: 'POST', path: '/v3/nope?pageSize=x', headers: json, body: tooLarge }],
      [405, { method: 'POST', path: good, headers: json, body: tooLarge }],
      [413, { method: 'PUT', path: '/v3/ledger/customer/short', headers: json, body: tooLarge }],
      [400, { method: 'PUT', path: '/v3/ledger/customer/short', headers: json, body: '{}' }],
      [400, { method: 'PUT', path: `/v3/ledger/customer/${unknownId}`, headers: json, body: '{}' }],
      [400, { method: 'PUT', path: '/v3/ledger/customer/short/activate', headers: json }],
      [403, { method: 'PUT', path: `${good}/activate`, headers: json }],
    ];
    const statuses = [];
    for (const [, request] of steps) statuses.push((await send(request)).status);
    expect(statuses).toEqual(steps.map(([status]) => status));
  });
});

describe('a body', () => {
  const sendBody = async (method: string, path: string, body: string | Uint8Array) =>
    await send({ method, path, headers: json, body });

  it('of as many bytes as are allowed is read, and of one more is 413', async () => {
    const largest = `{"currency":"EUR"}${' '.repeat(bodyBytesMax - 18)}`;
    expect(Buffer.byteLength(largest)).toBe(bodyBytesMax);
    expect((await sendBody('POST', '/v3/ledger/account', largest)).status).toBe(200);
    for (const [method, path] of [
      ['POST', '/v3/ledger/account'],
      ['PUT', `/v3/ledger/customer/${unknownId}`],
      ['PUT', `/v3/ledger/customer/${unknownId}/activate`],
    ] as const) {
      for (const headers of [json, { ...json, 'transfer-encoding': 'chunked' }]) {
        const answer = await send({ method, path, headers, body: `${largest} ` });
        expect(answer.status).toBe(413);
        expect(answer.json()).toEqual({ statusCode: 413, message: expect.any(String) });
      }
    }
  });

  it('that says it is larger is refused before it comes', async () => {
    const headers = { ...json, 'content-length': String(bodyBytesMax + 1) };
    const answer = await send({ method: 'POST', path: '/v3/ledger/account', headers });
    expect(answer.status).toBe(413);
  });

  it.each<[string, string | Uint8Array, string]>([
    ['empty', '', 'isJson'],
    ['cut', '{"currency":"EUR"', 'isJson'],
    ['no JSON', 'currency=EUR', 'isJson'],
    ['no UTF-8', Buffer.from('{"currency":"\xff"}', 'latin1'), 'isJson'],
    ['null', 'null', 'isObject'],
    ['a list', '[{"currency":"EUR"}]', 'isObject'],
    ['a text', '"EUR"', 'isObject'],
    ['a number', '1', 'isObject'],
  ])('that is %s is 400 with one entry', async (_, body, rule) => {
    for (const [method, path] of [
      ['POST', '/v3/ledger/account'],
      ['PUT', `/v3/ledger/customer/${unknownId}`],
    ] as const) {
      const { status, json: parse } = await sendBody(method, path, body);
      expect(status).toBe(400);
      expect(parse()).toEqual({
        statusCode: 400,
        errorCode: 'validation.failed',
        message: 'Request validation failed. Please see data for additional information.',
        data: [
          {
            target: {},
            property: 'body',
            constraints: { [rule]: expect.stringMatching(/^body must be /) },
          },
        ],
      });
    }
  });
});
