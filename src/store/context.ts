import { LRUCache } from 'lru-cache';
import type { ClientSession, MongoClient } from 'mongodb';
import type { Call } from '../domain/ledger.ts';
import type { Collections } from './documents.ts';
import type { Lanes } from './lanes.ts';
import type { LeftCustomer } from './left-customer.ts';
import type { Relay } from './relay.ts';

/** What the parts of the store work with. */
export interface StoreContext {
  readonly client: MongoClient;
  readonly collections: Collections;
  readonly relay: Relay;
  readonly lanes: Lanes;
  /** The customers of accounts that were paid from lately, by the account: they never change, and choose the lanes of a payment. */
  readonly holders: LRUCache<string, string>;
  /** The customers that were changed lately under a request id, by what they were called. */
  readonly leftCustomers: LRUCache<string, LeftCustomer>;
}

/** How many customers of accounts are remembered. */
const holdersMax = 10_000;

/** Creates the memory of the customers of accounts. */
export function createHolders(): LRUCache<string, string> {
  return new LRUCache({ max: holdersMax });
}

/**
 * The index of what is found by id and then looked at: nearly every other one would serve too, and without a hint the database
 * considers each of them anew.
 */
export const byId = { _id: 1 } as const;

/** The projection of every read and write that answers a caller: without the history, which may be long. */
export const withoutHistory = { pending: 0, requestMarks: 0 } as const;

/** What is left until the deadline of a call, for the server to end its work then: at least one millisecond. */
export function remainingMs(call: Call): number {
  return Math.max(1, Math.ceil(call.deadline - Date.now()));
}

/** The options of an operation: the transaction it is part of, which has a bound of its own, or else the bound of the call. */
export function boundsOf(
  call: Call,
  session: ClientSession | undefined,
): { session: ClientSession } | { maxTimeMS: number } {
  return session ? { session } : { maxTimeMS: remainingMs(call) };
}
