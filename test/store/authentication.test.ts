import { setTimeout as sleep } from 'node:timers/promises';
import { type CommandStartedEvent, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { revocationDelayMaxMs } from '../../src/domain/api-key.ts';
import { createAuthentication } from '../../src/store/authentication.ts';
import { openCollections } from '../../src/store/documents.ts';
import { hashKey } from '../../src/store/key-hash.ts';
import type { OperatorKeyRequest } from '../../src/store/keys.ts';
import { trackReachability } from '../../src/store/reachability.ts';
import { openStore } from '../../src/store/store.ts';
import { openTestStore, silent, type TestStore } from '../support/database.ts';
import { startOwnDatabase } from '../support/own-database.ts';
import { openStoresBeside } from '../support/stores.ts';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

async function createKey(request: Partial<OperatorKeyRequest> = {}) {
  const created = await test.store.keys.create({ tenant: 'acme', name: '', ...request });
  if (!created) throw new Error('the key exists already');
  return created;
}

const invalid = { name: 'LedgerError', reason: 'API_KEY_INVALID' };
const suspended = { name: 'LedgerError', reason: 'TENANT_SUSPENDED' };

/** Authenticates, whether the answer comes at once or later. */
const authenticate = async (key: string, { store } = test) =>
  await store.authenticate(key, Date.now() + 5_000);

/** Authenticates by connections of its own, and tells which commands were sent for it. */
async function openWatched(keysMax?: number) {
  const client = new MongoClient(inject('mongodbUri'), { monitorCommands: true });
  const sent: { command: string; collection: unknown }[] = [];
  client.on('commandStarted', ({ commandName, command }: CommandStartedEvent) => {
    sent.push({ command: commandName, collection: command[commandName] });
  });
  const reachability = trackReachability(client);
  await client.connect();
  const collections = openCollections(client.db(test.db.databaseName));
  const options = keysMax === undefined ? {} : { keysMax };
  const find = createAuthentication(collections, reachability, options);
  return {
    authenticate: async (key: string) => await find(key, Date.now() + 5_000),
    count: (command: string, collection: string) =>
      sent.filter((each) => each.command === command && each.collection === collection).length,
    close: () => client.close(),
  };
}

describe('a key with an end', () => {
  it('lets in until it expires, and not a moment longer, however lately it was looked up', async () => {
    const expireTime = new Date(Date.now() + 1_500);
    const { key, id } = await createKey({ expireTime });
    expect(await authenticate(key)).toMatchObject({ actor: id });
    // It is remembered for longer than it has left.
    await vi.waitUntil(() => Date.now() >= expireTime.getTime(), { timeout: 3_000, interval: 1 });
    await expect(authenticate(key)).rejects.toMatchObject(invalid);
    expect(await test.store.keys.list('acme')).toContainEqual(
      expect.objectContaining({ id, expireTime }),
    );
  });

  it('that has come lets nobody in', async () => {
    const { key } = await createKey({ expireTime: new Date(Date.now() - 1) });
    await expect(authenticate(key)).rejects.toMatchObject(invalid);
  });
});

describe('a key of a version without scopes', () => {
  it('goes on with every right', async () => {
    const document = { _id: 'key_00000000000a', tenant: 'acme', name: 'old' };
    const hash = hashKey('a-key-of-an-older-version');
    const createTime = new Date('2026-01-01');
    await test.collections.keys.insertOne({ ...document, hash, createTime });
    expect(await authenticate('a-key-of-an-older-version')).toEqual({
      tenant: 'acme',
      actor: document._id,
      grants: ['*'],
      limits: [],
    });
    const [listed] = await test.store.keys.list('acme');
    expect(listed).toMatchObject({ id: document._id, scopes: ['*'] });
  });
});

describe('a suspended tenant', () => {
  it('has its keys refused by every service within five seconds, and let in again when it is resumed', async () => {
    const stores = await openStoresBeside(test, 2);
    const { key, id } = await createKey({ tenant: 'debtor' });
    const other = await createKey({ tenant: 'payer' });
    const everyone = async (wanted: (let_in: Promise<unknown>) => Promise<unknown>) => {
      for (const store of stores.all) await wanted(authenticate(key, { ...test, store }));
    };
    await everyone((letIn) => expect(letIn).resolves.toMatchObject({ actor: id }));
    expect(await test.store.tenants.suspend('debtor')).toMatchObject({
      name: 'debtor',
      suspendTime: expect.any(Date),
    });
    await vi.waitFor(() => everyone((letIn) => expect(letIn).rejects.toMatchObject(suspended)), {
      timeout: revocationDelayMaxMs,
      interval: 50,
    });
    expect(await authenticate(other.key)).toMatchObject({ actor: other.id });
    // What is no key of it is not told of its tenant.
    const revoked = await createKey({ tenant: 'debtor' });
    await test.store.keys.revoke(revoked.id);
    await expect(authenticate(revoked.key)).rejects.toMatchObject(invalid);

    expect(await test.store.tenants.resume('debtor')).toEqual({
      name: 'debtor',
      createTime: expect.any(Date),
    });
    await everyone((letIn) => expect(letIn).resolves.toMatchObject({ actor: id }));
    await stores.close();
  });

  it('is suspended once and resumed once, and is to exist', async () => {
    await createKey({ tenant: 'switched' });
    const { tenants } = test.store;
    expect(await tenants.resume('switched')).toBeUndefined();
    expect(await tenants.suspend('switched')).toBeDefined();
    expect(await tenants.suspend('switched')).toBeUndefined();
    expect(await tenants.list()).toContainEqual(
      expect.objectContaining({ name: 'switched', suspendTime: expect.any(Date) }),
    );
    expect(await tenants.resume('switched')).toBeDefined();
    expect(await tenants.suspend('nobody')).toBeUndefined();
    expect(await test.collections.tenants.countDocuments({ _id: 'nobody' })).toBe(0);
  });
});

describe('the last use of a key', () => {
  const lastUseOf = async (id: string) =>
    (await test.collections.keys.findOne({ _id: id }))?.lastUseTime;

  it('is written once in a minute by each service, however often it is looked up', async () => {
    const [{ key, id }, other] = [await createKey(), await createKey()];
    const start = Date.now();
    // With room for one key each look-up is forgotten by the next.
    const watched = await openWatched(1);
    for (let times = 0; times < 20; times += 1) {
      await watched.authenticate(key);
      await watched.authenticate(other.key);
    }
    expect(watched.count('find', 'keys')).toBe(40);
    await vi.waitFor(async () => expect(await lastUseOf(id)).toBeInstanceOf(Date));
    expect((await lastUseOf(id))?.getTime()).toBeGreaterThanOrEqual(start);
    expect(watched.count('update', 'keys')).toBe(2);
    expect(await test.store.keys.list('acme')).toContainEqual(
      expect.objectContaining({ id, lastUseTime: await lastUseOf(id) }),
    );
    await watched.close();
  });

  it('is none of a key that is refused', async () => {
    const { key, id } = await createKey();
    await test.store.keys.revoke(id);
    await expect(authenticate(key)).rejects.toMatchObject(invalid);
    const expired = await createKey({ expireTime: new Date(0) });
    await expect(authenticate(expired.key)).rejects.toMatchObject(invalid);
    await test.store.authenticate((await createKey()).key, Date.now() + 5_000);
    expect([await lastUseOf(id), await lastUseOf(expired.id)]).toEqual([undefined, undefined]);
  });

  it('goes no way back when a service is late', async () => {
    const { key, id } = await createKey();
    const later = new Date(Date.now() + 60_000);
    await test.collections.keys.updateOne({ _id: id }, { $set: { lastUseTime: later } });
    const watched = await openWatched();
    await watched.authenticate(key);
    await vi.waitFor(() => expect(watched.count('update', 'keys')).toBe(1));
    await watched.close();
    expect(await lastUseOf(id)).toEqual(later);
  });
});

describe('a look-up', () => {
  it('is shared by the calls that come meanwhile, and its answer by those that come later', async () => {
    const { key, id } = await createKey();
    const watched = await openWatched();
    const found = await Promise.all(Array.from({ length: 200 }, () => watched.authenticate(key)));
    expect(new Set(found).size).toBe(1);
    for (let times = 0; times < 200; times += 1) {
      expect(await watched.authenticate(key)).toMatchObject({ actor: id });
    }
    expect(watched.count('find', 'keys')).toBe(1);
    expect(watched.count('find', 'tenants')).toBe(1);
    await watched.close();
  });

  it('that the database keeps waiting lets nobody in by what the key was before', async () => {
    const database = await startOwnDatabase();
    const store = await openStore({ uri: database.uri, name: 'slow' }, silent);
    const created = await store.keys.create({ tenant: 'slow', name: '' });
    const blockTimeMS = revocationDelayMaxMs - 500;
    const slowness = { namespace: 'slow.tenants', blockConnection: true, blockTimeMS };
    const heal = await database.failCommands(['find'], { ...slowness, times: 1 });
    const letIn = () => store.authenticate(created?.key ?? '', Date.now() + 10_000);
    const first = letIn();
    // By now the key has been read, and is revoked while its tenant is waited for.
    await sleep(500);
    await store.keys.revoke(created?.id ?? '');
    await sleep(1_000);
    const late = letIn();
    for (const call of [first, late]) await expect(call).rejects.toMatchObject(invalid);
    await heal();
    await store.close();
    await database.close();
  }, 60_000);

  it('is forgotten when more keys come than are remembered', async () => {
    const keys = await Promise.all([1, 2, 3, 4].map(() => createKey()));
    const watched = await openWatched(3);
    for (const { key } of keys) await watched.authenticate(key);
    expect(watched.count('find', 'keys')).toBe(4);
    for (const { key } of keys.slice(1)) await watched.authenticate(key);
    expect(watched.count('find', 'keys')).toBe(4);
    await watched.authenticate(keys[0]?.key ?? '');
    expect(watched.count('find', 'keys')).toBe(5);
    await watched.close();
  });
});
