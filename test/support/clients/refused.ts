import { expect } from 'vitest';
import type { Collections } from '../../../src/store/documents.ts';
import { readHoldings } from '../snapshot.ts';
import { type ExpectedReason, toRefusalOf } from './expected-refusal.ts';
import type { LedgerClient } from './ledger-client.ts';
import type { Refusal } from './refusal.ts';
import type { Opened } from './stage.ts';

/** What a refused call must leave as it is. */
export interface Stage {
  readonly collections: Collections;
  readonly client: LedgerClient;
  readonly opened: readonly Opened[];
}

/** Asserts that a call is refused for a reason, and has changed nothing of the customers of a stage and of what is theirs. */
export async function expectRefused(
  { collections, client, opened }: Stage,
  call: () => Promise<unknown>,
  reason: ExpectedReason,
  ids: Readonly<Record<string, string>> = {},
): Promise<Refusal> {
  const customers = opened.map(({ customer }) => customer.id);
  const before = await readHoldings(collections, customers);
  const refusal = await call().then(
    () => expect.unreachable(`${reason} was expected`),
    (error: Refusal) => error,
  );
  const { message: _, ...told } = toRefusalOf(client.protocol, reason) as { message: string };
  const expected = Object.keys(ids).length > 0 ? toRefusalOf(client.protocol, reason, ids) : told;
  expect(refusal).toMatchObject(expected);
  expect(await readHoldings(collections, customers)).toEqual(before);
  return refusal;
}
