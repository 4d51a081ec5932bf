import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { revocationDelayMaxMs } from '../../src/domain/api-key.ts';
import { openKeyStore } from '../../src/store/key-store.ts';
import type { OperatorKeyRequest } from '../../src/store/keys.ts';
import { openStore } from '../../src/store/store.ts';
import { createDatabaseName, openTestStore, silent, type TestStore } from '../support/database.ts';
import { openStoresBeside } from '../support/stores.ts';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

async function createKey(request: Partial<OperatorKeyRequest> = {}) {
  const created = await test.store.keys.create({ tenant: 'acme', name: 'a key', ...request });
  if (!created) throw new Error('the key exists already');
  return created;
}

const refused = { name: 'LedgerError', reason: 'API_KEY_INVALID' };

/** Authenticates, whether the answer comes at once or later. */
const authenticate = async (key: string | undefined) =>
  await test.store.authenticate(key, Date.now() + 5_000);

describe('a key', () => {
  it('is 256 random bits behind lk_, and nothing of it is in the database but its hash', async () => {
    const { key, id } = await createKey();
    expect(key).toMatch(/^lk_[\w-]{43}$/);
    const document = await test.collections.keys.findOne({ _id: id });
    expect(document).toEqual({
      _id: id,
      tenant: 'acme',
      name: 'a key',
      hash: createHash('sha256').update(key).digest('base64'),
      createTime: expect.any(Date),
      scopes: ['*'],
    });
    for (const { name } of await test.db.listCollections().toArray()) {
      const text = JSON.stringify(await test.db.collection(name).find().toArray());
      expect(text).not.toContain(key);
      expect(text).not.toContain(key.slice(3));
    }
  });

  it('lets in its tenant under its public id', async () => {
    const { key, id } = await createKey({ tenant: 'umbrella' });
    const principal = { tenant: 'umbrella', actor: id, grants: ['*'], limits: [] };
    expect(await authenticate(key)).toEqual(principal);
    expect(await authenticate(key)).toEqual(principal);
  });

  it.each([undefined, '', 'lk_', `lk_${'A'.repeat(43)}`, '$', '\u0000', 'x'.repeat(100_000)])(
    'is refused when it is not registered: %#',
    async (key) => {
      await expect(authenticate(key)).rejects.toMatchObject(refused);
    },
  );

  it('is not found by its hash, its id or an operator', async () => {
    const { key, id } = await createKey();
    const hash = createHash('sha256').update(key).digest('base64');
    for (const wrong of [hash, id, key.toUpperCase(), `${key} `, key.slice(0, -1)]) {
      await expect(authenticate(wrong)).rejects.toMatchObject(refused);
    }
  });

  it('is registered once, for whatever tenant', async () => {
    const key = 'the-key-that-clients-already-send';
    const { id } = await createKey({ key });
    expect(await test.store.keys.create({ tenant: 'other', name: '', key })).toBeUndefined();
    expect(await authenticate(key)).toMatchObject({ tenant: 'acme', actor: id });
    expect(await test.collections.tenants.findOne({ _id: 'other' })).toBeNull();
  });

  it('tells whether its tenant came to be with it', async () => {
    expect(await createKey({ tenant: 'fresh' })).toMatchObject({ tenantCreated: true });
    expect(await createKey({ tenant: 'fresh' })).toMatchObject({ tenantCreated: false });
    expect(await test.collections.tenants.countDocuments({ _id: 'fresh' })).toBe(1);
  });

  it('is listed without itself and without its hash, oldest first', async () => {
    const first = await createKey({ tenant: 'listed', name: 'one' });
    await createKey({ tenant: 'listed', name: 'two' });
    const keys = await test.store.keys.list('listed');
    expect(keys.map(({ name }) => name)).toEqual(['one', 'two']);
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual([
      'createTime',
      'id',
      'name',
      'scopes',
      'tenant',
    ]);
    expect(JSON.stringify(await test.store.keys.list())).not.toContain(first.key);
  });

  it('works at once after it was refused as unknown', async () => {
    const key = 'a-key-that-is-registered-later';
    await expect(authenticate(key)).rejects.toMatchObject(refused);
    await createKey({ key });
    expect(await authenticate(key)).toMatchObject({ tenant: 'acme' });
  });

  it('is refused by every service within five seconds of its revocation, and for ever', async () => {
    const stores = await openStoresBeside(test, 2);
    const { key, id } = await createKey();
    for (const store of stores.all)
      expect(await store.authenticate(key, Date.now() + 5_000)).toMatchObject({ actor: id });
    expect(await test.store.keys.revoke(id)).toMatchObject({ id, revokeTime: expect.any(Date) });
    await vi.waitFor(
      async () => {
        for (const store of stores.all) {
          // A remembered key is let in by a value, an unknown one refused by a promise.
          await expect(
            (async () => await store.authenticate(key, Date.now() + 5_000))(),
          ).rejects.toMatchObject(refused);
        }
      },
      { timeout: revocationDelayMaxMs, interval: 50 },
    );
    await stores.close();
    expect(await test.store.keys.revoke(id)).toBeUndefined();
    expect(await test.store.keys.isKnown(key)).toBe(false);
    expect(await test.store.keys.create({ tenant: 'acme', name: '', key })).toBeUndefined();
    await expect(authenticate(key)).rejects.toMatchObject(refused);
  });

  it('is never refused as a defect, also when more strangers come at once than are remembered', async () => {
    const { key, id } = await createKey();
    const strangers = Array.from({ length: 10_100 }, (_, index) =>
      authenticate(`stranger-number-${index}`).catch((error: unknown) => error),
    );
    const known = authenticate(key).catch((error: unknown) => error);
    const answers = (await Promise.all(strangers)) as { reason?: string }[];
    const reasons = new Set(answers.map(({ reason }) => reason));
    // Those for whom no connection, or no answer, comes in time may try again.
    const allowed = new Set(['API_KEY_INVALID', 'DATABASE_UNAVAILABLE', 'DEADLINE_EXCEEDED']);
    expect([...reasons].filter((reason) => !allowed.has(reason ?? ''))).toEqual([]);
    expect(await known).not.toMatchObject({ reason: expect.stringMatching(/INTERNAL|INVALID/) });
    await vi.waitFor(
      async () => expect(await authenticate(key)).toMatchObject({ actor: id }),
      10_000,
    );
  });
});

describe('the first key', () => {
  it('comes to be on an empty ledger alone', async () => {
    await createKey();
    expect(await test.store.keys.createFirst({ tenant: 'default', name: 'first' })).toBeUndefined();
    expect(await test.collections.keys.countDocuments({ name: 'first' })).toBe(0);
  });

  it('comes to be once when several services start at once on a database that is not there', async () => {
    for (let round = 0; round < 5; round += 1) {
      const location = { uri: inject('mongodbUri'), name: createDatabaseName() };
      const start = async () => {
        const store = await openStore(location, silent);
        const created = await store.keys.createFirst({ tenant: 'default', name: 'first' });
        return { store, created };
      };
      const started = await Promise.all([start(), start(), start()]);
      const created = started.flatMap((each) => each.created ?? []);
      const [{ store }] = started;
      expect(created).toHaveLength(1);
      expect(await store.keys.list()).toMatchObject([{ id: created[0]?.id, tenant: 'default' }]);
      expect(await store.authenticate(created[0]?.key, Date.now() + 5_000)).toMatchObject({
        tenant: 'default',
      });
      await Promise.all(started.map((each) => each.store.close()));
      await test.client.db(location.name).dropDatabase();
    }
  });

  it('comes to be once in every race', async () => {
    const location = { uri: inject('mongodbUri'), name: createDatabaseName() };
    const services = await Promise.all([1, 2, 3, 4].map(() => openKeyStore(location, silent)));
    const db = test.client.db(location.name);
    for (let round = 0; round < 100; round += 1) {
      await db.collection('keys').deleteMany({});
      await db.collection('tenants').deleteMany({});
      const made = await Promise.all(
        services.map(({ keys }) => keys.createFirst({ tenant: 'default', name: 'first' })),
      );
      expect(made.filter(Boolean)).toHaveLength(1);
      expect(await db.collection('keys').countDocuments()).toBe(1);
    }
    await Promise.all(services.map((service) => service.close()));
    await db.dropDatabase();
  });
});
