import type { RecordFilter } from '../domain/transaction-record.ts';
import { type RecordIndex, supplyOperations } from './indexes.ts';

/**
 * How many currencies are read side by side, each in the order of time, and merged. The database would sort when they were more than
 * 200; the contracts let fewer through.
 */
const currenciesMergedMax = 100;

type Serves = (filter: RecordFilter) => boolean;

const has =
  (field: keyof RecordFilter): Serves =>
  (filter) =>
    filter[field] !== undefined;

const isOfSupply: Serves = ({ operationType }) =>
  supplyOperations.some((operation) => operation === operationType);

const areCurrenciesMerged: Serves = ({ currencies = [] }) =>
  currencies.length > 0 && currencies.length <= currenciesMergedMax;

/** The index by which records are found: the first that serves a filter, above those that let the fewest records through. */
const indexes: readonly (readonly [RecordIndex, Serves])[] = [
  ['reference', has('reference')],
  ['paymentId', has('paymentId')],
  ['accountSupply', (filter) => filter.accountId !== undefined && isOfSupply(filter)],
  ['account', has('accountId')],
  ['transactionCode', has('transactionCode')],
  ['counterAccount', has('counterAccountId')],
  ['customer', has('customerId')],
  // Notes come behind these: what many write in theirs is in more records than an account or a customer has.
  ['recipientNote', has('recipientNote')],
  ['senderNote', has('senderNote')],
  ['supply', isOfSupply],
  ['currency', areCurrenciesMerged],
];

/** Gives the index that finds the records of a filter, in the order of time. */
export function recordIndexOf(filter: RecordFilter): RecordIndex {
  return indexes.find(([, serves]) => serves(filter))?.[0] ?? 'list';
}
