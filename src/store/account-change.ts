import type { ClientSession, Filter } from 'mongodb';
import type { Account, AccountTransition } from '../domain/account.ts';
import type { AccountVerb } from '../domain/change.ts';
import { zero } from '../domain/decimal.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { accountFields } from './account-document.ts';
import { assertAccountAllows, findGuardedAccount, matchEtags } from './account-guard.ts';
import { showAccount } from './account-view.ts';
import { changePipeline, hasRoomForChange } from './change.ts';
import { boundsOf, byId, type StoreContext } from './context.ts';
import { parseId } from './customer-document.ts';
import { toDecimal128 } from './decimal128.ts';
import type { AccountDocument } from './documents.ts';
import { runOnce, wasAnswered } from './request.ts';

/** How often a change is tried when the state moves between the guard and the look at why it held the change back. */
const attemptsMax = 5;

/** The filter of an account on which nothing is and nothing is blocked. */
const isEmpty: Filter<AccountDocument> = {
  balance: toDecimal128(zero),
  blocked: toDecimal128(zero),
};

/** A change of an account, with the guard under which it is written and the reasons for which it is refused. */
export interface GuardedAccountChange extends Pick<AccountTransition, 'require' | 'refuse'> {
  readonly verb: AccountVerb;
  readonly set: object;
}

/**
 * Changes an account in one atomic write: the guard is the filter, the history entry is part of it. With a request id the write is
 * in a transaction with the answer.
 *
 * @throws LedgerError REQUEST_ID_REUSED, ACCOUNT_NOT_FOUND, ETAG_MISMATCH, what the guard refuses, WRITE_CONFLICT when the state
 *   keeps moving
 */
export async function changeAccount(
  context: StoreContext,
  call: Call,
  id: string,
  change: GuardedAccountChange,
): Promise<Account> {
  const { requestId, validateOnly } = call.intent ?? {};
  if (validateOnly) {
    const account = await findGuardedAccount(context, call, id);
    const isDone = await wasAnswered(context, call, toRequest(id, change));
    if (!isDone) assertAccountAllows(call, account, change);
    return await showAccount(context, call, account);
  }
  if (requestId !== undefined) return await changeAccountOnce(context, call, id, change);
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const changed = await writeAccount(context, call, id, change);
    if (changed) {
      context.relay.notice('account', changed._id);
      return await showAccount(context, call, changed);
    }
    // Returns when the guard no longer would hold the change back, since the state moved in between.
    assertAccountAllows(call, await findGuardedAccount(context, call, id), change);
  }
  throw new LedgerError('WRITE_CONFLICT', { accountId: id });
}

/** Makes of a change of an account the request that its request id stands for. */
export function toRequest(
  accountId: string,
  { verb, set }: Pick<GuardedAccountChange, 'verb' | 'set'>,
) {
  return { target: { accountId }, verb, content: set };
}

async function changeAccountOnce(
  context: StoreContext,
  call: Call,
  id: string,
  change: GuardedAccountChange,
): Promise<Account> {
  const account = await runOnce(context, call, toRequest(id, change), async (session) => {
    const changed = await writeAccountOrRefuse(context, call, session, { id, change });
    return await showAccount(context, call, changed, session);
  });
  const _id = parseId(id);
  if (_id) context.relay.notice('account', _id);
  return account;
}

/**
 * Writes a change of an account within a transaction.
 *
 * @throws LedgerError ACCOUNT_NOT_FOUND, ETAG_MISMATCH, what the guard refuses, WRITE_CONFLICT when too much of its history waits
 */
export async function writeAccountOrRefuse(
  context: StoreContext,
  call: Call,
  session: ClientSession,
  { id, change }: { readonly id: string; readonly change: GuardedAccountChange },
): Promise<AccountDocument> {
  const changed = await writeAccount(context, call, id, change, session);
  if (changed) return changed;
  // Read in the snapshot that the guard saw: what it would let pass has too much of its history waiting.
  assertAccountAllows(call, await findGuardedAccount(context, call, id, session), change);
  throw new LedgerError('WRITE_CONFLICT', { accountId: id });
}

/** Writes a change of an account, if its guard lets it; gives the account after it. */
async function writeAccount(
  { collections: { accounts } }: StoreContext,
  call: Call,
  id: string,
  { verb, require: { empty, ...require }, set }: GuardedAccountChange,
  session?: ClientSession,
): Promise<AccountDocument | null> {
  const _id = parseId(id);
  if (!_id) return null;
  return await accounts.findOneAndUpdate(
    {
      _id,
      tenant: call.tenant,
      ...matchEtags(call),
      ...require,
      ...(empty && isEmpty),
      ...hasRoomForChange,
    },
    changePipeline(call, accountFields, { verb, set: { ...set } }),
    { returnDocument: 'after', hint: byId, ...boundsOf(call, session) },
  );
}
