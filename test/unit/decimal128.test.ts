import fc from 'fast-check';
import { Decimal128 } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { formatDecimal, parseDecimal } from '../../src/domain/decimal.ts';
import { fromDecimal128, toDecimal128 } from '../../src/store/decimal128.ts';

const coefficientMax = 10n ** 34n - 1n;
const coefficients = fc.bigInt(-coefficientMax, coefficientMax);

describe('a decimal that MongoDB keeps', () => {
  it('is read as the driver reads it', () => {
    fc.assert(
      fc.property(
        coefficients,
        fc.integer({ min: -6_176, max: 6_111 }),
        (coefficient, exponent) => {
          const kept = Decimal128.fromString(`${coefficient}E${exponent}`);
          expect(fromDecimal128(kept)).toEqual(parseDecimal(kept.toString()));
        },
      ),
    );
  });

  it('is written with every digit, and no zero at the end', () => {
    fc.assert(
      fc.property(coefficients, fc.integer({ min: 0, max: 60 }), (coefficient, scale) => {
        const decimal = { coefficient, scale };
        const kept = toDecimal128(decimal);
        const text = formatDecimal(decimal);
        expect(formatDecimal(fromDecimal128(kept))).toBe(text);
        expect(formatDecimal(parseDecimal(kept.toString()))).toBe(text);
        expect(kept.toString()).not.toMatch(/^-?[1-9]\d*0$|^-?\d*\.\d*0$/);
      }),
    );
  });

  it.each([
    ['0', '0'],
    ['0.00', '0'],
    ['-0.5', '-0.5'],
    ['100', '1E+2'],
    ['9999999999999999999999999999999999', '9999999999999999999999999999999999'],
    [`1${'0'.repeat(60)}`, '1E+60'],
    ['0.000000000000000000000000000001', '1E-30'],
  ])('is, for %s, %s', (text, kept) => {
    const written = toDecimal128(parseDecimal(text));
    expect(written.toString()).toBe(kept);
    expect(Buffer.from(written.bytes)).toEqual(Decimal128.fromString(kept).bytes);
  });

  it.each(['10000000000000000000000000000000001', '1.0000000000000000000000000000000001'])(
    'is never one of more than 34 digits: %s',
    (text) => {
      expect(() => toDecimal128(parseDecimal(text))).toThrow(RangeError);
    },
  );

  it.each(['NaN', 'Infinity', '-Infinity'])('is no decimal where it is %s', (text) => {
    expect(() => fromDecimal128(Decimal128.fromString(text))).toThrow(RangeError);
  });

  it('is read as the driver reads it also in a form that the store does not write', () => {
    const bytes = new Uint8Array(16).fill(0xff, 0, 14);
    const foreign = new Decimal128(bytes);
    expect(formatDecimal(fromDecimal128(foreign))).toBe(
      formatDecimal(parseDecimal(String(foreign))),
    );
  });
});
