import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDecimals,
  compareDecimals,
  countDigits,
  type Decimal,
  formatDecimal,
  isZero,
  negateDecimal,
  parseDecimal,
  subtractDecimals,
} from '../../src/domain/decimal.ts';

/** More decimal places than any balance has. */
const places = 80;

/** Reads a decimal by its digits alone, as a whole number of 10^-80. */
function toUnits(text: string): bigint {
  const [, sign, whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  const units = BigInt(whole + fraction.padEnd(places, '0'));
  return sign === '-' ? -units : units;
}

/** Decimals as a database or a caller may write them: signs, leading and trailing zeros, a bare point. */
const plain = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    fc.stringMatching(/^\d{1,40}$/),
    fc.option(fc.stringMatching(/^\d{0,40}$/), { nil: undefined }),
  )
  .map(([sign, whole, fraction]) => ({ sign, whole, fraction }));

function write({
  sign,
  whole,
  fraction,
}: {
  sign: string;
  whole: string;
  fraction?: string | undefined;
}) {
  return sign + whole + (fraction === undefined ? '' : `.${fraction}`);
}

const canonical = /^(?:0|-?(?:[1-9]\d*|(?:0|[1-9]\d*)\.\d*[1-9]))$/;

describe('a decimal', () => {
  it('is written canonically, without losing a digit', () => {
    fc.assert(
      fc.property(plain, ({ sign, whole, fraction }) => {
        const text = formatDecimal(parseDecimal(write({ sign, whole, fraction })));
        expect(text).toMatch(canonical);
        const digits = `${sign.replace('+', '')}${whole}.${fraction || '0'}`;
        expect(toUnits(text)).toBe(toUnits(digits));
      }),
    );
  });

  it('is the same when it is read again', () => {
    fc.assert(
      fc.property(plain, (parts) => {
        const text = formatDecimal(parseDecimal(write(parts)));
        expect(formatDecimal(parseDecimal(text))).toBe(text);
      }),
    );
  });

  it('is subtracted exactly', () => {
    fc.assert(
      fc.property(plain, plain, (a, b) => {
        const [x, y] = [parseDecimal(write(a)), parseDecimal(write(b))];
        const difference = formatDecimal(subtractDecimals(x, y));
        expect(difference).toMatch(canonical);
        expect(toUnits(difference)).toBe(toUnits(formatDecimal(x)) - toUnits(formatDecimal(y)));
        expect(isZero(subtractDecimals(x, x))).toBe(true);
      }),
    );
  });

  it('is added exactly, in any order, and its negative takes it away again', () => {
    fc.assert(
      fc.property(plain, plain, (a, b) => {
        const [x, y] = [parseDecimal(write(a)), parseDecimal(write(b))];
        const sum = formatDecimal(addDecimals(x, y));
        expect(sum).toMatch(canonical);
        expect(toUnits(sum)).toBe(toUnits(formatDecimal(x)) + toUnits(formatDecimal(y)));
        expect(formatDecimal(addDecimals(y, x))).toBe(sum);
        expect(formatDecimal(addDecimals(addDecimals(x, y), negateDecimal(y)))).toBe(
          formatDecimal(x),
        );
      }),
    );
  });

  it('is compared by its value', () => {
    fc.assert(
      fc.property(plain, plain, fc.nat(5), (a, b, zeros) => {
        const [x, y] = [parseDecimal(write(a)), parseDecimal(write(b))];
        const difference = toUnits(formatDecimal(x)) - toUnits(formatDecimal(y));
        expect(Math.sign(compareDecimals(x, y))).toBe(
          Number(difference > 0n) - Number(difference < 0n),
        );
        const scaled = {
          coefficient: x.coefficient * 10n ** BigInt(zeros),
          scale: x.scale + zeros,
        };
        expect(compareDecimals(x, scaled)).toBe(0);
      }),
    );
  });

  it('has as many digits as are between its first and its last that are not zero', () => {
    const digits = fc.stringMatching(/^[1-9](?:\d{0,38}[1-9])?$/);
    fc.assert(
      fc.property(digits, fc.integer({ min: -60, max: 60 }), (text, exponent) => {
        const decimal = parseDecimal(`-${text}e${exponent}`);
        expect(countDigits(decimal)).toEqual({
          significant: text.length,
          fraction: Math.max(0, -exponent),
        });
      }),
    );
    expect(countDigits(parseDecimal('0.000'))).toEqual({ significant: 0, fraction: 0 });
  });

  it('may have an exponent, which moves the point', () => {
    fc.assert(
      fc.property(plain, fc.integer({ min: -40, max: 40 }), (parts, exponent) => {
        const moved = parseDecimal(`${write(parts)}e${exponent}`);
        const back = parseDecimal(`${formatDecimal(moved)}E${-exponent}`);
        expect(formatDecimal(back)).toBe(formatDecimal(parseDecimal(write(parts))));
      }),
    );
  });

  it.each([
    ['0', '0'],
    ['-0', '0'],
    ['0E+3', '0'],
    ['0.00', '0'],
    ['00012.500', '12.5'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['-.5', '-0.5'],
    ['1E+3', '1000'],
    ['1.5E-2', '0.015'],
    ['1E-6176', `0.${'0'.repeat(6175)}1`],
    ['9.999999999999999999999999999999999E+6144', `${'9'.repeat(34)}${'0'.repeat(6111)}`],
  ])('written %s is %s', (text, expected) => {
    expect(formatDecimal(parseDecimal(text))).toBe(expected);
  });

  it.each([
    '',
    '.',
    '-',
    '+.',
    'NaN',
    'Infinity',
    '1,5',
    '0x1',
    '1e',
    '1e1.5',
    ' 1',
    '1\n',
    '1_0',
    '١',
  ])('is not what is written %j', (text) => {
    expect(() => parseDecimal(text)).toThrow(RangeError);
  });

  it('is zero by its value, whatever its scale', () => {
    for (const text of ['0', '-0.000', '0E-20']) expect(isZero(parseDecimal(text))).toBe(true);
    for (const text of ['0.0001', '-1', '1E-30']) expect(isZero(parseDecimal(text))).toBe(false);
    const scaled: Decimal = { coefficient: 0n, scale: 7 };
    expect(formatDecimal(scaled)).toBe('0');
  });
});
