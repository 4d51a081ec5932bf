import {
  boundPattern,
  comparisons,
  operationTypes,
  type RecordFilter,
  transactionTypes,
} from '../domain/transaction-record.ts';
import { array, object, optional, type Shaped } from './field.ts';
import { decimalText, integer, oneOf } from './scalar-field.ts';
import { currency, internalId, recordNotes } from './shapes.ts';

/** The furthest moment from the epoch that a Date can hold, in milliseconds. */
const timeMax = 8.64e15;

/** The types of the original API, which clients filter by. The ledger has no records of those that are not its own. */
const transactionTypeNames = [
  ...transactionTypes,
  'FAILED',
  'CREDIT_DEPOSIT',
  'DEBIT_WITHDRAWAL',
  'CANCEL_WITHDRAWAL',
  'DEBIT_OUTGOING_PAYMENT',
  'CREDIT_INCOMING_PAYMENT',
  'EXCHANGE_BUY',
  'EXCHANGE_SELL',
  'DEBIT_TRANSACTION',
];
const operationTypeNames = [
  ...operationTypes,
  'WITHDRAWAL',
  'BLOCKCHAIN_TRANSACTION',
  'EXCHANGE',
  'FAILED',
  'DEPOSIT',
];

const transactionType = oneOf(transactionTypeNames);

/** The body of a query of records of the whole ledger; all that is given must hold (wire contract, section 4). */
export const ledgerRecordQuery = {
  account: optional(internalId),
  counterAccount: optional(internalId),
  currency: optional(currency),
  currencies: optional(array(currency, 0, 50)),
  from: optional(integer(0, timeMax)),
  to: optional(integer(0, timeMax)),
  amount: optional(
    array(object({ op: oneOf(comparisons), value: decimalText(boundPattern) }), 0, 10),
  ),
  transactionType: optional(transactionType),
  transactionTypes: optional(array(transactionType, 0, transactionTypeNames.length)),
  opType: optional(oneOf(operationTypeNames)),
  ...recordNotes,
};

/** The body of a query of records of one customer, or of one account. */
export const ownedRecordQuery = { id: internalId, ...ledgerRecordQuery };

/**
 * Gives the filter of a query; undefined when no record can match, since what is asked for excludes itself or is nothing that the
 * ledger records.
 */
export function toRecordFilter(
  query: Shaped<typeof ledgerRecordQuery>,
  owner: { readonly customerId?: string; readonly accountId?: string } = {},
): RecordFilter | undefined {
  const { account, counterAccount, currency, currencies = [], ...others } = query;
  const { from, to, amount = [], ...kinds } = others;
  const { transactionType, transactionTypes: chosen, opType, ...notes } = kinds;
  const accountId = owner.accountId ?? account;
  const types = transactionTypes.filter(
    (type) => isAmong(type, transactionType) && isAmong(type, chosen),
  );
  const operations = operationTypes.filter((type) => isAmong(type, opType));
  const excludesItself =
    (accountId !== undefined && !isAmong(accountId.toLowerCase(), account?.toLowerCase())) ||
    (currency !== undefined && !isAmong(currency, currencies));
  const [type] = types;
  const [operation] = operations;
  if (excludesItself || !type || !operation) return undefined;
  return {
    ...notes,
    ...owner,
    ...(accountId !== undefined && { accountId }),
    ...(counterAccount !== undefined && { counterAccountId: counterAccount }),
    ...(currencies.length > 0 && { currencies }),
    ...(currency !== undefined && { currencies: [currency] }),
    ...(from !== undefined && { from: new Date(from) }),
    ...(to !== undefined && { to: new Date(to) }),
    ...(amount.length > 0 && {
      amounts: amount.map(({ op, value }) => ({ comparison: op, value })),
    }),
    ...(types.length === 1 && { transactionType: type }),
    ...(operations.length === 1 && { operationType: operation }),
  };
}

/** Asks whether a value is the one, or among those, that were chosen. Where nothing was, every value is. */
function isAmong(value: string, chosen: string | readonly string[] = []): boolean {
  const values = [chosen].flat();
  return values.length === 0 || values.includes(value);
}
