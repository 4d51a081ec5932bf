import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Grant } from '../../src/domain/grant.ts';
import { watchesOfTenantMax } from '../../src/store/watch.ts';
import { createPosition } from '../../src/store/watch-position.ts';
import {
  type ExpectedReason,
  toRefusalOf,
  toUnknownExternalId,
} from '../support/clients/expected-refusal.ts';
import { type LedgerClient, type Protocol, protocols } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { openCustomer } from '../support/clients/stage.ts';
import { openWatch, type WatchRequest } from '../support/clients/watch-client.ts';
import { createDatabaseName, createExternalId } from '../support/database.ts';
import { type OwnDatabase, startOwnDatabase } from '../support/own-database.ts';
import { startServiceOn, startTestService, type TestService } from '../support/service.ts';
import { readEnd, readEvent } from '../support/watching.ts';

let service: TestService;
let client: LedgerClient;
let foreign: { readonly key: string; readonly client: LedgerClient };
beforeAll(async () => {
  service = await startTestService();
  client = openClient('grpc-js', service);
  const { key } = await service.createKey('foreign');
  foreign = { key, client: openClient('grpc-js', { address: service.address, key }) };
});
afterAll(async () => {
  await client.close();
  await foreign.client.close();
  await service.close();
});

/** Makes a refusal of what a request asks for: by its field, or by what REST calls it. */
function toInvalid(protocol: Protocol, field: string, restProperty: string): object {
  return protocol === 'rest'
    ? {
        status: 400,
        errorCode: 'validation.failed',
        violations: [expect.objectContaining({ field: restProperty })],
      }
    : { code: 'INVALID_ARGUMENT', violations: [expect.objectContaining({ field })] };
}

/** The length of the checksum at the end of a position. */
const checkBytes = 12;

/** Makes of a position one with another token of the database in it, as the ledger makes its own: its checksum is no secret. */
function forge(position: string, alter: (token: Buffer) => Buffer): string {
  const token = Buffer.from(position, 'base64url').subarray(0, -checkBytes);
  const _data = alter(Buffer.from(token)).toString('hex');
  return createPosition({ tenant: 'default', customerId: undefined }, { _data });
}

describe.each(protocols)('a watch over %s', { concurrent: true }, (protocol) => {
  const watch = (request: WatchRequest = {}, key = service.key) =>
    openWatch(protocol, { address: service.address, key }, request);

  /** Reads a position at which a watch begins. */
  const readPosition = async (request: WatchRequest = {}, key?: string) => {
    const watching = watch(request, key);
    const { position } = await readEvent(watching);
    watching.cancel();
    return position;
  };

  const expectRefused = async (watching: ReturnType<typeof watch>, refusal: object) =>
    expect(await readEnd(watching)).toMatchObject(refusal);

  const notFound = (id: string) =>
    protocol === 'rest'
      ? toUnknownExternalId(protocol, id)
      : toRefusalOf(protocol, 'CUSTOMER_NOT_FOUND');
  const invalid = {
    ...(protocol !== 'rest' && toRefusalOf(protocol, 'WATCH_POSITION_INVALID')),
    ...toInvalid(protocol, 'position', 'Last-Event-ID'),
  };

  it('is refused of a customer that nobody has', async () => {
    const id = 'f'.repeat(24);
    await expectRefused(watch({ ref: { id } }), notFound(id));
    const externalId = createExternalId();
    await expectRefused(watch({ ref: { externalId } }), toUnknownExternalId(protocol, externalId));
  });

  it('is refused of a customer of another tenant as of one that nobody has', async () => {
    const { ref, externalId } = await openCustomer(foreign.client);
    await expectRefused(watch({ ref }), notFound(ref.id));
    await expectRefused(watch({ ref: { externalId } }), toUnknownExternalId(protocol, externalId));
    // Also from a position, which is told behind it.
    const position = await readPosition({ ref }, foreign.key);
    await expectRefused(watch({ ref, position }), notFound(ref.id));
  });

  it('is refused without a key, and with one whose tenant is suspended', async () => {
    const refused = toRefusalOf(protocol, 'API_KEY_INVALID');
    for (const key of ['', 'lk_wrong']) await expectRefused(watch({}, key), refused);
    const tenant = `suspended-${protocols.indexOf(protocol)}`;
    const { key } = await service.createKey(tenant);
    await service.store.tenants.suspend(tenant);
    await expectRefused(watch({}, key), toRefusalOf(protocol, 'TENANT_SUSPENDED'));
  });

  it('is for keys that may read customers', async () => {
    const createKey = async (...scopes: readonly Grant[]) =>
      (await service.store.keys.create({ tenant: 'default', name: '', scopes }))?.key;
    await readPosition({}, await createKey('customers:read'));
    for (const scope of ['customers:write', 'customers:state', 'accounts:read'] as const) {
      const refused = toRefusalOf(protocol, 'SCOPE_MISSING');
      await expectRefused(watch({}, await createKey(scope)), refused);
    }
  });

  it('is refused from a position of another watch', async () => {
    const [one, other] = [await openCustomer(client), await openCustomer(client)];
    const ofTenant = await readPosition();
    const ofOne = await readPosition({ ref: one.ref });
    const ofForeign = await readPosition({}, foreign.key);
    await expectRefused(watch({ ref: one.ref, position: ofTenant }), invalid);
    await expectRefused(watch({ position: ofOne }), invalid);
    await expectRefused(watch({ ref: other.ref, position: ofOne }), invalid);
    await expectRefused(watch({ position: ofForeign }), invalid);
    await expectRefused(watch({ ref: one.ref, position: ofForeign }), invalid);
    // The same watch goes on, whichever id names its customer.
    const { externalId } = one;
    await readPosition({ ref: { externalId }, position: ofOne });
  });

  it('is refused from a position that was altered', async () => {
    const position = await readPosition();
    const bytes = Buffer.from(position, 'base64url');
    const altered = [0, 1, 5, bytes.length - checkBytes, bytes.length - 1].map((index) => {
      const copy = Buffer.from(bytes);
      copy.writeUInt8(copy.readUInt8(index) ^ 1, index);
      return copy.toString('base64url');
    });
    const others = [
      position.slice(0, -1),
      `${position}A`,
      `${position}=`,
      'nope',
      'x'.repeat(1024),
    ];
    for (const each of [...altered, ...others])
      await expectRefused(watch({ position: each }), invalid);
    await expectRefused(
      watch({ position: 'x'.repeat(1025) }),
      toInvalid(protocol, 'position', 'Last-Event-ID'),
    );
  });

  it('is refused from a position that was forged with what the database does not take', async () => {
    const position = await readPosition();
    const forgers: readonly ((token: Buffer) => Buffer)[] = [
      () => Buffer.alloc(0),
      () => Buffer.from([0]),
      () => Buffer.alloc(30, 255),
      () => randomBytes(40),
      (token) => token.subarray(0, 9),
      (token) => Buffer.concat([token.subarray(0, -1), Buffer.from([0])]),
    ];
    for (const alter of forgers)
      await expectRefused(watch({ position: forge(position, alter) }), invalid);
  });

  it('is refused for a heartbeat that is too short or too long', async () => {
    const refused = toInvalid(protocol, 'heartbeat', 'heartbeatMs');
    for (const heartbeatMs of [-1_000, 0, 999, 60_001, 10 ** 9]) {
      await expectRefused(watch({ heartbeatMs }), refused);
    }
    for (const heartbeatMs of [1_000, 60_000]) await readPosition({ heartbeatMs });
  });

  it('is refused of what can be no customer', async () => {
    const externalId = 'x'.repeat(101);
    const refused = toInvalid(protocol, 'external_id', 'id');
    await expectRefused(watch({ ref: { externalId } }), refused);
    // REST takes either id.
    const refusedId = protocol === 'rest' ? notFound('nope') : toInvalid(protocol, 'id', '');
    await expectRefused(watch({ ref: { id: 'nope' } }), refusedId);
  });
});

describe('a position that the database no longer has', () => {
  let database: OwnDatabase;
  let service: Awaited<ReturnType<typeof startServiceOn>>;
  let key: string;
  beforeAll(async () => {
    database = await startOwnDatabase();
    service = await startServiceOn({ uri: database.uri, name: createDatabaseName() });
    key = (await service.store.keys.create({ tenant: 'default', name: '' }))?.key ?? '';
  });
  afterAll(async () => {
    await service.close();
    await database.close();
  });

  it.each(protocols)('is refused over %s', async (protocol) => {
    const target = { address: service.address, key };
    const first = openWatch(protocol, target);
    const { position } = await readEvent(first);
    first.cancel();
    // The log of a test is never so full that it loses what is old.
    const heal = await database.failCommands(['aggregate'], { errorCode: 286 });
    const refusal = await readEnd(openWatch(protocol, target, { position }));
    await heal();
    expect(refusal).toMatchObject(toRefusalOf(protocol, 'WATCH_POSITION_EXPIRED'));
  });
});

describe.each(protocols)('a watch too many over %s', (protocol) => {
  it('is refused, and taken when another one has ended', async () => {
    const full = await startTestService();
    const first = openWatch('grpc-js', full);
    const others = Array.from({ length: watchesOfTenantMax - 1 }, (_, index) =>
      openWatch(index % 2 === 0 ? 'connect binary' : protocol, full),
    );
    await Promise.all([first, ...others].map(readEvent));
    const reason: ExpectedReason = 'WATCHES_EXHAUSTED';
    const refusal = await readEnd(openWatch(protocol, full));
    expect(refusal).toMatchObject({ ...toRefusalOf(protocol, reason), retryAfter: 1 });
    first.cancel();
    const next = await vi.waitFor(
      async () => {
        const watching = openWatch(protocol, full);
        await readEvent(watching);
        return watching;
      },
      { timeout: 10_000, interval: 100 },
    );
    for (const each of [next, ...others]) each.cancel();
    await full.close();
  });
});
