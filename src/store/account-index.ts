import type { Filter } from 'mongodb';
import type { OrderField } from './account-order.ts';
import type { AccountDocument } from './documents.ts';
import { type AccountIndex, accountIndexes } from './indexes.ts';

/** The filter of a list of accounts, as the database takes it. */
export type AccountMatch = Filter<AccountDocument>;

type Serves = (match: AccountMatch) => boolean;

const has =
  (...fields: (keyof AccountDocument)[]): Serves =>
  (match) =>
    fields.every((field) => field in match);

/** The index by which accounts are found: the first that serves a filter, above those that let the fewest accounts through. */
const filterIndexes: readonly (readonly [AccountIndex, Serves])[] = [
  ['customer', has('customerId')],
  ['accountNumber', has('accountNumber')],
  ['accountCode', has('accountCode')],
  ['inactive', (match) => match.active === false],
  ['frozen', (match) => match.frozen === true],
  ['nonZeroCurrency', has('currency', 'balance')],
  ['nonZero', has('balance')],
  ['currency', has('currency')],
];

/** The indexes that count where those of the filter would need the documents to tell that a balance is not zero. */
const countIndexes: Readonly<Partial<Record<AccountIndex, AccountIndex>>> = {
  nonZero: 'balance',
  nonZeroCurrency: 'currencyBalance',
};

/** The indexes of the orders, without a currency and with one. */
const orderIndexes: Readonly<Record<OrderField, readonly [AccountIndex, AccountIndex]>> = {
  accountNumber: ['accountNumber', 'accountNumber'],
  balance: ['balance', 'currencyBalance'],
  available: ['available', 'currencyAvailable'],
};

/** Gives the index that finds the accounts of a filter, in the order of their ids. */
export function filterIndexOf(match: AccountMatch): AccountIndex {
  return filterIndexes.find(([, serves]) => serves(match))?.[0] ?? 'list';
}

/** Gives the index that counts the accounts of a filter. */
export function countIndexOf(match: AccountMatch): AccountIndex {
  const index = filterIndexOf(match);
  return countIndexes[index] ?? index;
}

/** Gives the index that has the accounts of a filter in the order of a field. */
export function orderIndexOf(match: AccountMatch, field: OrderField): AccountIndex {
  return orderIndexes[field]['currency' in match ? 1 : 0];
}

/** Gives what an index serves of a filter. */
export function servedBy(index: AccountIndex, match: AccountMatch): AccountMatch {
  const fields = fieldsOf(index);
  return Object.fromEntries(Object.entries(match).filter(([field]) => fields.includes(field)));
}

/** Asks whether an index serves all of a filter but what nearly every account passes. */
export function isServedBy(index: AccountIndex, match: AccountMatch): boolean {
  const fields = fieldsOf(index);
  const rest = Object.entries(match).filter(([field]) => !fields.includes(field));
  return filterIndexOf(Object.fromEntries(rest)) === 'list';
}

/** The fields of an index that come before the id. */
function fieldsOf(index: AccountIndex): string[] {
  const fields = Object.keys(accountIndexes[index].key);
  return fields.slice(0, fields.indexOf('_id'));
}
