import { parseAmount } from './amount.ts';
import { compareDecimals, type Decimal, formatDecimal, negateDecimal } from './decimal.ts';
import { isLedgerError, LedgerError } from './ledger-error.ts';
import { availableOf, type Party, post } from './party.ts';
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
  /** The ids of the customers with a country; those of recipients that must be compliant are enough. */
  readonly compliantCustomers: ReadonlySet<string>;
}

/** What became of an order: the references of its payments, in order, or why it is refused. */
export type PaymentOutcome = readonly string[] | LedgerError;

/** What orders come to: their records in order, and what became of each order. */
export interface Settlement {
  readonly postings: readonly Posting[];
  readonly outcomes: readonly PaymentOutcome[];
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
 * it go on: each is refused for its own first payment that is, for the reason that comes first in the contract (section 4).
 */
export function settleOrders(facts: PaymentFacts, orders: readonly PaymentOrder[]): Settlement {
  const accounts = new Map(facts.accounts);
  const postings: Posting[] = [];
  const outcomes = orders.map((order): PaymentOutcome => {
    try {
      const settled = settleOrder({ ...facts, accounts }, order);
      postings.push(...settled);
      for (const { party } of settled) accounts.set(party.id, party);
      // The posting of who pays comes before that of who is paid.
      return settled.filter((_, index) => index % 2 === 0).map(({ reference }) => reference);
    } catch (error) {
      if (isLedgerError(error)) return error;
      throw error;
    }
  });
  return { postings, outcomes };
}

/**
 * Gives the postings of an order: of each payment that of who pays, then that of who is paid.
 *
 * @throws LedgerError for the first payment that is refused
 */
function settleOrder(facts: PaymentFacts, { senderAccountId, payments }: PaymentOrder): Posting[] {
  const accounts = new Map<string, Party>();
  const find = (id: string) => accounts.get(id) ?? facts.accounts.get(id);
  return payments.flatMap((payment) => {
    const amount = parseAmount(payment.amount);
    const recipientId = payment.recipientAccountId.toLowerCase();
    const parties = { sender: find(senderAccountId), recipient: find(recipientId) };
    const admitted = admit(facts, senderAccountId, payment, amount, parties);
    const sender = post(admitted.sender, negateDecimal(amount));
    const recipient = post(admitted.recipient, amount);
    accounts.set(sender.id, sender).set(recipient.id, recipient);
    return toPostings(payment, amount, sender, recipient);
  });
}

/** Makes the postings of a payment between accounts as it leaves them. */
function toPostings(
  payment: Payment,
  amount: Decimal,
  sender: Party,
  recipient: Party,
): [Posting, Posting] {
  const { anonymous = false, transactionCode, paymentId, recipientNote, senderNote } = payment;
  const shared = {
    anonymous,
    operationType: 'PAYMENT',
    reference: crypto.randomUUID(),
    ...(transactionCode !== undefined && { transactionCode }),
    ...(paymentId !== undefined && { paymentId }),
    ...(recipientNote !== undefined && { recipientNote }),
  } as const;
  return [
    {
      ...shared,
      party: sender,
      counterAccountId: recipient.id,
      amount: negateDecimal(amount),
      ...(senderNote !== undefined && { senderNote }),
    },
    { ...shared, party: recipient, amount, ...(!anonymous && { counterAccountId: sender.id }) },
  ];
}

/** Gives the parties of a payment, or refuses it: the first reason in the order of the contract. */
function admit(
  { spenders, compliantCustomers }: PaymentFacts,
  senderAccountId: string,
  { recipientAccountId, compliant }: Payment,
  amount: Decimal,
  { sender, recipient }: { sender: Party | undefined; recipient: Party | undefined },
): { sender: Party; recipient: Party } {
  if (!sender) throw new LedgerError('SENDER_ACCOUNT_NOT_FOUND', { senderAccountId });
  if (sender.frozen) throw new LedgerError('SENDER_ACCOUNT_FROZEN', { senderAccountId });
  const { customerId } = sender;
  if (customerId !== undefined && !spenders.has(customerId)) {
    throw new LedgerError('SENDER_CUSTOMER_DISABLED', { senderAccountId, customerId });
  }
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
  if (compliant && !compliantCustomers.has(recipient.customerId ?? '')) {
    throw new LedgerError('TRANSACTION_NOT_COMPLIANT', { recipientAccountId });
  }
  return { sender, recipient };
}
