import type { ClientSession } from 'mongodb';
import type { Call } from '../domain/ledger.ts';
import { isLedgerError, type LedgerError } from '../domain/ledger-error.ts';
import { assertNotToSelf, type Payment, type PaymentOrder } from '../domain/payment.ts';
import type { StoreContext } from './context.ts';
import { createGathering } from './gathering.ts';
import { payInTransaction } from './payment-transaction.ts';
import { type Answer, answerOnce, type Request, runOnce } from './request.ts';
import { runTransaction } from './transaction.ts';

/** How many payments a transaction makes at the most: as many as one call may ask for. */
const paymentsMax = 100;

/**
 * How many groups of one tenant are under way at once: while one waits for its commit, another is written. More of them would be
 * smaller, and save less.
 */
export const groupsMax = 2;

/** An order as a call asks for it. */
type CalledOrder = PaymentOrder & Request;

/** What became of an order: its references, or why it is refused. */
type Outcome = Answer<string[]> | LedgerError;

/** The payments that a call asks for. */
export interface PaymentRequest {
  readonly verb: string;
  readonly senderAccountId: string;
  readonly payments: readonly Payment[];
}

/** Makes payments out of one account, all or none, and gives their references. */
export type Pay = (call: Call, request: PaymentRequest) => Promise<string[]>;

/**
 * Creates the payment of orders. Orders of a tenant that come while others are under way are paid together, in one transaction: they
 * share what it costs, and those that touch the same account need not wait for each other one by one. Each is still refused or done on
 * its own, and those with an account in common in the order in which they came. They share the lanes of their documents, which anything
 * else has by itself: an order that waits for one holds no other order up.
 *
 * @throws LedgerError PAYMENT_TO_SELF, REQUEST_ID_REUSED, ETAG_MISMATCH, and for the reasons of a payment
 */
export function createPay(context: StoreContext): Pay {
  const gather = createGathering(
    {
      keysOf: (order: CalledOrder) => lanesOf(context, order),
      weigh: ({ payments }) => payments.length,
      weightMax: paymentsMax,
      groupsMax,
    },
    async (orders) => await tryTogether(context, orders),
  );
  return async (call, { verb, senderAccountId, payments }) => {
    assertNotToSelf(senderAccountId, payments);
    const content = { senderAccountId, payments };
    const order: CalledOrder = {
      call,
      target: 'payments',
      verb,
      content,
      senderAccountId: senderAccountId.toLowerCase(),
      payments,
    };
    const tried = await context.lanes(
      lanesOf(context, order),
      async () => await gather(call.tenant, order),
      'shared',
    );
    if (tried === undefined) return await payAlone(context, order);
    if (isLedgerError(tried)) throw tried;
    if (tried.isReplay) call.onReplay?.();
    return tried.answer;
  };
}

/**
 * Tries once to pay orders in one transaction. Gives what became of each; undefined for those that were not looked at: all, when the
 * transaction conflicted with another one or failed for one of them, and those that are too late.
 *
 * @throws MongoError when it is not known whether they were paid
 */
async function tryTogether(
  context: StoreContext,
  orders: readonly CalledOrder[],
): Promise<readonly (Outcome | undefined)[]> {
  const inTime = orders.filter(({ call }) => call.deadline > Date.now());
  const [first] = inTime;
  if (!first) return [];
  let isWritten = false;
  const work = async (session: ClientSession) => {
    const outcomes = await payOnce(context, session, inTime);
    isWritten = true;
    return outcomes;
  };
  try {
    const outcomes = await runTransaction(context.client, first.call, work, 1);
    return orders.map((order) => outcomes[inTime.indexOf(order)]);
  } catch (error) {
    // What the store itself throws, it throws before the commit.
    if (isWritten && !isLedgerError(error)) throw error;
    return [];
  }
}

/**
 * Pays orders in a transaction; one in which none is paid changes nothing, not even the counter of a customer. Then it gives no answer
 * to those that were paid before: it is not committed, and only a commit tells that what it read cannot be lost any more.
 */
async function payOnce(
  context: StoreContext,
  session: ClientSession,
  orders: readonly CalledOrder[],
): Promise<readonly (Outcome | undefined)[]> {
  const outcomes = await answerOnce(context, session, orders, async (fresh) => {
    const [{ call }] = fresh as [CalledOrder];
    const settled = await payInTransaction(context, call, session, fresh);
    return settled.map((each) => (isLedgerError(each) ? each : each.references));
  });
  const isPaid = outcomes.some((each) => !(isLedgerError(each) || each.isReplay));
  if (isPaid) return outcomes;
  await session.abortTransaction();
  return outcomes.map((each) => (isLedgerError(each) ? each : undefined));
}

/** Pays an order in a transaction of its own, which is begun again when it conflicts with another one. */
async function payAlone(context: StoreContext, order: CalledOrder): Promise<string[]> {
  const { call } = order;
  return await context.lanes(
    lanesOf(context, order),
    async () =>
      await runOnce(context, call, order, async (session) => {
        const [settled] = await payInTransaction(context, call, session, [order]);
        if (isLedgerError(settled)) throw settled;
        return settled?.references ?? [];
      }),
  );
}

/** The keys of the documents that payments write, as far as they are known before they are read. */
export function lanesOf(
  { holders }: StoreContext,
  { senderAccountId, payments }: Omit<PaymentOrder, 'call'>,
): string[] {
  const holder = holders.get(senderAccountId);
  const recipients = payments.map((payment) => payment.recipientAccountId.toLowerCase());
  return [senderAccountId, ...(holder === undefined ? [] : [holder]), ...recipients];
}
