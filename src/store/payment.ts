import type { ClientSession } from 'mongodb';
import type { Call, Transactions } from '../domain/ledger.ts';
import { isLedgerError } from '../domain/ledger-error.ts';
import { assertNotToSelf, type PaymentOrder, type PaymentOutcome } from '../domain/payment.ts';
import type { StoreContext } from './context.ts';
import { createGathering } from './gathering.ts';
import { payInTransaction } from './payment-transaction.ts';
import { runTransaction } from './transaction.ts';

/** How many payments a transaction makes at the most: as many as one call may ask for. */
const paymentsMax = 100;

/** An order, and the call that gave it. */
interface CalledOrder extends PaymentOrder {
  readonly call: Call;
}

/**
 * Creates the payment of orders. Orders of a tenant that come while others are under way are paid together, in one transaction: they
 * share what it costs, and those that touch the same account need not wait for each other. Each is still refused or done on its own,
 * in the order in which they came. They share the lanes of their documents, which anything else has by itself: an order that is
 * waiting for one holds no other order up.
 *
 * @throws LedgerError for the reasons of a payment
 */
export function createPay(context: StoreContext): Transactions['pay'] {
  const gather = createGathering(
    {
      weigh: ({ payments }: CalledOrder) => payments.length,
      weightMax: paymentsMax,
    },
    async (orders) => await tryTogether(context, orders),
  );
  return async (call, accountId, payments) => {
    assertNotToSelf(accountId, payments);
    const order = { call, senderAccountId: accountId.toLowerCase(), payments };
    const tried = await context.lanes(
      lanesOf(context, order),
      async () => await gather(call.tenant, order),
      'shared',
    );
    const outcome = tried ?? (await payAlone(context, order));
    if (isLedgerError(outcome)) throw outcome;
    return outcome;
  };
}

/**
 * Tries once to pay orders in one transaction. Gives what became of each; undefined for those that were not paid, since the
 * transaction conflicted with another one, or failed for one of them, or because they are too late.
 *
 * @throws MongoError when it is not known whether they were paid
 */
async function tryTogether(
  context: StoreContext,
  orders: readonly CalledOrder[],
): Promise<readonly (PaymentOutcome | undefined)[]> {
  const inTime = orders.filter(({ call }) => call.deadline > Date.now());
  const [first] = inTime;
  if (!first) return [];
  let isWritten = false;
  const work = async (session: ClientSession) => {
    const made = await payOrRollBack(context, first.call, session, inTime);
    isWritten = true;
    return made;
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

/** Pays an order in a transaction of its own, which is begun again when it conflicts with another one. */
async function payAlone(context: StoreContext, order: CalledOrder): Promise<PaymentOutcome> {
  const { call } = order;
  const outcomes = await context.lanes(
    lanesOf(context, order),
    async () =>
      await runTransaction(
        context.client,
        call,
        async (session) => await payOrRollBack(context, call, session, [order]),
      ),
  );
  return outcomes[0] as PaymentOutcome;
}

/** Pays orders; a transaction in which all are refused changes nothing, not even the counter of a customer. */
async function payOrRollBack(
  context: StoreContext,
  call: Call,
  session: ClientSession,
  orders: readonly PaymentOrder[],
): Promise<readonly PaymentOutcome[]> {
  const outcomes = await payInTransaction(context, call, session, orders);
  if (outcomes.every((outcome) => isLedgerError(outcome))) await session.abortTransaction();
  return outcomes;
}

/** The keys of the documents that an order writes, as far as they are known before they are read. */
export function lanesOf(
  { holders }: StoreContext,
  { senderAccountId, payments }: PaymentOrder,
): string[] {
  const holder = holders.get(senderAccountId);
  const recipients = payments.map((payment) => payment.recipientAccountId.toLowerCase());
  return [senderAccountId, ...(holder === undefined ? [] : [holder]), ...recipients];
}
