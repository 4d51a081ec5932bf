import { create } from '@bufbuild/protobuf';
import { type Timestamp, timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  OperationType,
  TransactionRecordSchema,
  TransactionType,
} from '../../gen/ledger/v1/transaction_record_pb.js';
import {
  type AmountBound as AmountBoundMessage,
  AmountBound_Comparison as Comparison,
  type CountTransactionRecordsRequest,
} from '../../gen/ledger/v1/transaction_service_pb.js';
import type { AmountBound, RecordFilter, TransactionRecord } from '../domain/transaction-record.ts';
import { pickNotes } from './payment-message.ts';
import { pickTexts } from './request-fields.ts';

/** Makes the message of a record. */
export function toRecordMessage(record: TransactionRecord) {
  const { createTime, operationType, transactionType, ...told } = record;
  return create(TransactionRecordSchema, {
    ...told,
    createTime: timestampFromDate(createTime),
    operationType: OperationType[operationType],
    transactionType: TransactionType[transactionType],
  });
}

const operationTypes = {
  [OperationType.UNSPECIFIED]: undefined,
  [OperationType.PAYMENT]: 'PAYMENT',
  [OperationType.MINT]: 'MINT',
  [OperationType.REVOKE]: 'REVOKE',
} as const satisfies Record<OperationType, RecordFilter['operationType']>;

const transactionTypes = {
  [TransactionType.UNSPECIFIED]: undefined,
  [TransactionType.DEBIT_PAYMENT]: 'DEBIT_PAYMENT',
  [TransactionType.CREDIT_PAYMENT]: 'CREDIT_PAYMENT',
} as const satisfies Record<TransactionType, RecordFilter['transactionType']>;

/** Makes the filter of a list or a count, whose requests name their filters alike. */
export function toRecordFilter(
  request: Omit<CountTransactionRecordsRequest, '$typeName'>,
): RecordFilter {
  const { currencies, from, to, amounts } = request;
  const operationType = operationTypes[request.operationType];
  const transactionType = transactionTypes[request.transactionType];
  return {
    ...pickTexts(request, 'customerId', 'accountId', 'counterAccountId', 'reference'),
    ...(currencies.length > 0 && { currencies }),
    // Records are kept to the millisecond: the first one at or after, and the last one at or before the bound.
    ...(from && { from: toDate(from, Math.ceil) }),
    ...(to && { to: toDate(to, Math.floor) }),
    ...(amounts.length > 0 && { amounts: amounts.map(fromAmountBoundMessage) }),
    ...(operationType && { operationType }),
    ...(transactionType && { transactionType }),
    ...pickNotes(request),
  };
}

function toDate({ seconds, nanos }: Timestamp, round: (ms: number) => number): Date {
  return new Date(Number(seconds) * 1_000 + round(nanos / 1_000_000));
}

const comparisons = {
  [Comparison.GTE]: 'gte',
  [Comparison.LTE]: 'lte',
  [Comparison.GT]: 'gt',
  [Comparison.LT]: 'lt',
  [Comparison.EQ]: 'eq',
  [Comparison.NEQ]: 'neq',
} as const satisfies Record<Exclude<Comparison, Comparison.UNSPECIFIED>, AmountBound['comparison']>;

function fromAmountBoundMessage({ comparison, value }: AmountBoundMessage): AmountBound {
  // The validation refuses a bound that does not tell how it compares.
  if (comparison === Comparison.UNSPECIFIED) throw new Error('a bound passed the validation');
  return { comparison: comparisons[comparison], value };
}
