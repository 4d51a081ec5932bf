import fc from 'fast-check';
import { Decimal128 } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { amountLengthMax, amountPattern, canBeKept, parseAmount } from '../../src/domain/amount.ts';
import { formatDecimal, negateDecimal, parseDecimal } from '../../src/domain/decimal.ts';
import { fromDecimal128, toDecimal128 } from '../../src/store/decimal128.ts';
import { fromUnits, isRefusedAmount, isTooWide, toUnits } from '../support/units.ts';

/** Digits with long runs of zeros, so that the limits of digits are reached from all sides. */
const digits = fc
  .array(fc.tuple(fc.constantFrom('0', '0', '1', '5', '9'), fc.integer({ min: 1, max: 12 })), {
    maxLength: 5,
  })
  .map((runs) => runs.map(([digit, length]) => digit.repeat(length)).join(''));

/** Every text that may stand for an amount on the wire. */
const amounts = fc
  .tuple(fc.constantFrom('', '+'), digits, fc.constantFrom('', '.'), digits)
  .map(([sign, whole, point, fraction]) => `${sign}${whole}${point}${point && fraction}`)
  .filter((text) => amountPattern.test(text) && text.length <= amountLengthMax);

describe('an amount', () => {
  it('is taken with every digit, or refused, exactly as the contract says', () => {
    let refused = 0;
    fc.assert(
      fc.property(amounts, (text) => {
        if (isRefusedAmount(toUnits(text))) {
          refused += 1;
          expect(() => parseAmount(text)).toThrowError(
            expect.objectContaining({ reason: 'AMOUNT_FORMAT', metadata: { amount: text } }),
          );
        } else {
          expect(formatDecimal(parseAmount(text))).toBe(fromUnits(toUnits(text)));
        }
      }),
      { numRuns: 2_000 },
    );
    expect(refused).toBeGreaterThan(50);
    expect(refused).toBeLessThan(1_950);
  });

  it.each([
    ['9999999999999999999999999999999999', '9999999999999999999999999999999999'],
    ['99999999999999999999999999999999990000', '99999999999999999999999999999999990000'],
    ['0.000000000000000000000000000001', '0.000000000000000000000000000001'],
    ['+.5', '0.5'],
    ['5.', '5'],
    ['0001.5000000000000000000000000000000', '1.5'],
  ])('may be %s, which is %s', (text, canonical) => {
    expect(formatDecimal(parseAmount(text))).toBe(canonical);
  });

  it.each([
    '0',
    '+0.0',
    '99999999999999999999999999999999999',
    '1000000000000000000.0000000000000001',
    '0.0000000000000000000000000000001',
  ])('may not be %s', (text) => {
    expect(() => parseAmount(text)).toThrowError(
      expect.objectContaining({ reason: 'AMOUNT_FORMAT' }),
    );
  });
});

describe('a balance', () => {
  const balances = fc
    .tuple(fc.boolean(), digits, digits)
    .map(([isNegative, whole, fraction]) => ({ isNegative, text: `0${whole}.${fraction}` }))
    .map(({ isNegative, text }) => (isNegative ? `-${text}` : text));

  it('is kept by MongoDB with every digit, or cannot be kept', () => {
    fc.assert(
      fc.property(balances, (text) => {
        const balance = parseDecimal(text);
        expect(canBeKept(balance)).toBe(!isTooWide(parseUnits(text)));
        if (!canBeKept(balance)) {
          expect(() => toDecimal128(balance)).toThrow();
          return;
        }
        const kept = toDecimal128(balance);
        expect(formatDecimal(fromDecimal128(kept))).toBe(formatDecimal(balance));
        // As it comes back from the database.
        expect(fromDecimal128(new Decimal128(kept.bytes))).toEqual(fromDecimal128(kept));
        // Equal balances are equal to the server's filters too: there is one way to write each.
        const zeros = { coefficient: balance.coefficient * 1_000n, scale: balance.scale + 3 };
        expect(toDecimal128(zeros).toString()).toBe(kept.toString());
        expect(canBeKept(negateDecimal(balance))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Reads a decimal of any number of places by its digits, for counting them. */
function parseUnits(text: string): bigint {
  return BigInt(text.replace('.', ''));
}
