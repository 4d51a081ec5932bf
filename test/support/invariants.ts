import type { ClientSession, ObjectId } from 'mongodb';
import { expect } from 'vitest';
import type { Collections } from '../../src/store/documents.ts';
import type { TestStore } from './database.ts';

/** A customer whose facts contradict each other. */
interface Contradiction {
  readonly id: string;
  readonly active: boolean;
  readonly openAccounts: number;
  readonly activeAccounts: number;
}

/** Finds the customers that are inactive with an active account, or whose openAccounts is not the count of active ones. */
async function findContradictions(
  { accounts, customers }: Collections,
  session?: ClientSession,
): Promise<Contradiction[]> {
  const options = session ? { session } : {};
  const counts = await accounts
    .aggregate<{ _id: ObjectId; count: number }>(
      [
        { $match: { active: true, customerId: { $exists: true } } },
        { $group: { _id: '$customerId', count: { $sum: 1 } } },
      ],
      options,
    )
    .toArray();
  const activeAccounts = new Map(counts.map(({ _id, count }) => [_id.toHexString(), count]));
  const documents = await customers.find({}, options).toArray();
  return documents
    .map((customer) => ({
      id: customer._id.toHexString(),
      active: customer.active,
      openAccounts: customer.openAccounts,
      activeAccounts: activeAccounts.get(customer._id.toHexString()) ?? 0,
    }))
    .filter(
      (facts) =>
        facts.openAccounts !== facts.activeAccounts || (!facts.active && facts.activeAccounts > 0),
    );
}

/** Asserts that no inactive customer has an active account, and that openAccounts is the count of active accounts. */
export async function expectInvariants(collections: Collections): Promise<void> {
  expect(await findContradictions(collections)).toEqual([]);
}

/** Looks at one snapshot of the database after the other. */
export interface Observer {
  /** Ends, and gives how many snapshots were looked at. Throws when one broke an invariant. */
  stop(): Promise<number>;
}

/** Starts to look whether the invariants hold in every snapshot, while others write. */
export function observeInvariants(test: TestStore, intervalMs = 200): Observer {
  let stopped = false;
  const look = async (): Promise<number> => {
    let looks = 0;
    while (!stopped) {
      await test.client.withSession(async (session) => {
        session.startTransaction({
          readConcern: { level: 'snapshot' },
          writeConcern: { w: 'majority' },
        });
        expect(await findContradictions(test.collections, session)).toEqual([]);
        await session.commitTransaction();
      });
      looks += 1;
      await new Promise((resolve) => setTimeout(resolve, intervalMs));
    }
    return looks;
  };
  const looking = look();
  // Told by stop().
  looking.catch(() => undefined);
  return {
    stop: async () => {
      stopped = true;
      return await looking;
    },
  };
}
