import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountService } from '../../gen/ledger/v1/account_service_pb.js';
import { CustomerService } from '../../gen/ledger/v1/customer_service_pb.js';
import type { Caller, CallHeaders } from '../support/clients/caller.ts';
import { toRefusalOf } from '../support/clients/expected-refusal.ts';
import { createSender } from '../support/clients/http.ts';
import { type Protocol, protocols } from '../support/clients/ledger-client.ts';
import { openCaller } from '../support/clients/open-client.ts';
import type { Refusal } from '../support/clients/refusal.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

/** What came back of a call: the headers, and whether and as what it was refused. */
interface Arrived {
  readonly headers: Headers;
  readonly refusal?: Refusal | { readonly status: number; readonly errorCode?: string };
}

/** The calls of these tests, which are made over every protocol with headers of any kind. */
interface Calls {
  /** Lists customers. */
  list(headers: CallHeaders): Promise<Arrived>;
  /** Reads an account that nobody has. */
  miss(headers: CallHeaders): Promise<Arrived>;
  close(): void;
}

function openCalls(protocol: Protocol): Calls {
  return protocol === 'rest'
    ? openRestCalls()
    : openRpcCalls(openCaller(protocol, service.address));
}

function openRpcCalls(caller: Caller): Calls {
  const settle = (call: Promise<{ headers: Headers }>): Promise<Arrived> =>
    call.then(
      ({ headers }) => ({ headers }),
      (refusal: Refusal) => ({ headers: refusal.headers, refusal }),
    );
  const { listCustomers } = CustomerService.method;
  const { getAccount } = AccountService.method;
  return {
    list: (headers) => settle(caller.call(listCustomers, { pageSize: 1 }, headers)),
    miss: (headers) => settle(caller.call(getAccount, { id: 'f'.repeat(24) }, headers)),
    close: () => caller.close(),
  };
}

function openRestCalls(): Calls {
  const send = createSender(service.address, service.key);
  const call = async (path: string, headers: CallHeaders): Promise<Arrived> => {
    const answer = await send({ path, headers: { 'x-api-key': undefined, ...headers } });
    const received = new Headers();
    for (const [name, value] of Object.entries(answer.headers)) received.set(name, String(value));
    if (answer.status === 200) return { headers: received };
    const { statusCode, ...told } = answer.json() as { statusCode: number };
    return { headers: received, refusal: { status: statusCode, ...told } };
  };
  return {
    list: (headers) => call('/v3/ledger/customer?pageSize=1', headers),
    miss: (headers) => call(`/v3/ledger/account/${'f'.repeat(24)}`, headers),
    close: () => undefined,
  };
}

describe.each(protocols)('a call over %s', { concurrent: true }, (protocol) => {
  let calls: Calls;
  let key: CallHeaders;
  beforeAll(() => {
    calls = openCalls(protocol);
    key = { 'x-api-key': service.key };
  });
  afterAll(() => calls.close());

  it('may bring its key in x-api-key or as a bearer', async () => {
    expect((await calls.list(key)).refusal).toBeUndefined();
    const bearer = await calls.list({ authorization: `Bearer ${service.key}` });
    expect(bearer.refusal).toBeUndefined();
  });

  it.each<[string, CallHeaders]>([
    ['no key', {}],
    ['an empty key', { 'x-api-key': '' }],
    ['a key that nobody has', { 'x-api-key': `lk_${'A'.repeat(43)}` }],
    ['a bearer that nobody has', { authorization: 'Bearer nobody' }],
    ['an authorization that is no bearer', { authorization: 'Basic bm9ib2R5Om5vYm9keQ==' }],
  ])('is refused with %s, before anything else is told', async (_, headers) => {
    for (const call of [calls.list, calls.miss]) {
      const { refusal } = await call(headers);
      expect(refusal).toMatchObject(toRefusalOf(protocol, 'API_KEY_INVALID'));
    }
  });

  it('is named by the X-Request-Id it brings, in answers and refusals', async () => {
    const requestId = 'caller-7/{x}:"~"';
    const named = { ...key, 'x-request-id': requestId };
    for (const { headers } of [
      await calls.list(named),
      await calls.miss(named),
      await calls.list({ 'x-request-id': requestId }),
      await calls.list({ ...key, 'x-request-id': 'x'.repeat(128) }),
    ]) {
      expect([requestId, 'x'.repeat(128)]).toContain(headers.get('x-request-id'));
    }
  });

  it('is given a name of its own when it brings none that fits', async () => {
    const names = [];
    for (const headers of [
      key,
      key,
      { ...key, 'x-request-id': '' },
      { ...key, 'x-request-id': 'x'.repeat(129) },
      { ...key, 'x-request-id': 'a b' },
    ]) {
      names.push((await calls.list(headers)).headers.get('x-request-id'));
    }
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('a path that nobody knows', () => {
  const requestId = 'caller-8';
  const post = async (contentType: string) =>
    await createSender(
      service.address,
      service.key,
    )({
      method: 'POST',
      path: '/ledger.v1.CustomerService/DeleteCustomer',
      headers: { 'content-type': contentType, 'x-request-id': requestId },
      body: '{}',
    });

  it.each(['application/grpc-web+proto', 'application/grpc+proto'])(
    'is unimplemented to a call of %s',
    async (contentType) => {
      const { status, headers } = await post(contentType);
      expect(status).toBe(200);
      expect(headers).toMatchObject({ 'grpc-status': '12', 'x-request-id': requestId });
    },
  );

  it.each(['application/json', 'application/proto'])('is 404 to a call of %s', async (type) => {
    const { status, headers } = await post(type);
    expect(status).toBe(404);
    expect(headers).toMatchObject({ 'x-request-id': requestId });
  });

  it('is 404 to REST, and still named', async () => {
    const send = createSender(service.address, service.key);
    const paths = ['/nope', '/v3/ledger/customer/%', '/v3/ledger/customer?pageSize=x', '/healthz'];
    for (const path of paths) {
      const { headers } = await send({ path, headers: { 'x-request-id': requestId } });
      expect(headers['x-request-id']).toBe(requestId);
    }
  });
});
