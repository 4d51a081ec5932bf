import { type ClientSession, ObjectId } from 'mongodb';
import type { Call } from '../domain/ledger.ts';
import type { Party } from '../domain/party.ts';
import { byId, type StoreContext } from './context.ts';

/** Payments or revocations out of an account. */
export interface Spending {
  readonly account: Party;
  /** How many there are; less than 0 for some that are taken back in the transaction that counted them. */
  readonly count: number;
}

/**
 * Counts payments and revocations with the customers of the accounts, those of them who are enabled and active; gives the ids of these.
 * A change of a customer's state conflicts with this write.
 */
export async function spend(
  { collections: { customers }, holders }: StoreContext,
  call: Call,
  session: ClientSession,
  spendings: readonly Spending[],
): Promise<ReadonlySet<string>> {
  const counts = new Map<string, number>();
  for (const { account, count } of spendings) {
    const { id, customerId } = account;
    if (customerId === undefined) continue;
    holders.set(id, customerId);
    counts.set(customerId, (counts.get(customerId) ?? 0) + count);
  }
  if (counts.size === 0) return new Set();
  const may = { tenant: call.tenant, active: true, enabled: true };
  const { matchedCount } = await customers.bulkWrite(
    [...counts].map(([id, count]) => ({
      updateOne: {
        filter: { _id: new ObjectId(id), ...may },
        update: { $inc: { spends: count } },
        hint: byId,
      },
    })),
    { session },
  );
  if (matchedCount === counts.size) return new Set(counts.keys());
  const ids = [...counts.keys()].map((id) => new ObjectId(id));
  const found = await customers
    .find({ _id: { $in: ids }, ...may }, { session, projection: { _id: 1 } })
    .toArray();
  return new Set(found.map(({ _id }) => _id.toHexString()));
}
