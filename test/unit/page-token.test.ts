import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { BSON, Decimal128, ObjectId } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { coercePageSize } from '../../src/domain/page.ts';
import { positionOf, type SortKey, startOf, toPage } from '../../src/store/page-token.ts';

const identity = { tenant: 'default', list: 'customers', filter: { active: true, country: 'DE' } };
const objectId = fc
  .uint8Array({ minLength: 12, maxLength: 12 })
  .map((bytes) => new ObjectId(bytes));

/** Makes the page of so many rows, of which one more than fits was found. */
function createToken(last: ObjectId, of = identity): string {
  const rows = [{ _id: last }, { _id: new ObjectId() }];
  return toPage(of, { size: 1, token: '' }, rows, (row) => row).nextToken;
}

const open = (token: string, of: Parameters<typeof positionOf>[0] = identity) =>
  positionOf(of, { size: 1, token });

describe('a page token', () => {
  it('leads behind the row it was made of', () => {
    fc.assert(
      fc.property(objectId, (last) => {
        const token = createToken(last);
        expect(token).toMatch(/^[\w-]+$/);
        expect(open(token)).toEqual({ filter: { _id: { $gt: last } }, skip: 0 });
      }),
    );
  });

  it('is none for a last page, also for one that is full', () => {
    const rows = [{ _id: new ObjectId() }, { _id: new ObjectId() }];
    for (const size of [2, 3, 100]) {
      const { items, nextToken } = toPage(identity, { size, token: '' }, rows, (row) => row._id);
      expect({ items, nextToken }).toEqual({ items: rows.map(({ _id }) => _id), nextToken: '' });
    }
    expect(toPage(identity, { size: 1, token: '' }, [], (row) => row)).toEqual({
      items: [],
      nextToken: '',
    });
  });

  it('stands for the beginning when it is empty', () => {
    expect(open('')).toEqual({ filter: {}, skip: 0 });
    expect(positionOf(identity, { size: 1, offset: 7 })).toEqual({ filter: {}, skip: 7 });
  });

  it('is one of the same filters in any order, and of nothing else', () => {
    fc.assert(
      fc.property(objectId, (last) => {
        const token = createToken(last);
        const { filter } = identity;
        const same = { ...identity, filter: { country: filter.country, active: filter.active } };
        expect(open(token, same)).toEqual(open(token));
        for (const other of [
          { ...identity, tenant: 'other' },
          { ...identity, list: 'accounts' },
          { ...identity, filter: {} },
          { ...identity, filter: { active: true } },
          { ...identity, filter: { ...filter, active: false } },
          { ...identity, filter: { ...filter, country: 'FR' } },
          { ...identity, filter: { ...filter, enabled: true } },
        ]) {
          expect(() => open(token, other)).toThrow('page token');
        }
      }),
    );
  });

  it('is refused when it was altered anywhere', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    fc.assert(
      fc.property(objectId, fc.nat(31), fc.constantFrom(...alphabet), (last, at, letter) => {
        const token = createToken(last);
        fc.pre(token[at] !== letter);
        expect(() => open(token.slice(0, at) + letter + token.slice(at + 1))).toThrow('page token');
      }),
    );
  });

  it('is no text that somebody made up', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 64, unit: 'binary' }), (text) => {
        expect(() => open(text)).toThrow('page token');
      }),
    );
  });
});

describe('a page token of an order', () => {
  const isKey = (key: unknown): key is SortKey => key !== undefined;
  const decimal = fc
    .tuple(
      fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n }),
      fc.integer({ min: -30, max: 30 }),
    )
    .map(([digits, exponent]) => Decimal128.fromString(`${digits}E${exponent}`));
  const number = fc.string({ maxLength: 50, unit: 'binary' });
  const key = fc.oneof(decimal, number, fc.date({ noInvalidDate: true }), fc.constant(null));

  function createOrderedToken(last: ObjectId, of: SortKey): string {
    const rows = [{ _id: last }, { _id: new ObjectId() }];
    const keyOf = () => of;
    return toPage(identity, { size: 1, token: '' }, rows, (row) => row, keyOf).nextToken;
  }

  it('leads behind the row it was made of, and is no longer than the contract lets it be', () => {
    fc.assert(
      fc.property(objectId, key, (last, of) => {
        const token = createOrderedToken(last, of);
        const start = startOf(identity, { size: 1, token }, isKey);
        expect(start).toEqual({ after: { key: of, _id: last }, skip: 0 });
        expect(token.length).toBeLessThanOrEqual(512);
      }),
    );
    const longest = createOrderedToken(new ObjectId(), '\u{1F600}'.repeat(50));
    expect(longest.length).toBeLessThanOrEqual(512);
    expect(longest.length).toBeGreaterThan(256);
  });

  it('is refused where the key is none of the order, or there is none', () => {
    const isText = (of: unknown): of is string => typeof of === 'string';
    const isNone = (of: unknown): of is undefined => of === undefined;
    const token = createOrderedToken(new ObjectId(), new Date(0));
    expect(() => startOf(identity, { size: 1, token }, isText)).toThrow('page token');
    expect(() => startOf(identity, { size: 1, token }, isNone)).toThrow('page token');
    expect(() => open(token)).toThrow('page token');
    const plain = createToken(new ObjectId());
    expect(() => startOf(identity, { size: 1, token: plain }, isText)).toThrow('page token');
  });

  it('is refused when a bit of it was turned', () => {
    fc.assert(
      fc.property(objectId, key, fc.nat(), (last, of, at) => {
        const bytes = Buffer.from(createOrderedToken(last, of), 'base64url');
        const bit = at % (bytes.length * 8);
        bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
        const token = bytes.toString('base64url');
        expect(() => startOf(identity, { size: 1, token }, isKey)).toThrow('page token');
      }),
    );
  });

  it('is refused when it is longer than the contract lets it be, or what it tells is no key', () => {
    const long = createOrderedToken(new ObjectId(), 'x'.repeat(400));
    expect(() => startOf(identity, { size: 1, token: long }, isKey)).toThrow('page token');

    const id = Buffer.from(new ObjectId().id);
    const { tenant, list, filter } = identity;
    for (const told of [
      Buffer.from('no BSON'),
      BSON.serialize({}),
      BSON.serialize({ key: 1 }).subarray(1),
    ]) {
      // The checksum is no secret.
      const check = createHash('sha256')
        .update(JSON.stringify([tenant, list, Object.entries(filter)]))
        .update(id)
        .update(told)
        .digest()
        .subarray(0, 12);
      const token = Buffer.concat([id, check, told]).toString('base64url');
      expect(() => startOf(identity, { size: 1, token }, isKey)).toThrow('page token');
    }
  });
});

describe('a page size', () => {
  it('is 25 for 0, and at most 100', () => {
    expect([0, 1, 25, 99, 100, 101, 2 ** 31 - 1].map(coercePageSize)).toEqual([
      25, 1, 25, 99, 100, 100, 100,
    ]);
  });
});
