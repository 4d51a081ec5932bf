import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyFromHeaders, keyPattern } from '../../src/domain/api-key.ts';
import { parseRequestId } from '../../src/domain/request-id.ts';
import { tenantPattern } from '../../src/domain/tenant.ts';

describe('a key', () => {
  it.each([
    ['a', undefined, 'a'],
    [undefined, 'Bearer b', 'b'],
    [null, 'bearer   b', 'b'],
    ['a', 'Bearer b', 'a'],
    ['', 'Bearer b', 'b'],
    ['', undefined, undefined],
    [undefined, undefined, undefined],
    [undefined, 'Basic b', undefined],
    [undefined, 'b', undefined],
    [undefined, 'Bearer', undefined],
    [undefined, 'XBearer b', undefined],
  ])('of x-api-key %j and authorization %j is %j', (apiKey, authorization, key) => {
    expect(keyFromHeaders(apiKey, authorization)).toBe(key);
  });

  it('is 16 to 200 visible ASCII characters', () => {
    expect(['x'.repeat(16), '~!'.repeat(100)].every((key) => keyPattern.test(key))).toBe(true);
    const wrong = [
      'x'.repeat(15),
      'x'.repeat(201),
      `${'x'.repeat(16)}\n`,
      'ä'.repeat(16),
      'a b'.repeat(9),
    ];
    expect(wrong.filter((key) => keyPattern.test(key))).toEqual([]);
  });
});

describe('the name of a tenant', () => {
  it('begins with a letter and has letters, digits and hyphens', () => {
    expect(['a', 'default', 'a-1', 'a'.repeat(63)].every((name) => tenantPattern.test(name))).toBe(
      true,
    );
    const wrong = ['', '1a', '-a', 'A', 'a_b', 'a b', 'a'.repeat(64), 'a\n', 'ä'];
    expect(wrong.filter((name) => tenantPattern.test(name))).toEqual([]);
  });
});

describe('a request id', () => {
  it('is the caller’s when it can be put into a header and a log as it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\x21-\x7e]{1,128}$/), (id) => {
        expect(parseRequestId(id)).toBe(id);
      }),
    );
  });

  it.each(['', ' ', 'a b', 'a\n', 'ä', '\u007f', 'x'.repeat(129), undefined, null, 5, ['a']])(
    'is a random one instead of %j',
    (given) => {
      const id = parseRequestId(given);
      expect(id).toMatch(/^[0-9a-f-]{36}$/);
      expect(parseRequestId(given)).not.toBe(id);
    },
  );
});
