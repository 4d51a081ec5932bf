import type { ObjectId } from 'mongodb';
import { type Decimal, zero } from '../domain/decimal.ts';
import type { Collections } from '../store/documents.ts';
import type { Invariant } from './breach.ts';
import { readFinite } from './finite-decimal.ts';

/** What is looked at, and counted. */
export const nouns = [
  'customers',
  'accounts',
  'blockages',
  'records',
  'payments',
  'currencies',
  'changes',
] as const;
export type Noun = (typeof nouns)[number];

/** How many of each were looked at. */
export type Counts = Record<Noun, number>;

/** What is being looked at, of one tenant. */
export interface Inspection {
  readonly collections: Collections;
  readonly tenant: string;
  /** How many documents are looked at in one snapshot. */
  readonly pageSize: number;
  readonly counts: Counts;
  /** Tells of a breach: what it is about by name, and what was found instead. */
  report(invariant: Invariant, ids: Readonly<Record<string, Id>>, found: string): void;
  /** Says that one more row of the pass was looked at. */
  advance(): void;
}

/** An id as it is kept; what is absent is left out of the ids of a breach. */
export type Id = ObjectId | string | undefined;

/**
 * Reads an amount, and tells of one that is none.
 *
 * @param ids the document that holds it
 */
export function readAmount(
  inspection: Inspection,
  value: unknown,
  ids: Readonly<Record<string, Id>>,
): Decimal {
  const amount = readFinite(value);
  if (amount) return amount;
  inspection.report('AMOUNT_KIND', ids, String(value));
  return zero;
}
