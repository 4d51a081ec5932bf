import { type ClientSession, ObjectId } from 'mongodb';
import type { AccountVerb } from '../domain/change.ts';
import type { Call } from '../domain/ledger.ts';
import type { Party } from '../domain/party.ts';
import type { Posting } from '../domain/payment.ts';
import type { StoreContext } from './context.ts';
import { toDecimal128 } from './decimal128.ts';
import type { RecordDocument } from './documents.ts';
import { type PartyChange, writeParties } from './parties.ts';

/** A posting, and the call that asked for it. */
export interface Entry {
  readonly call: Call;
  readonly posting: Posting;
}

/**
 * Writes postings: the records, and the accounts as the last posting on each leaves them.
 *
 * @param before the accounts as they were found in the same transaction, by id
 * @param verbs what a change of the blockages is called in the history, by the id of the account
 */
export async function writePostings(
  context: StoreContext,
  call: Call,
  session: ClientSession,
  entries: readonly Entry[],
  before: ReadonlyMap<string, Party>,
  verbs: ReadonlyMap<string, AccountVerb> = new Map(),
): Promise<void> {
  const last = new Map(entries.map(({ posting: { party } }) => [party.id, party]));
  const changes = [...last].flatMap(([id, after]): PartyChange[] => {
    const party = before.get(id);
    const verb = verbs.get(id);
    return party ? [{ before: party, after, ...(verb !== undefined && { verb }) }] : [];
  });
  await writeParties(context, call, session, changes);
  const createTime = new Date();
  await context.collections.records.insertMany(
    entries.map((entry) => toRecord(entry.call, entry.posting, createTime)),
    { session },
  );
}

/** Makes the record of a posting. */
export function toRecord(call: Call, posting: Posting, createTime: Date): RecordDocument {
  const { party, counterAccountId, amount, ...told } = posting;
  return {
    _id: new ObjectId(),
    tenant: call.tenant,
    accountId: new ObjectId(party.id),
    ...(party.customerId !== undefined && { customerId: new ObjectId(party.customerId) }),
    ...(counterAccountId !== undefined && { counterAccountId: new ObjectId(counterAccountId) }),
    currency: party.currency,
    amount: toDecimal128(amount),
    balance: toDecimal128(party.balance),
    sequence: party.records,
    actor: call.actor,
    transactionType: amount.coefficient < 0n ? 'DEBIT_PAYMENT' : 'CREDIT_PAYMENT',
    createTime,
    ...told,
  };
}
