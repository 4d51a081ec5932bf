import { type ClientSession, ObjectId } from 'mongodb';
import { accountEtag, assertEtag } from '../domain/etag.ts';
import type { Call } from '../domain/ledger.ts';
import type { Party } from '../domain/party.ts';
import { assertNotToSelf, type Payment, settlePayments } from '../domain/payment.ts';
import type { StoreContext } from './context.ts';
import { findParties } from './parties.ts';
import { writePostings } from './postings.ts';
import { runOnce } from './request.ts';

/** The payments that a call asks for. */
interface PaymentOrder {
  readonly verb: string;
  readonly senderAccountId: string;
  readonly payments: readonly Payment[];
}

/**
 * Makes payments out of one account in one transaction: the balances, the records, and the sender's customer, which is written so
 * that a change of its state and the payments cannot overtake each other. A freeze or a deactivation writes the account itself.
 *
 * @throws LedgerError PAYMENT_TO_SELF, REQUEST_ID_REUSED, ETAG_MISMATCH, and for the reasons of a payment
 */
export async function pay(
  context: StoreContext,
  call: Call,
  { verb, senderAccountId, payments }: PaymentOrder,
): Promise<string[]> {
  assertNotToSelf(senderAccountId, payments);
  const request = { target: 'payments', verb, content: { senderAccountId, payments } } as const;
  return await context.lanes(
    lanesOf(context, senderAccountId, payments),
    async () =>
      await runOnce(
        context,
        call,
        request,
        async (session) =>
          await payInTransaction(context, call, session, { senderAccountId, payments }),
      ),
  );
}

/** The keys of the documents that payments write, as far as they are known before they are read. */
export function lanesOf(
  { holders }: StoreContext,
  senderAccountId: string,
  payments: readonly Payment[],
): string[] {
  const sender = senderAccountId.toLowerCase();
  const holder = holders.get(sender);
  const recipients = payments.map((payment) => payment.recipientAccountId.toLowerCase());
  return [sender, ...(holder === undefined ? [] : [holder]), ...recipients];
}

/** What becomes of the sender before it pays. */
export interface SenderRelease {
  /** What it is called in the history. */
  readonly verb: string;
  /** Gives the sender after it, or refuses; nothing of the payment was looked at. */
  readonly apply: (sender: Party) => Promise<Party>;
}

/**
 * Makes payments within a transaction, and gives their references.
 *
 * @throws LedgerError ETAG_MISMATCH, what the release refuses, and for the reasons of a payment
 */
export async function payInTransaction(
  context: StoreContext,
  call: Call,
  session: ClientSession,
  step: {
    readonly senderAccountId: string;
    readonly payments: readonly Payment[];
    readonly release?: SenderRelease;
  },
): Promise<string[]> {
  const { payments, release } = step;
  const senderAccountId = step.senderAccountId.toLowerCase();
  const recipientIds = payments.map((payment) => payment.recipientAccountId.toLowerCase());
  const parties = await findParties(context, call, session, [senderAccountId, ...recipientIds]);
  const found = parties.get(senderAccountId);
  if (found) assertEtag(call, accountEtag(found), { accountId: senderAccountId });
  const sender = found && release ? await release.apply(found) : found;
  const facts = {
    senderAccountId,
    sender,
    senderEnabled: !found || (await spend(context, call, session, found, payments.length)),
    recipients: parties,
    compliantAccounts: payments.some((payment) => payment.compliant)
      ? await findCompliant(context, call, session, parties)
      : new Set<string>(),
  };
  const { postings, references } = settlePayments(facts, payments);
  const verbs = new Map(release ? [[senderAccountId, release.verb]] : []);
  await writePostings(context, call, session, postings, parties, verbs);
  return [...references];
}

/**
 * Counts payments or a revocation with the customer of an account, if it is enabled and active; tells whether it is. A change of the
 * customer's state conflicts with this write.
 *
 * @param count how many there are
 */
export async function spend(
  { collections: { customers }, holders }: StoreContext,
  call: Call,
  session: ClientSession,
  { id, customerId }: Party,
  count = 1,
): Promise<boolean> {
  if (customerId === undefined) return true;
  holders.set(id, customerId);
  const { matchedCount } = await customers.updateOne(
    { _id: new ObjectId(customerId), tenant: call.tenant, active: true, enabled: true },
    { $inc: { spends: count } },
    { session },
  );
  return matchedCount === 1;
}

/** Finds the accounts whose customer has a country. */
async function findCompliant(
  { collections: { customers } }: StoreContext,
  call: Call,
  session: ClientSession,
  parties: ReadonlyMap<string, Party>,
): Promise<ReadonlySet<string>> {
  const accounts = [...parties.values()];
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
  const withCountry = new Set(found.map(({ _id }) => _id.toHexString()));
  return new Set(
    accounts.filter((party) => withCountry.has(party.customerId ?? '')).map(({ id }) => id),
  );
}
