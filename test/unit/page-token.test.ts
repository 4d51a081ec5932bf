import fc from 'fast-check';
import { ObjectId } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { coercePageSize } from '../../src/domain/page.ts';
import { positionOf, toPage } from '../../src/store/page-token.ts';

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

describe('a page size', () => {
  it('is 25 for 0, and at most 100', () => {
    expect([0, 1, 25, 99, 100, 101, 2 ** 31 - 1].map(coercePageSize)).toEqual([
      25, 1, 25, 99, 100, 100, 100,
    ]);
  });
});
