import type { Filter } from 'mongodb';
import { significantDigitsMax } from '../domain/amount.ts';
import { compareDecimals, countDigits, type Decimal, parseDecimal } from '../domain/decimal.ts';
import type { AmountBound, Comparison } from '../domain/transaction-record.ts';
import { toDecimal128 } from './decimal128.ts';
import type { RecordDocument } from './documents.ts';

const operators = {
  gte: '$gte',
  lte: '$lte',
  gt: '$gt',
  lt: '$lt',
  eq: '$eq',
  neq: '$ne',
} as const satisfies Record<Comparison, string>;

/**
 * Makes the filter of a bound of the signed amount. A bound may have more digits than an amount: then no amount equals it, and those
 * above and below it are told apart by the amount that comes next to it towards zero.
 */
export function toAmountFilter({ comparison, value }: AmountBound): Filter<RecordDocument> {
  const bound = parseDecimal(value);
  const kept = truncate(bound);
  const beyond = compareDecimals(bound, kept);
  const amount = toDecimal128(kept);
  if (beyond === 0) return { amount: { [operators[comparison]]: amount } };
  if (comparison === 'neq') return {};
  if (comparison === 'eq') return { amount: { $in: [] } };
  const isAbove = comparison === 'gte' || comparison === 'gt';
  if (isAbove) return { amount: beyond > 0 ? { $gt: amount } : { $gte: amount } };
  return { amount: beyond > 0 ? { $lte: amount } : { $lt: amount } };
}

/** Takes the digits off a decimal that an amount has no room for. */
function truncate(decimal: Decimal): Decimal {
  if (countDigits(decimal).significant <= significantDigitsMax) return decimal;
  const digits = String(decimal.coefficient).replace('-', '').length;
  const unit = 10n ** BigInt(digits - significantDigitsMax);
  return { ...decimal, coefficient: decimal.coefficient - (decimal.coefficient % unit) };
}
