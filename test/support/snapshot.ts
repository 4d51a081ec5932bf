import { expect, vi } from 'vitest';
import type { Collections } from '../../src/store/documents.ts';

/** All that the ledger keeps, whether the relay has copied the history yet or not. */
export type Snapshot = Readonly<Record<string, unknown>>;

/** Reads everything from the database. */
export async function takeSnapshot(collections: Collections): Promise<Snapshot> {
  // What waits for the relay is read first: it is in the changes before it leaves its document.
  const [customers, accounts] = await Promise.all([
    collections.customers.find().sort({ _id: 1 }).toArray(),
    collections.accounts.find().sort({ _id: 1 }).toArray(),
  ]);
  const changes = new Map<string, unknown>();
  for (const [kind, documents] of Object.entries({ customer: customers, account: accounts })) {
    for (const { _id, tenant, pending } of documents) {
      for (const { _id: _, ...entry } of pending) {
        changes.set(`${_id} ${entry.version}`, { tenant, kind, ...entry });
      }
    }
  }
  for (const { _id, ...entry } of await collections.changes.find().toArray()) {
    changes.set(`${_id.resource} ${_id.version}`, entry);
  }
  const withoutPending = ({ pending: _, ...document }: { pending: unknown }) => document;
  return {
    customers: customers.map(withoutPending),
    accounts: accounts.map(withoutPending),
    changes: Object.fromEntries([...changes].sort(([a], [b]) => (a < b ? -1 : 1))),
    // That a key is used is noted from time to time, whatever becomes of the call.
    keys: await collections.keys
      .find({}, { projection: { lastUseTime: 0 } })
      .sort({ _id: 1 })
      .toArray(),
    tenants: await collections.tenants.find().sort({ _id: 1 }).toArray(),
  };
}

/** Asserts that the ledger keeps what it kept. */
export async function expectUnchanged(collections: Collections, before: Snapshot): Promise<void> {
  await vi.waitFor(async () => expect(await takeSnapshot(collections)).toEqual(before), {
    timeout: 2_000,
    interval: 50,
  });
}
