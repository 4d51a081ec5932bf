import { type ClientSession, ObjectId } from 'mongodb';
import type { Call } from '../domain/ledger.ts';
import type { Party } from '../domain/party.ts';
import { type PaymentOrder, type PaymentOutcome, settleOrders } from '../domain/payment.ts';
import type { StoreContext } from './context.ts';
import { findParties } from './parties.ts';
import { writePostings } from './postings.ts';

/** What becomes of an account before it pays, and the name of that in its history. */
export interface Release {
  readonly accountId: string;
  readonly verb: string;
  readonly apply: (account: Party) => Party;
}

/**
 * Pays orders within a transaction: the balances, the records, and the customers of those who pay, which are written so that a change
 * of their states and the payments cannot overtake each other. A freeze or a deactivation writes the account itself.
 *
 * Gives what became of each order; those that are refused have written no more than the counter of the customer.
 */
export async function payInTransaction(
  context: StoreContext,
  call: Call,
  session: ClientSession,
  orders: readonly PaymentOrder[],
  release?: Release,
): Promise<readonly PaymentOutcome[]> {
  const payments = orders.flatMap((order) => order.payments);
  const senderIds = orders.map(({ senderAccountId }) => senderAccountId);
  const recipientIds = payments.map(({ recipientAccountId }) => recipientAccountId.toLowerCase());
  const ids = new Set([...senderIds, ...recipientIds]);
  const found = await findParties(context, call, session, [...ids]);
  const senders = senderIds.flatMap((id) => found.get(id) ?? []);
  const spenders = await spend(context, call, session, senders);
  const compliantCustomers = payments.some(({ compliant }) => compliant)
    ? await findCompliant(context, call, session, [...found.values()])
    : new Set<string>();
  const accounts = release ? applyRelease(found, release) : found;
  const { postings, outcomes } = settleOrders({ accounts, spenders, compliantCustomers }, orders);
  if (postings.length > 0) {
    const verbs = new Map(release && [[release.accountId, release.verb]]);
    await writePostings(context, call, session, postings, found, verbs);
  }
  return outcomes;
}

function applyRelease(
  accounts: ReadonlyMap<string, Party>,
  { accountId, apply }: Release,
): ReadonlyMap<string, Party> {
  const account = accounts.get(accountId);
  return account ? new Map(accounts).set(accountId, apply(account)) : accounts;
}

/**
 * Counts a transaction with the customers of accounts that are to pay or revoke, as far as they are enabled and active; gives the ids
 * of these. A change of a customer's state conflicts with this write.
 */
export async function spend(
  { collections: { customers }, holders }: StoreContext,
  call: Call,
  session: ClientSession,
  accounts: readonly Party[],
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (const { id, customerId } of accounts) {
    if (customerId === undefined) continue;
    holders.set(id, customerId);
    ids.add(customerId);
  }
  if (ids.size === 0) return ids;
  const maySpend = {
    _id: { $in: [...ids].map((id) => new ObjectId(id)) },
    tenant: call.tenant,
    active: true,
    enabled: true,
  };
  const { matchedCount } = await customers.updateMany(
    maySpend,
    { $inc: { spends: 1 } },
    { session },
  );
  if (matchedCount === ids.size) return ids;
  const found = await customers.find(maySpend, { session, projection: { _id: 1 } }).toArray();
  return new Set(found.map(({ _id }) => _id.toHexString()));
}

/** Finds the customers of accounts that have a country. */
async function findCompliant(
  { collections: { customers } }: StoreContext,
  call: Call,
  session: ClientSession,
  accounts: readonly Party[],
): Promise<ReadonlySet<string>> {
  const ids = accounts.flatMap(({ customerId }) => customerId ?? []);
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
