import type { ClientSession, Filter } from 'mongodb';
import type { Account, AccountTransition } from '../domain/account.ts';
import { zero } from '../domain/decimal.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { accountFields, isEmptyAccount } from './account-document.ts';
import { showAccount } from './account-view.ts';
import { changePipeline, hasRoomForChange } from './change.ts';
import { remainingMs, type StoreContext } from './context.ts';
import { parseId } from './customer-document.ts';
import { toDecimal128 } from './decimal128.ts';
import type { AccountDocument } from './documents.ts';

/** How often a change is tried when the state moves between the guard and the look at why it held the change back. */
const attemptsMax = 5;

/** The filter of an account on which nothing is and nothing is blocked. */
const isEmpty: Filter<AccountDocument> = {
  balance: toDecimal128(zero),
  blocked: toDecimal128(zero),
};

/** A change of an account, with the guard under which it is written and the reasons for which it is refused. */
export interface GuardedAccountChange extends Pick<AccountTransition, 'require' | 'refuse'> {
  readonly verb: string;
  readonly set: object;
}

/**
 * Changes an account in one atomic write: the guard is the filter, the history entry is part of it.
 *
 * @throws LedgerError ACCOUNT_NOT_FOUND, what the guard refuses, WRITE_CONFLICT when the state keeps moving
 */
export async function changeAccount(
  context: StoreContext,
  call: Call,
  id: string,
  change: GuardedAccountChange,
): Promise<Account> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const changed = await writeAccount(context, call, id, change);
    if (changed) {
      context.relay.notice('account', changed._id);
      return await showAccount(context, call, changed);
    }
    await tellWhyHeldBack(context, call, id, change);
  }
  throw new LedgerError('WRITE_CONFLICT', { accountId: id });
}

/** Writes a change of an account, if its guard lets it; gives the account after it. */
export async function writeAccount(
  { collections: { accounts } }: StoreContext,
  call: Call,
  id: string,
  { verb, require: { empty, ...require }, set }: Omit<GuardedAccountChange, 'refuse'>,
  session?: ClientSession,
): Promise<AccountDocument | undefined> {
  const _id = parseId(id);
  if (!_id) return undefined;
  const changed = await accounts.findOneAndUpdate(
    { _id, tenant: call.tenant, ...require, ...(empty && isEmpty), ...hasRoomForChange },
    changePipeline(accountFields, { verb, actor: call.actor, set: { ...set } }),
    { returnDocument: 'after', ...(session ? { session } : { maxTimeMS: remainingMs(call) }) },
  );
  return changed ?? undefined;
}

/** Throws why the guard held a change back; returns when it no longer would, since the state moved in between. */
export async function tellWhyHeldBack(
  { collections: { accounts } }: StoreContext,
  call: Call,
  id: string,
  { refuse }: Pick<GuardedAccountChange, 'refuse'>,
  session?: ClientSession,
): Promise<void> {
  const _id = parseId(id);
  const held =
    _id &&
    (await accounts.findOne(
      { _id, tenant: call.tenant },
      // Without a transaction, the guard saw what is written, which may be ahead of what the majority has.
      session ? { session } : { readConcern: { level: 'local' }, maxTimeMS: remainingMs(call) },
    ));
  const reason = held ? refuse({ ...held, empty: isEmptyAccount(held) }) : 'ACCOUNT_NOT_FOUND';
  if (reason) throw new LedgerError(reason, { accountId: id });
}
