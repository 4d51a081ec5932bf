import { type DescMethod, type DescMethodUnary, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scope, scopes } from '../../src/domain/scope.ts';
import { createRoutes } from '../../src/rest/handler.ts';
import type { Route } from '../../src/rest/route.ts';
import { ledgerServices } from '../../src/rpc/handler.ts';
import { scopeOf } from '../../src/rpc/method-scopes.ts';
import { expectGrpc } from '../support/answers.ts';
import type { Caller } from '../support/clients/caller.ts';
import {
  type ExpectedReason,
  expectedRefusals,
  toRefusalOf,
} from '../support/clients/expected-refusal.ts';
import { createSender } from '../support/clients/http.ts';
import { rpcProtocols } from '../support/clients/ledger-client.ts';
import { openCaller } from '../support/clients/open-client.ts';
import type { Refusal } from '../support/clients/refusal.ts';
import { createHttp2Client, frame } from '../support/raw-request.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { toGrpc } from '../support/target.ts';
import { requestsOf } from '../support/walk/messages.ts';
import { openRefs, type Refs, readKept } from '../support/walk/refs.ts';
import { requestOf } from '../support/walk/routes.ts';

let service: TestService;
/** What requests name: resources of the tenant of every key but that of the suspended one. */
let refs: Refs;
let suspendedRefs: Refs;
let before: object;
const secrets = new Map<string, string>();

beforeAll(async () => {
  service = await startTestService();
  refs = await openRefs(service, 'default');
  suspendedRefs = await openRefs(service, 'suspended');
  const { keys, tenants } = service.store;
  const create = async (name: string, request = {}) => {
    const created = await keys.create({ tenant: 'default', name, ...request });
    if (!created) throw new Error('the key exists already');
    secrets.set(name, created.key);
    return created;
  };
  await create('expired', { expireTime: new Date(0) });
  await keys.revoke((await create('revoked')).id);
  await create('suspended', { tenant: 'suspended' });
  await tenants.suspend('suspended');
  for (const scope of scopes) {
    await create(scope, { scopes: [scope] });
    await create(`all but ${scope}`, { scopes: scopes.filter((other) => other !== scope) });
  }
  before = await readKept(service);
});
afterAll(() => service.close());

/** Why a key is refused wherever it is sent, and what is sent. */
const causes: readonly (readonly [string, ExpectedReason, () => string | undefined])[] = [
  ['no key', 'API_KEY_INVALID', () => undefined],
  ['a key that is none', 'API_KEY_INVALID', () => '{"$gt":""}'],
  ['an unknown key', 'API_KEY_INVALID', () => `lk_${'A'.repeat(43)}`],
  ['an expired key', 'API_KEY_INVALID', () => secrets.get('expired')],
  ['a revoked key', 'API_KEY_INVALID', () => secrets.get('revoked')],
  ['a key of a suspended tenant', 'TENANT_SUSPENDED', () => secrets.get('suspended')],
];

const headersOf = (key: string | undefined): Record<string, string> =>
  key === undefined ? {} : { 'x-api-key': key };
const refsFor = (reason: ExpectedReason) => (reason === 'TENANT_SUSPENDED' ? suspendedRefs : refs);

const methods = ledgerServices.flatMap(({ methods: all, typeName }) =>
  all.map((method) => [`${typeName}.${method.name}`, method] as const),
);
type UnaryMethod = DescMethod & DescMethodUnary;
const unaryMethods = methods.flatMap(([name, method]) =>
  method.methodKind === 'unary' ? [[name, method as UnaryMethod] as const] : [],
);
const streamMethods = methods.filter(([, { methodKind }]) => methodKind !== 'unary');

describe.each(rpcProtocols)('a method over %s', (protocol) => {
  let caller: Caller;
  beforeAll(() => {
    caller = openCaller(protocol, service.address);
  });
  afterAll(async () => {
    caller.close();
    expect(await readKept(service)).toEqual(before);
  });

  const call = async (method: UnaryMethod, named: Refs, key: string | undefined) => {
    const [request] = requestsOf(method);
    return await caller.call(method, request?.build(named) as never, headersOf(key)).then(
      () => undefined,
      (error: Refusal) => error,
    );
  };

  it.each(unaryMethods)('refuses every key that is not good: %s', async (_, method) => {
    for (const [cause, reason, key] of causes) {
      const refusal = await call(method, refsFor(reason), key());
      expect(refusal, cause).toMatchObject({ ...toRefusalOf(protocol, reason), metadata: {} });
    }
  });

  it.each(unaryMethods)(
    'refuses a key with every scope but the one it asks for: %s',
    async (_, method) => {
      const scope = scopeOf(method) as Scope;
      const refusal = await call(method, refs, secrets.get(`all but ${scope}`));
      expect(refusal).toMatchObject({
        ...toRefusalOf(protocol, 'SCOPE_MISSING'),
        metadata: { scope },
      });
    },
  );
});

// What is a stream is told by code: the callers of the tests know what has one answer.
describe.each(streamMethods)('a stream of %s', (_, method) => {
  const call = async (named: Refs, key: string | undefined) => {
    const client = createHttp2Client(service.address);
    const [request] = requestsOf(method);
    const message = request ? toBinary(method.input, request.build(named)) : new Uint8Array();
    const { headers = {}, body } = toGrpc(method.name, frame(message), headersOf(key));
    const path = `/${method.parent.typeName}/${method.name}`;
    const answer = await client.send({ method: 'POST', path, headers, body: body ?? '' });
    client.close();
    return answer;
  };

  it('refuses every key that is not good, or has every scope but the one it asks for', async () => {
    for (const [, reason, key] of causes) {
      const { code } = expectedRefusals[reason];
      expect(code).toBe('UNAUTHENTICATED');
      expectGrpc(await call(refsFor(reason), key()), 16);
    }
    expectGrpc(await call(refs, secrets.get(`all but ${scopeOf(method)}`)), 7);
    expect(await readKept(service)).toEqual(before);
  });
});

// Nothing is asked of the ledger before a request comes.
const routes = createRoutes({} as Parameters<typeof createRoutes>[0]).map(
  (route) => [`${route.method} ${route.path}`, route] as const,
);

describe('a route', () => {
  const send = async (route: Route, to: Refs, key: string | undefined) => {
    const request = requestOf(route, to);
    return await createSender(
      service.address,
      '',
    )({
      ...request,
      headers: { ...request.headers, 'x-api-key': key },
    });
  };
  afterAll(async () => {
    expect(await readKept(service)).toEqual(before);
  });

  it.each(routes)('refuses every key that is not good: %s', async (_, route) => {
    for (const [cause, reason, key] of causes) {
      const { status, text } = await send(route, refsFor(reason), key());
      const { errorCode, message } = expectedRefusals[reason];
      expect({ cause, status, body: JSON.parse(text) }).toEqual({
        cause,
        status: 401,
        body: { statusCode: 401, errorCode, message },
      });
    }
  });

  it.each(routes)(
    'refuses a key with every scope but the one it asks for: %s',
    async (_, route) => {
      const { status, text } = await send(route, refs, secrets.get(`all but ${route.scope}`));
      expect({ status, body: JSON.parse(text) }).toEqual({
        status: 403,
        body: { statusCode: 403, message: 'Forbidden' },
      });
    },
  );
});

// Last, since what is let in changes what is kept.
describe('the scope that is asked for', () => {
  const wrong = [
    'UNAUTHENTICATED',
    'PERMISSION_DENIED',
    'INVALID_ARGUMENT',
    'NOT_FOUND',
    'INTERNAL',
  ];

  it.each(unaryMethods)('is all that a good request needs: %s', async (_, method) => {
    const caller = openCaller('grpc-js', service.address);
    for (const { by, build } of requestsOf(method)) {
      const own = await openRefs(service, 'default');
      const key = secrets.get(scopeOf(method) as Scope);
      const refusal = await caller.call(method, build(own) as never, headersOf(key)).then(
        () => undefined,
        (error: Refusal) => error,
      );
      // What a key may not hand out is told behind its scope.
      if (refusal?.reason === 'KEY_RIGHTS_EXCEEDED') continue;
      expect(wrong, `${by}: ${refusal?.message}`).not.toContain(refusal?.code);
    }
    caller.close();
  });

  it.each(routes)('is all that a good request needs: %s', async (_, route) => {
    const own = await openRefs(service, 'default');
    const send = createSender(service.address, secrets.get(route.scope) ?? '');
    const { status, text } = await send(requestOf(route, own));
    expect([200, 204, 403], text).toContain(status);
    if (status === 403) expect(JSON.parse(text).errorCode).toMatch(/^(?!.*not\.exists)/);
  });
});
