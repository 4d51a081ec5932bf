import type { Payment as PaymentMessage } from '../../gen/ledger/v1/payment_pb.js';
import type { Payment } from '../domain/payment.ts';
import type { RecordNotes } from '../domain/transaction-record.ts';
import { pickTexts } from './request-fields.ts';

/** Makes a payment of its message. The validation has seen to it that there is one. */
export function fromPaymentMessage(message: PaymentMessage | undefined): Payment {
  if (!message) throw new Error('a request without its payment passed the validation');
  const { recipientAccountId, amount, anonymous, compliant } = message;
  return { recipientAccountId, amount, anonymous, compliant, ...pickNotes(message) };
}

/** Picks what a message notes on records, or asks of their notes. */
export function pickNotes(
  message: Readonly<Record<keyof RecordNotes & string, string>>,
): RecordNotes {
  return pickTexts(message, 'transactionCode', 'paymentId', 'recipientNote', 'senderNote');
}
