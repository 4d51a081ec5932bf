import fc from 'fast-check';
import { Decimal128 } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { compareDecimals, parseDecimal } from '../../src/domain/decimal.ts';
import { type Comparison, comparisons } from '../../src/domain/transaction-record.ts';
import { toAmountFilter } from '../../src/store/amount-bound.ts';
import { fromDecimal128, toDecimal128 } from '../../src/store/decimal128.ts';

/** Does what the database does with the filter of an amount. */
function passes(filter: object, amount: string): boolean {
  const [condition] = Object.values(filter);
  if (condition === undefined) return true;
  const [operator, value] = Object.entries(condition as object)[0] as [string, unknown];
  if (operator === '$in') return (value as unknown[]).length > 0;
  const compared = compareDecimals(parseDecimal(amount), fromDecimal128(value as Decimal128));
  return keeps(compared, operator.slice(1).replace('ne', 'neq') as Comparison);
}

function keeps(compared: number, comparison: Comparison): boolean {
  const holds = {
    gte: compared >= 0,
    lte: compared <= 0,
    gt: compared > 0,
    lt: compared < 0,
    eq: compared === 0,
    neq: compared !== 0,
  };
  return holds[comparison];
}

/** Decimals as callers write them, up to so many digits. */
const written = (digitsMax: number) =>
  fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.string({ unit: fc.constantFrom(...'0129'), minLength: 1, maxLength: digitsMax }),
      fc.nat(digitsMax),
    )
    .map(([sign, digits, point]) => `${sign}${digits.slice(0, point)}.${digits.slice(point)}`)
    .map((text) => text.replace(/\.$/, ''));

describe('a bound of an amount', () => {
  it('keeps exactly the amounts that it says, also when it has more digits than an amount', () => {
    fc.assert(
      fc.property(
        written(36),
        written(34),
        fc.nat(36),
        fc.constantFrom(...comparisons),
        (value, other, digits, comparison) => {
          // Amounts beside the bound are where it is decided.
          const beside = value.replace('-', '').length > 34 ? value.slice(0, digits) : value;
          for (const amount of [other, beside].filter((text) => /\d/.test(text))) {
            const compared = compareDecimals(parseDecimal(amount), parseDecimal(value));
            const filter = toAmountFilter({ comparison, value });
            expect(passes(filter, amount)).toBe(keeps(compared, comparison));
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['gte', `1.${'9'.repeat(35)}`, '$gt', `1.${'9'.repeat(33)}`],
    ['lte', `1.${'9'.repeat(35)}`, '$lte', `1.${'9'.repeat(33)}`],
    ['gt', `-1.${'9'.repeat(35)}`, '$gte', `-1.${'9'.repeat(33)}`],
    ['lt', `-1.${'9'.repeat(35)}`, '$lt', `-1.${'9'.repeat(33)}`],
    ['gte', `${'1'.repeat(36)}`, '$gt', `${'1'.repeat(34)}00`],
    ['eq', '-0', '$eq', '0'],
  ] as const)('is told by the amount next to it: %s %s', (comparison, value, operator, amount) => {
    const kept = toDecimal128(parseDecimal(amount));
    expect(toAmountFilter({ comparison, value })).toEqual({ amount: { [operator]: kept } });
    expect(kept).toBeInstanceOf(Decimal128);
  });
});
