import type { ClientSession } from 'mongodb';
import type { Account, AccountTransition } from '../domain/account.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { changeAccount, tellWhyHeldBack, writeAccount } from './account-change.ts';
import { fromAccountDocument } from './account-document.ts';
import { remainingMs, type StoreContext } from './context.ts';
import { parseId } from './customer-document.ts';
import type { AccountDocument } from './documents.ts';
import { runTransaction } from './transaction.ts';

type CountedTransition = AccountTransition & Required<Pick<AccountTransition, 'customer'>>;

/**
 * Changes the state of an account; where the customer counts it, in one transaction with its openAccounts. Both writes are guarded
 * by their filters, and a customer that changes at the same moment conflicts with them, so that neither can be overtaken.
 *
 * @throws LedgerError ACCOUNT_NOT_FOUND, and for the reasons of the transition
 */
export async function transitionAccount(
  context: StoreContext,
  call: Call,
  id: string,
  transition: AccountTransition,
): Promise<Account> {
  if (!isCounted(transition)) return await changeAccount(context, call, id, transition);
  const _id = parseId(id);
  // The customer of an account never changes, so it can be read ahead to choose the lane.
  const found =
    _id &&
    (await context.collections.accounts.findOne(
      { _id, tenant: call.tenant },
      { projection: { customerId: 1 }, maxTimeMS: remainingMs(call) },
    ));
  if (!found) throw new LedgerError('ACCOUNT_NOT_FOUND', { accountId: id });
  const lanes = [found._id, found.customerId ?? found._id].map((key) => key.toHexString());
  return await context.lanes(lanes, async () => {
    const { account, customerEnabled } = await runTransaction(
      context.client,
      call,
      async (session) => await write(context, call, session, { id, transition }),
    );
    context.relay.notice('account', account._id);
    return fromAccountDocument(account, customerEnabled);
  });
}

function isCounted(transition: AccountTransition): transition is CountedTransition {
  return transition.customer !== undefined;
}

async function write(
  context: StoreContext,
  call: Call,
  session: ClientSession,
  step: { readonly id: string; readonly transition: CountedTransition },
): Promise<{ account: AccountDocument; customerEnabled: boolean }> {
  const { id, transition } = step;
  const account = await writeAccount(context, call, id, transition, session);
  if (!account) {
    // Read in the snapshot that the guard saw: what it would let pass has too much of its history waiting.
    await tellWhyHeldBack(context, call, id, transition, session);
    throw new LedgerError('WRITE_CONFLICT', { accountId: id });
  }
  if (!account.customerId) return { account, customerEnabled: true };
  const customer = await context.collections.customers.findOneAndUpdate(
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
