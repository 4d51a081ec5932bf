import { type AnyBulkWriteOperation, type ClientSession, ObjectId } from 'mongodb';
import type { AccountVerb } from '../domain/change.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { availableOf, type Party } from '../domain/party.ts';
import { accountFields } from './account-document.ts';
import { changePipeline, hasRoomForChange } from './change.ts';
import { byId, type StoreContext } from './context.ts';
import { parseId } from './customer-document.ts';
import { fromDecimal128, toDecimal128 } from './decimal128.ts';
import type { AccountDocument } from './documents.ts';

const projection = {
  customerId: 1,
  currency: 1,
  frozen: 1,
  balance: 1,
  blocked: 1,
  records: 1,
  version: 1,
} as const;

type PartyDocument = Pick<AccountDocument, '_id' | keyof typeof projection>;

/** What becomes of an account in a transaction. */
export interface PartyChange {
  readonly before: Party;
  readonly after: Party;
  /** What a change of the blockages is called in the history; absent where they stay. */
  readonly verb?: AccountVerb;
}

/** Makes the part of an account that moves. */
export function toParty(document: PartyDocument): Party {
  const { _id, customerId, currency, frozen, records, version } = document;
  return {
    id: _id.toHexString(),
    ...(customerId && { customerId: customerId.toHexString() }),
    currency,
    frozen,
    balance: fromDecimal128(document.balance),
    blocked: fromDecimal128(document.blocked),
    records,
    version,
  };
}

/** Finds the active accounts among these, by id, as they are in the snapshot of a transaction. */
export async function findParties(
  { collections: { accounts } }: StoreContext,
  call: Call,
  session: ClientSession,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Party>> {
  const found = await accounts
    .find<PartyDocument>(
      { _id: { $in: ids.flatMap((id) => parseId(id) ?? []) }, tenant: call.tenant, active: true },
      { session, projection, hint: { _id: 1 } },
    )
    .toArray();
  return new Map(found.map((document) => [document._id.toHexString(), toParty(document)]));
}

/**
 * Writes what became of accounts that were found in the same transaction. A change of what is blocked is a change of the account,
 * with an entry in its history; the history of a balance are its records.
 *
 * @throws LedgerError WRITE_CONFLICT when too much of an account's history waits for the relay
 */
export async function writeParties(
  { collections: { accounts } }: StoreContext,
  call: Call,
  session: ClientSession,
  changes: readonly PartyChange[],
): Promise<void> {
  const { matchedCount } = await accounts.bulkWrite(
    changes.map((change) => toUpdate(call, change)),
    { session },
  );
  // In the snapshot that was read each account matches, unless too much of its history waits.
  if (matchedCount !== changes.length) throw new LedgerError('WRITE_CONFLICT');
}

function toUpdate(
  call: Call,
  { before, after, verb }: PartyChange,
): AnyBulkWriteOperation<AccountDocument> {
  const key = {
    _id: new ObjectId(before.id),
    tenant: call.tenant,
    active: true,
    records: before.records,
  };
  const set = {
    balance: toDecimal128(after.balance),
    blocked: toDecimal128(after.blocked),
    available: toDecimal128(availableOf(after)),
    records: after.records,
  };
  if (verb === undefined) {
    const update = { $set: { ...set, updateTime: new Date() } };
    return { updateOne: { filter: key, update, hint: byId } };
  }
  const update = changePipeline(call, accountFields, { verb, set });
  return { updateOne: { filter: { ...key, ...hasRoomForChange }, update, hint: byId } };
}
