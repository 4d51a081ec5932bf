import { ObjectId } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { disabling, enabling } from '../../src/domain/customer.ts';
import { pendingMax } from '../../src/store/change.ts';
import type { ChangeEntry } from '../../src/store/documents.ts';
import { startRelay } from '../../src/store/relay.ts';
import {
  createCall,
  createExternalId,
  openTestStore,
  silent,
  type TestStore,
} from '../support/database.ts';
import { expectWholeHistory, readChanges, readHistory, readPending } from '../support/history.ts';
import { openStoresBeside } from '../support/stores.ts';

let test: TestStore;
beforeEach(async () => {
  test = await openTestStore();
});
afterEach(() => test.close());

/** Waits until nothing waits for the relay in the whole database. */
async function untilRelayed(): Promise<void> {
  const waiting = { 'pending.0': { $exists: true } };
  await vi.waitFor(
    async () => {
      expect(await test.collections.customers.countDocuments(waiting)).toBe(0);
      expect(await test.collections.accounts.countDocuments(waiting)).toBe(0);
    },
    { timeout: 10_000, interval: 20 },
  );
}

async function openAccounts(count: number): Promise<string[]> {
  const opened = await Promise.all(
    Array.from({ length: count }, () =>
      test.store.accounts.open(createCall(), {
        currency: 'EUR',
        customer: { externalId: createExternalId() },
      }),
    ),
  );
  return opened.map(({ customerId }) => customerId as string);
}

/** Makes entries as a service leaves them that is killed before its relay runs. */
function createEntries(count: number, firstVersion = 2): ChangeEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    _id: new ObjectId(),
    version: firstVersion + index,
    verb: 'UPDATE',
    actor: 'key_killed',
    time: new Date(),
    before: {},
    after: {},
  }));
}

describe('the relay', () => {
  it('copies the entries of a change and takes them out of its document', async () => {
    const [id = ''] = await openAccounts(1);
    await test.store.customers.transition(createCall(), { id }, disabling);
    const written = await readHistory(test.collections, 'customer', new ObjectId(id));
    await untilRelayed();
    expect(await readPending(test.collections, 'customer', new ObjectId(id))).toEqual([]);
    expect(await readChanges(test.collections, new ObjectId(id))).toEqual(written);
    expect(written.map(({ verb }) => verb)).toEqual(['CREATE', 'DISABLE']);
    expect(await test.collections.changes.findOne({ kind: 'customer', version: 2 })).toMatchObject({
      _id: { tenant: 'default', resource: new ObjectId(id), version: 2 },
    });
  });

  it('neither loses nor doubles an entry when several relay the same documents at once', async () => {
    const stores = await openStoresBeside(test, 3);
    const ids = await openAccounts(40);
    const transition = async (step: typeof disabling) => {
      await Promise.all(
        ids.map((id) => stores.next().customers.transition(createCall(), { id }, step)),
      );
    };
    const relays = [1, 2, 3].map(() => startRelay(test.collections, silent));
    for (let round = 0; round < 5; round += 1) {
      await transition(disabling);
      const sweeps = relays.map((relay) => relay.sweep());
      await transition(enabling);
      await Promise.all(sweeps);
    }
    await Promise.all(relays.map((relay) => relay.close()));
    await stores.close();
    await untilRelayed();
    await expectWholeHistory(test.collections, 'customer');
    await expectWholeHistory(test.collections, 'account');
    expect(await test.collections.changes.countDocuments({ kind: 'customer' })).toBe(40 * 11);
  });

  it('copies what a service that was killed has left, at the next start', async () => {
    const ids = (await openAccounts(3)).map((id) => new ObjectId(id));
    await untilRelayed();
    const [entry, another] = createEntries(2);
    // One was killed before it copied, one between copying and taking out.
    await test.collections.customers.updateOne(
      { _id: ids[0] as ObjectId },
      { $set: { pending: [entry, another] as ChangeEntry[] }, $inc: { version: 2 } },
    );
    const { _id: _, ...copied } = entry as ChangeEntry;
    await test.collections.changes.insertOne({
      _id: { tenant: 'default', resource: ids[1] as ObjectId, version: 2 },
      kind: 'customer',
      ...copied,
    });
    await test.collections.customers.updateOne(
      { _id: ids[1] as ObjectId },
      { $set: { pending: [entry, another] as ChangeEntry[] }, $inc: { version: 2 } },
    );
    await test.collections.accounts.updateOne(
      { customerId: ids[2] as ObjectId },
      { $set: { pending: [entry] as ChangeEntry[] }, $inc: { version: 1 } },
    );
    const stores = await openStoresBeside(test, 2);
    await untilRelayed();
    await stores.close();
    for (const id of ids.slice(0, 2)) {
      const history = await readChanges(test.collections, id);
      expect(history.map(({ version }) => version)).toEqual([1, 2, 3]);
    }
    expect(await test.collections.changes.countDocuments({ kind: 'account', version: 2 })).toBe(1);
  });

  it('sweeps more documents than it relays at once', async () => {
    const [id = ''] = await openAccounts(1);
    await untilRelayed();
    const template = await test.collections.customers.findOne({ _id: new ObjectId(id) });
    const copies = Array.from({ length: 1_101 }, (_, index) => ({
      ...template,
      _id: new ObjectId(),
      externalId: `copy-${index}`,
      pending: createEntries(1, 1),
    }));
    await test.db.collection('customers').insertMany(copies);
    const relay = startRelay(test.collections, silent);
    await relay.sweep();
    await relay.close();
    await untilRelayed();
    expect(await test.collections.changes.countDocuments({ actor: 'key_killed' })).toBe(1_101);
  });

  it('has copied everything when it is closed', async () => {
    const relay = startRelay(test.collections, silent);
    const ids = Array.from({ length: 1_101 }, () => new ObjectId());
    const documents = ids.map((_id, index) => ({
      _id,
      tenant: 'default',
      externalId: `closing-${index}`,
      version: 1,
      pending: createEntries(1, 1),
    }));
    await test.db.collection('customers').insertMany(documents);
    for (const id of ids) relay.notice('customer', id);
    await relay.close();
    expect(
      await test.collections.customers.countDocuments({ 'pending.0': { $exists: true } }),
    ).toBe(0);
    expect(await test.collections.changes.countDocuments({ actor: 'key_killed' })).toBe(1_101);
  });
});

describe('a document whose history cannot be written', () => {
  it('takes no further change when as many wait as it may hold, and goes on when they are copied', async () => {
    const [id = ''] = await openAccounts(1);
    await untilRelayed();
    const { externalId } = await test.store.customers.get(createCall(), { id });
    const fill = async (count: number) => {
      await test.collections.customers.updateOne(
        { _id: new ObjectId(id) },
        { $set: { pending: createEntries(count), version: 1 + count } },
      );
    };
    await fill(pendingMax);
    const held = [
      () => test.store.customers.transition(createCall(), { id }, disabling),
      () => test.store.customers.update(createCall(), { id }, { customerCountry: 'DE' }),
      () =>
        test.store.accounts.open(createCall(), {
          currency: 'EUR',
          customer: { externalId, customerCountry: 'FR' },
        }),
    ];
    for (const change of held) {
      await expect(change()).rejects.toMatchObject({ reason: 'WRITE_CONFLICT' });
    }
    expect(await test.store.customers.get(createCall(), { id })).toMatchObject({
      enabled: true,
      openAccounts: 1,
      version: 1 + pendingMax,
    });
    const relay = startRelay(test.collections, silent);
    await relay.sweep();
    await relay.close();
    await test.store.customers.transition(createCall(), { id }, disabling);
    await untilRelayed();
    const history = await readChanges(test.collections, new ObjectId(id));
    expect(history.map(({ version }) => version)).toEqual(
      Array.from({ length: pendingMax + 2 }, (_, index) => index + 1),
    );
  });

  it('takes one more change when there is room for one', async () => {
    const [id = ''] = await openAccounts(1);
    await untilRelayed();
    await test.collections.customers.updateOne(
      { _id: new ObjectId(id) },
      { $set: { pending: createEntries(pendingMax - 1), version: pendingMax } },
    );
    await test.store.customers.transition(createCall(), { id }, disabling);
    await untilRelayed();
    expect(
      await test.collections.changes.countDocuments({ '_id.resource': new ObjectId(id) }),
    ).toBe(pendingMax + 1);
  });
});
