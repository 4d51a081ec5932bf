import { ObjectId } from 'mongodb';
import { expect, vi } from 'vitest';
import type { Collections } from '../../src/store/documents.ts';
import { unfoldPending } from '../../src/store/pending-change.ts';

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
  for (const [kind, documents] of [
    ['customer', customers],
    ['account', accounts],
  ] as const) {
    for (const document of documents) {
      const { _id, tenant } = document;
      for (const { _id: _, ...entry } of unfoldPending(kind, document)) {
        changes.set(`${_id} ${entry.version}`, { tenant, kind, ...entry });
      }
    }
  }
  for (const { _id, ...entry } of await collections.changes.find().toArray()) {
    changes.set(`${_id.resource} ${_id.version}`, { tenant: _id.tenant, ...entry });
  }
  const withoutPending = ({ pending: _, ...document }: { pending: unknown }) => document;
  return {
    customers: customers.map(withoutPending),
    accounts: accounts.map(withoutPending),
    blockages: await collections.blockages.find().sort({ _id: 1 }).toArray(),
    records: await collections.records.find().sort({ _id: 1 }).toArray(),
    virtualCurrencies: await collections.virtualCurrencies.find().sort({ _id: 1 }).toArray(),
    changes: Object.fromEntries([...changes].sort(([a], [b]) => (a < b ? -1 : 1))),
    requests: await collections.requests.find().sort({ _id: 1 }).toArray(),
    // That a key is used is noted from time to time, whatever becomes of the call.
    keys: await collections.keys
      .find({}, { projection: { lastUseTime: 0 } })
      .sort({ _id: 1 })
      .toArray(),
    tenants: await collections.tenants.find().sort({ _id: 1 }).toArray(),
  };
}

/** Reads some customers, and all that is theirs, as it is kept, but for the history that is on its way. */
export async function readHoldings(
  collections: Collections,
  customerIds: readonly string[],
): Promise<Snapshot> {
  const ids = customerIds.map((id) => new ObjectId(id));
  const options = { projection: { pending: 0 } };
  const accounts = await collections.accounts.find({ customerId: { $in: ids } }, options).toArray();
  const accountId = { $in: accounts.map(({ _id }) => _id) };
  return {
    customers: await collections.customers.find({ _id: { $in: ids } }, options).toArray(),
    accounts,
    blockages: await collections.blockages.find({ accountId }).toArray(),
    records: await collections.records.find({ accountId }).toArray(),
    virtualCurrencies: await collections.virtualCurrencies.find({ accountId }).toArray(),
  };
}

/** Asserts that the ledger keeps what it kept. */
export async function expectUnchanged(collections: Collections, before: Snapshot): Promise<void> {
  await vi.waitFor(async () => expect(await takeSnapshot(collections)).toEqual(before), {
    timeout: 2_000,
    interval: 50,
  });
}
