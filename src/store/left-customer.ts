import { LRUCache } from 'lru-cache';
import type { ObjectId } from 'mongodb';
import type { CustomerDocument } from './documents.ts';

/**
 * A customer as a change under a request id left it. Of the changes up to this version, all but those that waited in it were in the
 * history by then.
 */
export interface LeftCustomer {
  readonly _id: ObjectId;
  readonly version: number;
  /** The request ids of the changes that waited in it for the relay. */
  readonly waiting: ReadonlySet<string>;
}

/** How many customers are remembered. */
const leftMax = 10_000;

/** Creates the memory of customers as they were left, by what they were called. */
export function createLeftCustomers(): LRUCache<string, LeftCustomer> {
  return new LRUCache({ max: leftMax });
}

/** Tells how a change left a customer. */
export function toLeftCustomer({ _id, version, pending }: CustomerDocument): LeftCustomer {
  return { _id, version, waiting: new Set(pending.flatMap(({ requestId }) => requestId ?? [])) };
}
