import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { object, optional, parseShape } from '../../src/rest/field.ts';
import { boolean, integerText, oneOf, text } from '../../src/rest/scalar-field.ts';

const letters = new Set(['A', 'B']);

describe('a shape', () => {
  const shape = {
    name: text(1, 3),
    letter: optional(oneOf(letters)),
    flag: optional(boolean),
    inner: optional(object({ name: text(2, 2), letter: optional(oneOf(letters)) })),
  };

  it('takes what it knows and nothing else', () => {
    const source = { name: 'abc', letter: 'A', flag: false, inner: { name: 'ab', x: 1 }, x: 1 };
    expect(parseShape(source, shape)).toEqual({
      value: { name: 'abc', letter: 'A', flag: false, inner: { name: 'ab' } },
      violations: [],
    });
  });

  it('takes null and undefined for absent, so that a value is never undefined', () => {
    const { value, violations } = parseShape(
      { name: 'a', letter: null, flag: undefined, inner: null },
      shape,
    );
    expect(violations).toEqual([]);
    expect(Object.keys(value)).toEqual(['name']);
  });

  it('misses what is required', () => {
    for (const source of [{}, { name: null }]) {
      const { violations } = parseShape(source, shape);
      expect(violations).toMatchObject([
        { property: 'name', constraints: { isNotEmpty: 'name should not be empty' } },
      ]);
    }
  });

  it('does not take what a source inherits', () => {
    const source = Object.create({ name: 'abc' }) as Record<string, unknown>;
    expect(parseShape(source, shape).violations).toEqual([
      { target: {}, property: 'name', constraints: { isNotEmpty: 'name should not be empty' } },
    ]);
    const polluted = JSON.parse('{"__proto__":{"name":"abc"}}') as Record<string, unknown>;
    expect(parseShape(polluted, shape).violations).toHaveLength(1);
    expect(parseShape({ name: 'a' }, { constructor: optional(text(1, 1)) }).value).toEqual({});
  });

  it('gathers what is wrong, in the order of the shape, with paths and the object around', () => {
    const inner = { name: 'abc', letter: 'C' };
    const source = { inner, flag: 'no', name: '', other: 'secret' };
    const { violations } = parseShape(source, shape);
    expect(violations).toEqual([
      {
        target: { name: '', flag: 'no', inner },
        value: '',
        property: 'name',
        constraints: {
          isLength:
            'name must be longer than or equal to 1 and shorter than or equal to 3 characters',
        },
      },
      {
        target: { name: '', flag: 'no', inner },
        value: 'no',
        property: 'flag',
        constraints: { isBoolean: 'flag must be a boolean value' },
      },
      {
        target: inner,
        value: 'abc',
        property: 'inner.name',
        constraints: {
          isLength:
            'inner.name must be longer than or equal to 2 and shorter than or equal to 2 characters',
        },
      },
      {
        target: inner,
        value: 'C',
        property: 'inner.letter',
        constraints: { isIn: 'inner.letter must be one of the following values: A, B' },
      },
    ]);
    expect(JSON.stringify(violations)).not.toContain('secret');
  });

  it('repeats no more than a part of what is long', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 300, maxLength: 3_000, unit: 'binary' }), (long) => {
        for (const value of [long, [long], { long }]) {
          const { violations } = parseShape({ letter: value }, { letter: oneOf(letters) });
          const json = JSON.stringify(violations);
          expect(json.isWellFormed()).toBe(true);
          // A character can take six in JSON, and the value is told twice.
          expect(json.length).toBeLessThan(2 * 6 * 201 + 300);
        }
      }),
    );
  });
});

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

  it('of an object is no list and no text', () => {
    for (const value of [[], 'a', 1, true, null]) {
      expect(object({}).parse(value, 'x')).toEqual({
        broken: { isObject: 'x must be an object' },
      });
    }
  });
});
