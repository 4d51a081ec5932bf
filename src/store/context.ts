import type { MongoClient } from 'mongodb';
import type { Call } from '../domain/ledger.ts';
import type { Collections } from './documents.ts';
import type { Lanes } from './lanes.ts';
import type { Relay } from './relay.ts';

/** What the parts of the store work with. */
export interface StoreContext {
  readonly client: MongoClient;
  readonly collections: Collections;
  readonly relay: Relay;
  readonly lanes: Lanes;
}

/** The projection of every read and write that answers a caller: without the history, which may be long. */
export const withoutHistory = { pending: 0 } as const;

/** What is left until the deadline of a call, for the server to end its work then: at least one millisecond. */
export function remainingMs(call: Call): number {
  return Math.max(1, Math.ceil(call.deadline - Date.now()));
}
