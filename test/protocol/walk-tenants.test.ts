import { type DescMethod, type DescMethodUnary, toBinary, toJson } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRoutes } from '../../src/rest/handler.ts';
import { ledgerServices } from '../../src/rpc/handler.ts';
import type { Caller } from '../support/clients/caller.ts';
import { createSender } from '../support/clients/http.ts';
import { openCaller as openProtocol } from '../support/clients/open-client.ts';
import type { Refusal } from '../support/clients/refusal.ts';
import { createHttp2Client, frame } from '../support/raw-request.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { toGrpc } from '../support/target.ts';
import { type RequestOfMethod, requestsOf } from '../support/walk/messages.ts';
import {
  createAbsentRefs,
  kindsOf,
  normalise,
  openRefs,
  type Refs,
  readKept,
  spendRefs,
} from '../support/walk/refs.ts';
import { requestOf } from '../support/walk/routes.ts';

let service: TestService;
/** What another tenant has. */
let foreign: Refs;
let foreignKey: string;
let before: object;
beforeAll(async () => {
  service = await startTestService();
  foreign = await spendRefs(service, 'foreign', await openRefs(service, 'foreign'));
  foreignKey = (await service.createKey('foreign')).key;
  before = await readKept(service, 'foreign');
});
afterAll(async () => {
  expect(await readKept(service, 'foreign')).toEqual(before);
  await service.close();
});

/** Tells what came of a request by a key, whatever that was. */
type Ask = (named: Refs, key: string) => Promise<string>;

let callers = 0;

/** Makes a tenant that has met nobody else's names yet. */
async function openCaller() {
  callers += 1;
  const tenant = `caller-${callers}`;
  return { own: await openRefs(service, tenant), key: (await service.createKey(tenant)).key };
}

/**
 * Asserts that a caller cannot tell what another tenant has from what nobody has: for each kind of resource that a request names,
 * the rest being the caller's own.
 */
async function expectAlike(ask: Ask, build: (refs: Refs) => unknown): Promise<void> {
  for (const kind of kindsOf(build)) {
    if (kind === 'pageToken') continue;
    const absent = createAbsentRefs();
    const first = await openCaller();
    // What a request id does it does once; the other one does the same elsewhere.
    const second = await openCaller();
    const [ofForeign, ofAbsent] = [
      await ask({ ...first.own, [kind]: foreign[kind] }, first.key),
      await ask({ ...second.own, [kind]: absent[kind] }, second.key),
    ];
    expect({ kind, told: normaliseAll(normalise(ofForeign, kind, foreign), first.own) }).toEqual({
      kind,
      told: normaliseAll(normalise(ofAbsent, kind, absent), second.own),
    });
  }
}

/** Replaces what a caller named of its own. */
function normaliseAll(text: string, own: Refs): string {
  const kinds = Object.keys(own) as (keyof Refs)[];
  return kinds.reduce((told, kind) => normalise(told, kind, own), text);
}

type UnaryMethod = DescMethod & DescMethodUnary;
const methods = ledgerServices.flatMap(({ methods: all }) => all);
const requestsOfKind = (isUnary: boolean) =>
  methods
    .filter(({ methodKind }) => (methodKind === 'unary') === isUnary)
    .flatMap((method) =>
      requestsOf(method).map((request) => [method.name, request.by, method, request] as const),
    );

/** Calls a method, and tells all that its answer or its refusal tells. */
async function tell(
  caller: Caller,
  method: UnaryMethod,
  { build }: RequestOfMethod,
  { named, key }: { named: Refs; key: string },
): Promise<string> {
  try {
    const { message } = await caller.call(method, build(named) as never, { 'x-api-key': key });
    return JSON.stringify(toJson(method.output, message));
  } catch (error) {
    const { code, message, reason, errorCode, metadata, violations, preconditions } =
      error as Refusal;
    const refusal = { code, message, reason, errorCode, metadata, violations, preconditions };
    return JSON.stringify(refusal);
  }
}

describe.each(['grpc-js', 'connect json'] as const)(
  'what another tenant has, over %s',
  (protocol) => {
    let caller: Caller;
    beforeAll(() => {
      caller = openProtocol(protocol, service.address);
    });
    afterAll(() => caller.close());

    it.each(requestsOfKind(true))(
      'is to %s by %s what nobody has',
      async (_, _by, method, request) => {
        const ask: Ask = (named, key) =>
          tell(caller, method as UnaryMethod, request, { named, key });
        await expectAlike(ask, request.build);
      },
    );

    const lists = requestsOfKind(true).filter(([, , , { build }]) =>
      kindsOf(build).includes('pageToken'),
    );

    it('is listed in pages', () => {
      expect(lists.length).toBeGreaterThan(0);
    });

    it.each(lists)(
      'is in no page of %s by %s, whatever its token',
      async (_, _by, method, request) => {
        const list = method as UnaryMethod;
        const ask: Ask = (named, key) => tell(caller, list, request, { named, key });
        const named = await findPaged((refs) => ask(refs, foreignKey));
        // The caller asks for all that its owner asks for: nothing but the token could give a page of it away.
        const told = await ask(named, service.key);
        expect(told).toBe(await ask({ ...named, pageToken: absentToken }, service.key));
        expect(told).toMatch(/PAGE_TOKEN_INVALID|CUSTOMER_NOT_FOUND|ACCOUNT_NOT_FOUND/);
        expect(await ask(named, foreignKey)).not.toContain('PAGE_TOKEN_INVALID');
      },
    );
  },
);

const { pageToken: absentToken } = createAbsentRefs();

/** Finds a list of the other tenant that has a second page, and its token: of what it names, or else of all there is. */
async function findPaged(ask: (named: Refs) => Promise<string>): Promise<Refs> {
  const all = Object.fromEntries(Object.keys(foreign).map((kind) => [kind, '']));
  for (const named of [foreign, all as unknown as Refs]) {
    const { nextPageToken: pageToken = '' } = JSON.parse(await ask(named));
    if (pageToken !== '') return { ...named, pageToken };
  }
  throw new Error('the list has no second page');
}

// What is a stream ends when it is refused, and goes on when it is not.
describe.each(requestsOfKind(false))(
  'what another tenant has, by %s by %s',
  (_, _by, method, request) => {
    it('is what nobody has', async () => {
      const client = createHttp2Client(service.address);
      await expectAlike(async (named, key) => {
        const message = frame(toBinary(method.input, request.build(named)));
        const { headers = {}, body = '' } = toGrpc(method.name, message, {
          'x-api-key': key,
        });
        const path = `/${method.parent.typeName}/${method.name}`;
        const { trailers } = await client.send({ method: 'POST', path, headers, body });
        const details = Buffer.from(String(trailers['grpc-status-details-bin']), 'base64');
        const { 'grpc-status': code, 'grpc-message': text } = trailers;
        return JSON.stringify({ code, text, details: details.toString('latin1') });
      }, request.build);
      client.close();
    });
  },
);

describe('what another tenant has, over REST', () => {
  // Nothing is asked of the ledger before a request comes.
  const routes = createRoutes({} as Parameters<typeof createRoutes>[0]).map(
    (route) => [`${route.method} ${route.path}`, route] as const,
  );

  it.each(routes)('is to %s what nobody has', async (_, route) => {
    const ask: Ask = async (named, key) => {
      const send = createSender(service.address, key);
      const { status, text } = await send(requestOf(route, named));
      return JSON.stringify({ status, text });
    };
    await expectAlike(ask, (refs) => requestOf(route, refs));
  });

  it('is what nobody has also where a read takes either id', async () => {
    const send = createSender(service.address, (await openCaller()).key);
    const absent = createAbsentRefs();
    const ask = async ({ externalId }: Refs) => {
      const { status, text } = await send({ path: `/v3/ledger/customer/${externalId}` });
      return JSON.stringify({ status, text });
    };
    const told = normalise(await ask(foreign), 'externalId', foreign);
    expect(told).toBe(normalise(await ask(absent), 'externalId', absent));
    expect(told).toContain('customer.not.exists');
  });
});
