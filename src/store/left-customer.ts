import { LRUCache } from 'lru-cache';
import type { ObjectId } from 'mongodb';
import type { Call } from '../domain/ledger.ts';
import { matchHistory } from './change-document.ts';
import { byId, remainingMs, type StoreContext } from './context.ts';
import { isAnswer } from './indexes.ts';

/** A customer as a change under a request id left it. */
export interface LeftCustomer {
  readonly _id: ObjectId;
  readonly version: number;
  /** The request ids of all its changes up to this version; undefined until they are read, null when they are too many. */
  readonly requestIds: Set<string> | null | undefined;
}

/** How many customers are remembered, and how many request ids of all of them. */
const leftMax = 10_000;
const requestIdsMax = 100_000;

/** How many request ids of one customer are read. */
const readMax = 10_000;

/** Creates the memory of customers as they were left, by what they were called. */
export function createLeftCustomers(): LRUCache<string, LeftCustomer> {
  return new LRUCache({
    max: leftMax,
    maxSize: leftMax + requestIdsMax,
    sizeCalculation: ({ requestIds }) => 1 + (requestIds?.size ?? 0),
  });
}

/**
 * Reads the request ids of all changes of a customer up to the version at which it was left: those that wait in it, then those in its
 * history, so that none slips by on its way from the one to the other. Null when they are too many; undefined when it has changed
 * since.
 */
export async function readRequestIds(
  { client, collections: { customers, changes } }: StoreContext,
  call: Call,
  { _id, version }: LeftCustomer,
): Promise<Set<string> | null | undefined> {
  const { tenant } = call;
  // The session keeps the reads in this order also where another server takes over in between.
  return await client.withSession(async (session) => {
    const options = { session, hint: byId, maxTimeMS: remainingMs(call) };
    const customer = await customers.findOne(
      { _id, tenant, version },
      { ...options, projection: { 'pending.requestId': 1 } },
    );
    if (!customer) return undefined;
    const copied = await changes
      .find({ ...matchHistory(tenant, _id), ...isAnswer }, options)
      .project<{ requestId: string }>({ _id: 0, requestId: 1 })
      .limit(readMax + 1)
      .toArray();
    if (copied.length > readMax) return null;
    return new Set([...customer.pending, ...copied].flatMap(({ requestId }) => requestId ?? []));
  });
}
