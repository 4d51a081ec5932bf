import type { ClientSession, Filter } from 'mongodb';
import type { Account, AccountTransition } from '../domain/account.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { changeAccount, toRequest, writeAccountOrRefuse } from './account-change.ts';
import { fromAccountDocument } from './account-document.ts';
import { assertAccountAllows, findGuardedAccount } from './account-guard.ts';
import { showAccount } from './account-view.ts';
import { boundsOf, remainingMs, type StoreContext } from './context.ts';
import { parseId } from './customer-document.ts';
import type { AccountDocument, CustomerDocument } from './documents.ts';
import { runOnce, wasAnswered } from './request.ts';

type CountedTransition = AccountTransition & Required<Pick<AccountTransition, 'customer'>>;

/**
 * Changes the state of an account; where the customer counts it, in one transaction with its openAccounts. Both writes are guarded
 * by their filters, and a customer that changes at the same moment conflicts with them, so that neither can be overtaken.
 *
 * @throws LedgerError REQUEST_ID_REUSED, ACCOUNT_NOT_FOUND, ETAG_MISMATCH, and for the reasons of the transition
 */
export async function transitionAccount(
  context: StoreContext,
  call: Call,
  id: string,
  transition: AccountTransition,
): Promise<Account> {
  if (!isCounted(transition)) return await changeAccount(context, call, id, transition);
  if (call.intent?.validateOnly) return await validate(context, call, id, transition);
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
    const account = await runOnce(context, call, toRequest(id, transition), async (session) => {
      const changed = await writeAccountOrRefuse(context, call, session, {
        id,
        change: transition,
      });
      return await countAccount(context, call, session, { account: changed, transition });
    });
    context.relay.notice('account', found._id);
    return account;
  });
}

function isCounted(transition: AccountTransition): transition is CountedTransition {
  return transition.customer !== undefined;
}

/** Counts an account with its customer, if that lets it; gives the account as it is shown. */
async function countAccount(
  { collections: { customers } }: StoreContext,
  call: Call,
  session: ClientSession,
  step: { readonly account: AccountDocument; readonly transition: CountedTransition },
): Promise<Account> {
  const { account, transition } = step;
  if (!account.customerId) return fromAccountDocument(account, true);
  const customer = await customers.findOneAndUpdate(
    matchHolder(call, account, transition),
    { $inc: { openAccounts: transition.customer.openAccounts } },
    { session, projection: { enabled: 1 } },
  );
  if (!customer) throw refuseHolder(account, transition);
  return fromAccountDocument(account, customer.enabled);
}

/** Tells whether a transition would be refused, and gives the account as it is. */
async function validate(
  context: StoreContext,
  call: Call,
  id: string,
  transition: CountedTransition,
): Promise<Account> {
  const account = await findGuardedAccount(context, call, id);
  if (await wasAnswered(context, call, toRequest(id, transition))) {
    return await showAccount(context, call, account);
  }
  assertAccountAllows(call, account, transition);
  const holder =
    account.customerId &&
    (await context.collections.customers.findOne(matchHolder(call, account, transition), {
      projection: { _id: 1 },
      ...boundsOf(call, undefined),
    }));
  if (account.customerId && !holder) throw refuseHolder(account, transition);
  return await showAccount(context, call, account);
}

function matchHolder(
  { tenant }: Call,
  { customerId }: AccountDocument,
  { customer }: CountedTransition,
): Filter<CustomerDocument> {
  return { ...(customerId && { _id: customerId }), tenant, ...customer.require };
}

function refuseHolder(
  { _id, customerId }: AccountDocument,
  { customer }: CountedTransition,
): LedgerError {
  return new LedgerError(customer.reason, {
    accountId: _id.toHexString(),
    customerId: customerId?.toHexString() ?? '',
  });
}
