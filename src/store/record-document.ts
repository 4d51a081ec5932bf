import { formatDecimal } from '../domain/decimal.ts';
import type { TransactionRecord } from '../domain/transaction-record.ts';
import { fromDecimal128 } from './decimal128.ts';
import type { RecordDocument } from './documents.ts';

/** Makes a record of its document. */
export function fromRecordDocument(document: RecordDocument): TransactionRecord {
  const { accountId, counterAccountId, amount } = document;
  const { transactionCode, paymentId, recipientNote, senderNote } = document;
  return {
    accountId: accountId.toHexString(),
    ...(counterAccountId && { counterAccountId: counterAccountId.toHexString() }),
    currency: document.currency,
    amount: formatDecimal(fromDecimal128(amount)),
    anonymous: document.anonymous,
    createTime: document.createTime,
    operationType: document.operationType,
    transactionType: document.transactionType,
    reference: document.reference,
    ...(transactionCode !== undefined && { transactionCode }),
    ...(paymentId !== undefined && { paymentId }),
    ...(recipientNote !== undefined && { recipientNote }),
    ...(senderNote !== undefined && { senderNote }),
  };
}
