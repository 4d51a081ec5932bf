import { parseAmount } from './amount.ts';
import { compareDecimals, type Decimal, formatDecimal, negateDecimal } from './decimal.ts';
import { LedgerError, tellIndex } from './ledger-error.ts';
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

/** What payments depend on, as it is at one moment. Accounts that are not active are left out. */
export interface PaymentFacts {
  readonly senderAccountId: string;
  readonly sender: Party | undefined;
  /** Whether the sender's customer is enabled; true for an account without a customer. */
  readonly senderEnabled: boolean;
  /** The accounts that are paid, by id. */
  readonly recipients: ReadonlyMap<string, Party>;
  /** The ids of the accounts whose customer has a country. */
  readonly compliantAccounts: ReadonlySet<string>;
}

/** What payments come to: their records in order, and the references of the payments. */
export interface Settlement {
  readonly postings: readonly Posting[];
  readonly references: readonly string[];
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
 * Settles payments out of one account, one after the other, each as if the ones before it were done (wire contract, section 4).
 *
 * @throws LedgerError for the first payment that is refused, with its index, for the reason that comes first in the contract
 */
export function settlePayments(facts: PaymentFacts, payments: readonly Payment[]): Settlement {
  let { sender } = facts;
  const recipients = new Map(facts.recipients);
  const postings: Posting[] = [];
  const references: string[] = [];
  for (const [index, payment] of payments.entries()) {
    try {
      const [debit, credit] = settlePayment(facts, payment, { sender, recipients });
      sender = debit.party;
      recipients.set(credit.party.id, credit.party);
      postings.push(debit, credit);
      references.push(debit.reference);
    } catch (error) {
      throw tellIndex(error, index);
    }
  }
  return { postings, references };
}

/** The parties of a payment, as the payments before it leave them. */
interface PaymentState {
  readonly sender: Party | undefined;
  readonly recipients: ReadonlyMap<string, Party>;
}

/** Settles one payment: what it takes from the sender, and what it adds to the recipient. */
function settlePayment(
  facts: PaymentFacts,
  payment: Payment,
  state: PaymentState,
): readonly [debit: Posting, credit: Posting] {
  const amount = parseAmount(payment.amount);
  const parties = admit(facts, payment, amount, state);
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
  { senderAccountId, senderEnabled, compliantAccounts }: PaymentFacts,
  { recipientAccountId, compliant }: Payment,
  amount: Decimal,
  state: PaymentState,
): { sender: Party; recipient: Party } {
  const { sender } = state;
  if (!sender) throw new LedgerError('SENDER_ACCOUNT_NOT_FOUND', { senderAccountId });
  if (sender.frozen) throw new LedgerError('SENDER_ACCOUNT_FROZEN', { senderAccountId });
  if (!senderEnabled) {
    const { customerId = '' } = sender;
    throw new LedgerError('SENDER_CUSTOMER_DISABLED', { senderAccountId, customerId });
  }
  const recipient = state.recipients.get(recipientAccountId.toLowerCase());
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
  if (compliant && !compliantAccounts.has(recipient.id)) {
    const { customerId } = recipient;
    throw new LedgerError('TRANSACTION_NOT_COMPLIANT', {
      recipientAccountId,
      ...(customerId !== undefined && { customerId }),
    });
  }
  return { sender, recipient };
}
