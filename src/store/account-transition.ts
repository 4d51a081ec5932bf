import { type ClientSession, Decimal128, type Filter } from 'mongodb';
import type { Account, AccountTransition } from '../domain/account.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { accountFields, fromAccountDocument, isEmptyAccount } from './account-document.ts';
import { changePipeline, hasRoomForChange } from './change.ts';
import { remainingMs, type StoreContext } from './context.ts';
import { parseId } from './customer-document.ts';
import type { AccountDocument } from './documents.ts';
import { runTransaction } from './transaction.ts';

/** The filter of an account on which nothing is and nothing is blocked. */
const isEmpty: Filter<AccountDocument> = {
  balance: Decimal128.fromString('0'),
  blocked: Decimal128.fromString('0'),
};

/**
 * Changes the state of an account and its customer's openAccounts in one transaction. Both writes are guarded by their filters,
 * and a customer that changes at the same moment conflicts with them, so that neither can be overtaken.
 *
 * @throws LedgerError ACCOUNT_NOT_FOUND, and for the reasons of the transition
 */
export async function transitionAccount(
  context: StoreContext,
  call: Call,
  id: string,
  transition: AccountTransition,
): Promise<Account> {
  const _id = parseId(id);
  const key = _id && { _id, tenant: call.tenant };
  // The customer of an account never changes, so it can be read ahead to choose the lane.
  const found =
    key &&
    (await context.collections.accounts.findOne(key, {
      projection: { customerId: 1 },
      maxTimeMS: remainingMs(call),
    }));
  if (!found) throw new LedgerError('ACCOUNT_NOT_FOUND', { accountId: id });
  const lane = (found.customerId ?? found._id).toHexString();
  return await context.lanes(lane, async () => {
    const { account, customerEnabled } = await runTransaction(
      context.client,
      call,
      async (session) => await write(context, call, session, { key, transition }),
    );
    context.relay.notice('account', account._id);
    return fromAccountDocument(account, customerEnabled);
  });
}

async function write(
  { collections: { accounts, customers } }: StoreContext,
  call: Call,
  session: ClientSession,
  step: { key: Filter<AccountDocument>; transition: AccountTransition },
): Promise<{ account: AccountDocument; customerEnabled: boolean }> {
  const { key, transition } = step;
  const { empty, ...require } = transition.require;
  const account = await accounts.findOneAndUpdate(
    { ...key, ...require, ...(empty && isEmpty), ...hasRoomForChange },
    changePipeline(accountFields, {
      verb: transition.verb,
      actor: call.actor,
      set: transition.set,
    }),
    { session, returnDocument: 'after' },
  );
  if (!account) {
    // Read in the snapshot that the guard saw.
    const held = await accounts.findOne(key, { session });
    const reason = held
      ? transition.refuse({ active: held.active, empty: isEmptyAccount(held) })
      : 'ACCOUNT_NOT_FOUND';
    throw new LedgerError(reason ?? 'WRITE_CONFLICT', { accountId: String(key._id) });
  }
  if (!account.customerId) return { account, customerEnabled: true };
  const customer = await customers.findOneAndUpdate(
    { _id: account.customerId, tenant: call.tenant, ...transition.customer.require },
    { $inc: { openAccounts: transition.customer.openAccounts } },
    { session, projection: { enabled: 1 } },
  );
  if (!customer) {
    throw new LedgerError(transition.customer.reason, {
      accountId: account._id.toHexString(),
      customerId: account.customerId.toHexString(),
    });
  }
  return { account, customerEnabled: customer.enabled };
}
