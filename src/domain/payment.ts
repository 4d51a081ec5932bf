import { parseAmount } from './amount.ts';
import { compareDecimals, type Decimal, formatDecimal, negateDecimal } from './decimal.ts';
import { accountEtag, assertEtag } from './etag.ts';
import type { Call } from './ledger.ts';
import { isLedgerError, LedgerError, tellIndex } from './ledger-error.ts';
import { availableOf, maySpend, type Party, post } from './party.ts';
import type { OperationType, RecordNotes } from './transaction-record.ts';

/** A payment to make out of an account. */
export interface Payment extends RecordNotes {
  readonly recipientAccountId: string;
  /** An amount as it was sent, in units of the currency that both accounts have. */
  readonly amount: string;
  /** Whether the recipient's record leaves off who paid. */
  readonly anonymous?: boolean;
  /** Whether the payment is refused when the recipient's customer has no country. */
  readonly compliant?: boolean;
  /** Taken, since clients send it: it would set the market value of the records, and the ledger knows no market. */
  readonly baseRate?: number;
}

/** A record to write. */
export interface Posting extends RecordNotes {
  /** The account as the movement leaves it. */
  readonly party: Party;
  readonly counterAccountId?: string;
  /** What is added to the balance; negative for a debit. */
  readonly amount: Decimal;
  readonly anonymous: boolean;
  readonly operationType: OperationType;
  readonly reference: string;
}

/** Payments to make out of one account, one after the other, all or none. */
export interface PaymentOrder {
  /** Who pays; the etags that it expects are those of the sender. */
  readonly call: Call;
  /** 24 lower-case hexadecimal characters. */
  readonly senderAccountId: string;
  readonly payments: readonly Payment[];
}

/** What payments depend on, as it is at one moment. */
export interface PaymentFacts {
  /** The accounts that pay and are paid, by id; those that are not active are left out. */
  readonly accounts: ReadonlyMap<string, Party>;
  /** The ids of the customers who may spend, of those whose accounts pay. */
  readonly spenders: ReadonlySet<string>;
  /** The ids of the customers with a country, of those whose accounts must be paid compliantly. */
  readonly compliantCustomers: ReadonlySet<string>;
}

/** What payments come to: their records in order, and the references of the payments. */
export interface Settlement {
  readonly postings: readonly Posting[];
  readonly references: string[];
}

/**
 * Refuses payments of an account to itself, before anything else is looked at.
 *
 * @throws LedgerError PAYMENT_TO_SELF, with the index of the payment
 */
export function assertNotToSelf(senderAccountId: string, payments: readonly Payment[]): void {
  const index = payments.findIndex(
    (payment) => payment.recipientAccountId.toLowerCase() === senderAccountId.toLowerCase(),
  );
  if (index >= 0) {
    throw new LedgerError('PAYMENT_TO_SELF', { accountId: senderAccountId, index: String(index) });
  }
}

/**
 * Settles orders, one after the other, each as if the ones before it were done. One that is refused comes to nothing, and those behind
 * it go on.
 */
export function settleOrders(
  facts: PaymentFacts,
  orders: readonly PaymentOrder[],
): (Settlement | LedgerError)[] {
  const accounts = new Map(facts.accounts);
  return orders.map((order) => {
    try {
      const settlement = settleOrder({ ...facts, accounts }, order);
      for (const { party } of settlement.postings) accounts.set(party.id, party);
      return settlement;
    } catch (error) {
      if (isLedgerError(error)) return error;
      throw error;
    }
  });
}

/**
 * Settles the payments of an order, each as if the ones before it were done (wire contract, section 4).
 *
 * @throws LedgerError ETAG_MISMATCH; for the first payment that is refused, with its index, the reason that comes first in the contract
 */
function settleOrder(
  facts: PaymentFacts,
  { call, senderAccountId, payments }: PaymentOrder,
): Settlement {
  const accounts = new Map<string, Party>();
  const find = (id: string) => accounts.get(id) ?? facts.accounts.get(id);
  const sender = find(senderAccountId);
  if (sender) assertEtag(call, accountEtag(sender), { accountId: senderAccountId });
  const postings: Posting[] = [];
  const references: string[] = [];
  for (const [index, payment] of payments.entries()) {
    try {
      const [debit, credit] = settlePayment(facts, senderAccountId, payment, find);
      for (const { party } of [debit, credit]) accounts.set(party.id, party);
      postings.push(debit, credit);
      references.push(debit.reference);
    } catch (error) {
      throw tellIndex(error, index);
    }
  }
  return { postings, references };
}

/** Finds an account as the payments before leave it. */
type FindAccount = (id: string) => Party | undefined;

/** Settles one payment: what it takes from the sender, and what it adds to the recipient. */
function settlePayment(
  facts: PaymentFacts,
  senderAccountId: string,
  payment: Payment,
  find: FindAccount,
): readonly [debit: Posting, credit: Posting] {
  const amount = parseAmount(payment.amount);
  const parties = admit(facts, senderAccountId, payment, amount, find);
  const sender = post(parties.sender, negateDecimal(amount));
  const recipient = post(parties.recipient, amount);
  const { transactionCode, paymentId, recipientNote, senderNote, anonymous = false } = payment;
  const shared = {
    anonymous,
    operationType: 'PAYMENT',
    reference: crypto.randomUUID(),
    ...(transactionCode !== undefined && { transactionCode }),
    ...(paymentId !== undefined && { paymentId }),
    ...(recipientNote !== undefined && { recipientNote }),
  } as const;
  const debit = {
    ...shared,
    party: sender,
    counterAccountId: recipient.id,
    amount: negateDecimal(amount),
    ...(senderNote !== undefined && { senderNote }),
  };
  const credit = {
    ...shared,
    party: recipient,
    amount,
    ...(!anonymous && { counterAccountId: sender.id }),
  };
  return [debit, credit];
}

/** Gives the parties of a payment, or refuses it: the first reason in the order of the contract. */
function admit(
  { spenders, compliantCustomers }: PaymentFacts,
  senderAccountId: string,
  { recipientAccountId, compliant }: Payment,
  amount: Decimal,
  find: FindAccount,
): { sender: Party; recipient: Party } {
  const sender = find(senderAccountId);
  if (!sender) throw new LedgerError('SENDER_ACCOUNT_NOT_FOUND', { senderAccountId });
  if (sender.frozen) throw new LedgerError('SENDER_ACCOUNT_FROZEN', { senderAccountId });
  if (!maySpend(sender, spenders)) {
    const { customerId = '' } = sender;
    throw new LedgerError('SENDER_CUSTOMER_DISABLED', { senderAccountId, customerId });
  }
  const recipient = find(recipientAccountId.toLowerCase());
  if (!recipient) throw new LedgerError('RECIPIENT_ACCOUNT_NOT_FOUND', { recipientAccountId });
  if (recipient.currency !== sender.currency) {
    throw new LedgerError('CURRENCY_INCOMPATIBLE', { senderAccountId, recipientAccountId });
  }
  const available = availableOf(sender);
  if (compareDecimals(available, amount) < 0) {
    throw new LedgerError('BALANCE_INSUFFICIENT', {
      senderAccountId,
      amount: formatDecimal(amount),
      availableBalance: formatDecimal(available),
    });
  }
  const { customerId } = recipient;
  if (compliant && (customerId === undefined || !compliantCustomers.has(customerId))) {
    throw new LedgerError('TRANSACTION_NOT_COMPLIANT', {
      recipientAccountId,
      ...(customerId !== undefined && { customerId }),
    });
  }
  return { sender, recipient };
}
