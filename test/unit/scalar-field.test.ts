import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amountPattern } from '../../src/domain/amount.ts';
import {
  boolean,
  booleanText,
  decimalText,
  integer,
  integerText,
  number,
  oneOf,
  text,
} from '../../src/rest/scalar-field.ts';

const letters = new Set(['A', 'B']);

describe('a field', () => {
  const isBroken = (field: ReturnType<typeof text>, value: unknown) =>
    'broken' in field.parse(value, 'x');

  it('of text counts code points', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12 }), (value) => {
        const { length } = Array.from(value);
        expect(isBroken(text(3, 6), value)).toBe(length < 3 || length > 6);
      }),
    );
  });

  it('of text is no half of a surrogate pair, and nothing that is no text', () => {
    for (const value of ['\ud800', 'a\udc00', 5, true, {}, [], ['a']]) {
      expect(text(1, 5).parse(value, 'x')).toEqual({ broken: { isString: 'x must be a string' } });
    }
  });

  it('of one of many takes no inherited name', () => {
    for (const value of ['', 'a', 'AB', 'constructor', 'size']) {
      expect(isBroken(oneOf(letters), value)).toBe(true);
    }
  });

  it('of a number reads the digits of a query and holds its bounds', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000, max: 1_000 }), (number) => {
        const outcome = integerText(-5, 50).parse(String(number), 'x');
        if (number < -5) expect(outcome).toEqual({ broken: { min: 'x must not be less than -5' } });
        else if (number > 50) {
          expect(outcome).toEqual({ broken: { max: 'x must not be greater than 50' } });
        } else expect(outcome).toEqual({ value: number });
      }),
    );
  });

  it('of a number may be as small and as large as its bounds', () => {
    for (const number of [-5, 50]) {
      expect(integerText(-5, 50).parse(String(number), 'x')).toEqual({ value: number });
    }
  });

  it.each(['', ' ', '1 ', '1.0', '1e1', '0x1', 'NaN', '--1', '٣', '9'.repeat(16), ['1'], 1, null])(
    'of a number is not %j',
    (value) => {
      expect(integerText(0, 50).parse(value, 'x')).toEqual({
        broken: { isInt: 'x must be an integer number' },
      });
    },
  );

  it('of a whole number of a body is a number, and no text of one', () => {
    for (const value of [0, 5, -0, 1e1])
      expect(integer(0, 10).parse(value, 'x')).toEqual({ value });
    for (const value of ['5', 1.5, true, null, [5], Number.POSITIVE_INFINITY]) {
      expect(integer(0, 10).parse(value, 'x')).toEqual({
        broken: { isInt: 'x must be an integer number' },
      });
    }
    expect(integer(0, 10).parse(-1, 'x')).toEqual({
      broken: { min: 'x must not be less than 0' },
    });
    expect(integer(0, 10).parse(1e300, 'x')).toEqual({
      broken: { max: 'x must not be greater than 10' },
    });
  });

  it('of a number is finite', () => {
    for (const value of [0, 1.5, 1e300]) expect(number(0).parse(value, 'x')).toEqual({ value });
    for (const value of ['1', JSON.parse('1e999'), true, null, {}]) {
      expect(number(0).parse(value, 'x')).toEqual({
        broken: { isNumber: 'x must be a number conforming to the specified constraints' },
      });
    }
    expect(number(0).parse(-0.1, 'x')).toEqual({ broken: { min: 'x must not be less than 0' } });
  });

  it('of a boolean is one, in a query its text', () => {
    const broken = { isBoolean: 'x must be a boolean value' };
    for (const value of [true, false]) {
      expect(boolean.parse(value, 'x')).toEqual({ value });
      expect(booleanText.parse(String(value), 'x')).toEqual({ value });
      expect(boolean.parse(String(value), 'x')).toEqual({ broken });
      expect(booleanText.parse(value, 'x')).toEqual({ broken });
    }
    for (const value of ['', 'True', '1', ['true']]) {
      expect(booleanText.parse(value, 'x')).toEqual({ broken });
    }
  });

  it('of a text with a pattern tells each rule that is broken', () => {
    const word = text(2, 3, /^\w+$/);
    expect(word.parse('ab', 'x')).toEqual({ value: 'ab' });
    const isLength =
      'x must be longer than or equal to 2 and shorter than or equal to 3 characters';
    const matches = 'x must match /^\\w+$/ regular expression';
    expect(word.parse('abcd', 'x')).toEqual({ broken: { isLength } });
    expect(word.parse('a-b', 'x')).toEqual({ broken: { matches } });
    expect(word.parse('', 'x')).toEqual({ broken: { isLength, matches } });
  });

  it('of an amount is a decimal without exponent and minus, up to 38 characters', () => {
    const amount = decimalText(amountPattern);
    for (const value of ['0', '1.', '.5', '+1.50', '00', '9'.repeat(38)]) {
      expect(amount.parse(value, 'x')).toEqual({ value });
    }
    const matches = `x must match ${amountPattern} regular expression`;
    for (const value of ['', '.', '-1', '1e3', '1,5', ' 1', '1\n', '0x1', '++1', 'NaN', '٣']) {
      expect(amount.parse(value, 'x')).toEqual({ broken: { matches } });
    }
    const maxLength = 'x must be shorter than or equal to 38 characters';
    expect(amount.parse('9'.repeat(39), 'x')).toEqual({ broken: { maxLength } });
    expect(amount.parse('x'.repeat(39), 'x')).toEqual({ broken: { maxLength, matches } });
    // Lengths count code points.
    expect(amount.parse('😀'.repeat(38), 'x')).toEqual({ broken: { matches } });
    expect(amount.parse(1, 'x')).toEqual({ broken: { isString: 'x must be a string' } });
  });
});
