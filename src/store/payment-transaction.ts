import { type ClientSession, ObjectId } from 'mongodb';
import type { AccountVerb } from '../domain/change.ts';
import type { Call } from '../domain/ledger.ts';
import { isLedgerError, type LedgerError } from '../domain/ledger-error.ts';
import { maySpend, type Party } from '../domain/party.ts';
import {
  type PaymentOrder,
  type Posting,
  type Settlement,
  settleOrders,
} from '../domain/payment.ts';
import type { StoreContext } from './context.ts';
import { findParties } from './parties.ts';
import { writePostings } from './postings.ts';
import { type Spending, spend } from './spending.ts';

/** What becomes of the sender of an order before it pays. */
export interface SenderRelease {
  /** What it is called in the history. */
  readonly verb: AccountVerb;
  /** Gives the sender after it, if it is an active account, or refuses; nothing of the payment was looked at. */
  readonly apply: (sender: Party | undefined) => Promise<Party | undefined>;
}

/**
 * Pays orders of a tenant within a transaction: the balances, the records, and the customers of those who pay, which are written so
 * that a change of their state and the payments cannot overtake each other. A freeze or a deactivation writes the account itself.
 * Gives what became of each order. When all are refused, the transaction is to be rolled back.
 *
 * @param release what becomes of the sender of the only order
 * @throws LedgerError what the release refuses
 */
export async function payInTransaction(
  context: StoreContext,
  call: Call,
  session: ClientSession,
  orders: readonly PaymentOrder[],
  release?: SenderRelease,
): Promise<readonly (Settlement | LedgerError)[]> {
  const found = await findParties(context, call, session, accountsOf(orders));
  const accounts = release ? await applyRelease(found, orders, release) : found;
  const spendingOf = ({ senderAccountId, payments }: PaymentOrder): Spending[] => {
    const account = found.get(senderAccountId);
    return account ? [{ account, count: payments.length }] : [];
  };
  const spenders = await spend(context, call, session, orders.flatMap(spendingOf));
  const compliantCustomers = await findCompliant(context, call, session, { orders, accounts });
  const outcomes = settleOrders({ accounts, spenders, compliantCustomers }, orders);

  const entries = orders.flatMap(({ call }, index) =>
    postingsOf(outcomes[index]).map((posting) => ({ call, posting })),
  );
  if (entries.length === 0) return outcomes;
  const refused = orders.filter((_, index) => isLedgerError(outcomes[index])).flatMap(spendingOf);
  const counted = refused.filter(({ account }) => maySpend(account, spenders));
  await spend(
    context,
    call,
    session,
    counted.map(({ account, count }) => ({ account, count: -count })),
  );
  const verbs = new Map(
    release && orders.map(({ senderAccountId }) => [senderAccountId, release.verb]),
  );
  await writePostings(context, call, session, entries, found, verbs);
  return outcomes;
}

/** Gives the ids of the accounts that pay and are paid, each once. */
function accountsOf(orders: readonly PaymentOrder[]): string[] {
  const ids = orders.flatMap(({ senderAccountId, payments }) => [
    senderAccountId,
    ...payments.map(({ recipientAccountId }) => recipientAccountId.toLowerCase()),
  ]);
  return [...new Set(ids)];
}

function postingsOf(outcome: Settlement | LedgerError | undefined): readonly Posting[] {
  return outcome === undefined || isLedgerError(outcome) ? [] : outcome.postings;
}

async function applyRelease(
  found: ReadonlyMap<string, Party>,
  orders: readonly PaymentOrder[],
  release: SenderRelease,
): Promise<ReadonlyMap<string, Party>> {
  const sender = await release.apply(found.get(orders[0]?.senderAccountId ?? ''));
  return sender ? new Map(found).set(sender.id, sender) : found;
}

/** Finds the customers with a country, where an order asks for it. */
async function findCompliant(
  { collections: { customers } }: StoreContext,
  call: Call,
  session: ClientSession,
  step: {
    readonly orders: readonly PaymentOrder[];
    readonly accounts: ReadonlyMap<string, Party>;
  },
): Promise<ReadonlySet<string>> {
  const payments = step.orders.flatMap((order) => order.payments);
  if (!payments.some(({ compliant }) => compliant)) return new Set();
  const ids = [...step.accounts.values()].flatMap(({ customerId }) => customerId ?? []);
  const found = await customers
    .find(
      {
        _id: { $in: ids.map((id) => new ObjectId(id)) },
        tenant: call.tenant,
        customerCountry: { $exists: true },
      },
      { session, projection: { _id: 1 } },
    )
    .toArray();
  return new Set(found.map(({ _id }) => _id.toHexString()));
}
