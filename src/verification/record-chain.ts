import {
  addDecimals,
  compareDecimals,
  type Decimal,
  formatDecimal,
  zero,
} from '../domain/decimal.ts';
import type { AccountDocument, RecordDocument } from '../store/documents.ts';
import { type Inspection, readAmount } from './inspection.ts';
import { isSameValue } from './same-value.ts';

/** What is read of a record. */
export const recordFields = [
  'accountId',
  'customerId',
  'currency',
  'amount',
  'balance',
  'sequence',
  'operationType',
  'transactionType',
] as const;

type RecordRow = Pick<RecordDocument, '_id' | (typeof recordFields)[number]>;

/** The account whose records are followed. */
type Holder = Pick<AccountDocument, '_id' | 'customerId' | 'currency' | 'records'>;

/** Follows the records of an account in the order of their sequence. */
export interface RecordChain {
  add(record: RecordRow): void;
  /** @param balance that of the account */
  end(balance: Decimal): void;
}

/** Creates what follows the records of an account. Memory does not grow with their number. */
export function createRecordChain(inspection: Inspection, account: Holder): RecordChain {
  const { _id: accountId } = account;
  let sequence = 0;
  let last = zero;
  let sum = zero;

  return {
    add(record) {
      const ids = { recordId: record._id, accountId };
      const amount = readAmount(inspection, record.amount, ids);
      const balance = readAmount(inspection, record.balance, ids);
      const expected = addDecimals(last, amount);
      if (record.sequence !== sequence + 1) {
        const found = `sequence ${record.sequence} follows ${sequence}`;
        inspection.report('RECORD_SEQUENCE', ids, found);
      } else if (compareDecimals(balance, expected) !== 0) {
        const found = `balance ${formatDecimal(balance)} after ${formatDecimal(last)} and ${formatDecimal(amount)}`;
        inspection.report('RECORD_BALANCE', ids, found);
      }
      if (balance.coefficient < 0n) {
        inspection.report('ACCOUNT_OVERDRAWN', ids, `balance ${formatDecimal(balance)}`);
      }
      if (!isRightDirection(record, amount)) {
        const found = `${record.operationType} as ${record.transactionType} of ${formatDecimal(amount)}`;
        inspection.report('RECORD_DIRECTION', ids, found);
      }
      if (!isOf(record, account)) {
        const found = `currency ${record.currency}, customer ${record.customerId ?? 'none'}`;
        inspection.report('RECORD_ACCOUNT', ids, found);
      }
      sequence = record.sequence;
      last = balance;
      sum = addDecimals(sum, amount);
    },

    end(balance) {
      const ids = { accountId };
      const told = `balance ${formatDecimal(balance)}`;
      if (compareDecimals(balance, sum) !== 0) {
        inspection.report('ACCOUNT_SUM', ids, `${told}, sum ${formatDecimal(sum)}`);
      }
      if (compareDecimals(balance, last) !== 0) {
        inspection.report('ACCOUNT_LAST_RECORD', ids, `${told}, last ${formatDecimal(last)}`);
      }
      if (account.records !== sequence) {
        const found = `records ${account.records}, last sequence ${sequence}`;
        inspection.report('ACCOUNT_RECORDS', ids, found);
      }
      if (balance.coefficient < 0n) inspection.report('ACCOUNT_OVERDRAWN', ids, told);
    },
  };
}

function isRightDirection(
  { operationType, transactionType }: RecordRow,
  { coefficient }: Decimal,
): boolean {
  if (coefficient === 0n) return false;
  const isDebit = coefficient < 0n;
  const isCalledDebit = transactionType === 'DEBIT_PAYMENT';
  const isMint = operationType === 'MINT';
  const isRevocation = operationType === 'REVOKE';
  return isDebit === isCalledDebit && !(isDebit ? isMint : isRevocation);
}

function isOf(record: RecordRow, account: Holder): boolean {
  return record.currency === account.currency && isSameValue(record.customerId, account.customerId);
}
