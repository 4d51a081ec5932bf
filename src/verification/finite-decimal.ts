import { Decimal128 } from 'mongodb';
import type { Decimal } from '../domain/decimal.ts';
import { fromDecimal128 } from '../store/decimal128.ts';

/** How MongoDB writes a Decimal128 that is neither infinite nor no number. */
const finite = /^-?[\d.]+(?:E[+-]?\d+)?$/;

/** Reads a finite Decimal128; undefined for whatever else a document may hold. */
export function readFinite(value: unknown): Decimal | undefined {
  if (!(value instanceof Decimal128) || !finite.test(value.toString())) return undefined;
  return fromDecimal128(value);
}
