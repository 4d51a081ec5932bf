import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  array,
  excludedBy,
  object,
  optional,
  optionalBeside,
  optionalWith,
  parseShape,
} from '../../src/rest/field.ts';
import { refuseInvalid } from '../../src/rest/refusal.ts';
import { boolean, oneOf, text } from '../../src/rest/scalar-field.ts';

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

describe('an object', () => {
  it('is no list and no text', () => {
    for (const value of [[], 'a', 1, true, null]) {
      expect(object({}).parse(value, 'x')).toEqual({
        broken: { isObject: 'x must be an object' },
      });
    }
  });
});

describe('a list', () => {
  const texts = array(text(2, 2), 1, 3);
  const objects = array(object({ name: text(2, 2), flag: optional(boolean) }), 0, 2);

  it('is an array of so many elements', () => {
    expect(texts.parse(['ab', 'cd'], 'x')).toEqual({ value: ['ab', 'cd'] });
    expect(objects.parse([], 'x')).toEqual({ value: [] });
    for (const value of ['ab', { 0: 'ab', length: 1 }, null, 1]) {
      expect(texts.parse(value, 'x')).toEqual({ broken: { isArray: 'x must be an array' } });
    }
    const arrayMinSize = 'x must contain at least 1 elements';
    expect(texts.parse([], 'x')).toEqual({ broken: { arrayMinSize } });
    const arrayMaxSize = 'x must contain no more than 3 elements';
    expect(texts.parse(Array(4).fill('ab'), 'x')).toEqual({ broken: { arrayMaxSize } });
  });

  it('tells of each element what is wrong with it, and where', () => {
    const list = ['ab', 'a', null];
    const isLength =
      'x.1 must be longer than or equal to 2 and shorter than or equal to 2 characters';
    expect(texts.parse(list, 'x')).toEqual({
      violations: [
        { target: list, value: 'a', property: 'x.1', constraints: { isLength } },
        {
          target: list,
          value: null,
          property: 'x.2',
          constraints: { isString: 'x.2 must be a string' },
        },
      ],
    });
    expect(objects.parse([{ name: 'ab' }, { flag: 1, other: 1 }], 'x')).toEqual({
      violations: [
        {
          target: { flag: 1 },
          value: undefined,
          property: 'x.1.name',
          constraints: { isNotEmpty: 'x.1.name should not be empty' },
        },
        {
          target: { flag: 1 },
          value: 1,
          property: 'x.1.flag',
          constraints: { isBoolean: 'x.1.flag must be a boolean value' },
        },
      ],
    });
    expect(objects.parse([[]], 'x')).toMatchObject({
      violations: [{ property: 'x.0', constraints: { isObject: 'x.0 must be an object' } }],
    });
  });

  it('with much that is wrong is told with 100 entries', () => {
    const long = array(object({ name: text(2, 2), flag: boolean }), 0, 100);
    const { violations } = parseShape({ x: Array(100).fill({}) }, { x: long });
    expect(violations).toHaveLength(200);
    const { data } = refuseInvalid(violations).answer.body as { data: object[] };
    expect(data).toHaveLength(100);
    expect(data).toMatchObject(
      [{ property: 'x.0.name' }, { property: 'x.0.flag' }, {}].concat(Array(97).fill({})),
    );
  });
});

describe('a field beside another', () => {
  const shape = {
    size: optionalBeside(text(1, 1), 'count', 'true'),
    count: optional(text(1, 5)),
    page: optional(text(1, 1)),
    offset: excludedBy(text(1, 1), 'page'),
    name: optionalWith(text(1, 1), 'size'),
  };
  const rulesOf = (source: Record<string, unknown>) =>
    parseShape(source, shape).violations.map(({ property, constraints }) => [
      property,
      constraints,
    ]);

  it('may be absent where the other one has the value that exempts it', () => {
    const missing = ['size', { isNotEmpty: 'size should not be empty' }];
    for (const count of [undefined, null, 'false', '', ['true']]) {
      expect(rulesOf({ count, size: null })).toContainEqual(missing);
      expect(rulesOf({ count, size: '1' })).not.toContainEqual(missing);
    }
    expect(rulesOf({ count: 'true', name: 'a' })).toEqual([]);
    expect(parseShape({ count: 'true', size: '1' }, shape).value).toEqual({
      count: 'true',
      size: '1',
    });
    expect(rulesOf({ count: 'true', size: '12' })).toMatchObject([['size', {}]]);
  });

  it('may be absent where the other one is given', () => {
    const missing = ['name', { isNotEmpty: 'name should not be empty' }];
    for (const source of [{}, { size: null }, { name: null }]) {
      expect(rulesOf({ count: 'true', ...source })).toEqual([missing]);
    }
    for (const source of [{ size: '1' }, { name: 'a' }, { size: '1', name: 'a' }]) {
      expect(rulesOf({ count: 'true', ...source })).toEqual([]);
    }
    expect(rulesOf({ size: 'too long' })).toMatchObject([['size', {}]]);
    expect(rulesOf({ size: '1', name: 'too long' })).toMatchObject([['name', {}]]);
  });

  it('must be absent where the other one is given', () => {
    const excluded = ['offset', { isEmpty: 'offset must be empty' }];
    expect(rulesOf({ size: '1', page: '0', offset: '0' })).toEqual([excluded]);
    expect(rulesOf({ size: '1', page: '', offset: 'too long' })).toContainEqual(excluded);
    for (const source of [{ page: '0' }, { offset: '0' }, { page: null, offset: '0' }]) {
      expect(rulesOf({ size: '1', ...source })).toEqual([]);
    }
  });
});
