import { Decimal128, Long, MaxKey, MinKey, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountSortKey } from '../../src/domain/account.ts';
import { isLedgerError } from '../../src/domain/ledger-error.ts';
import type { Page } from '../../src/domain/page.ts';
import { type SortKey, toPage } from '../../src/store/page-token.ts';
import { createCall, openTestStore, type TestStore, tenant } from '../support/database.ts';
import { createAccountRows, createRecordRows } from '../support/ledger-rows.ts';
import { createRandom } from '../support/random.ts';

let test: TestStore;

beforeAll(async () => {
  test = await openTestStore();
  const random = createRandom(3);
  for (const each of [tenant, 'another']) {
    await test.collections.accounts.insertMany(createAccountRows(random, each, 40));
    await test.collections.records.insertMany(createRecordRows(random, each, 40));
  }
});
afterAll(() => test.close());

/** What a forger may put in the place of a key: the kinds that lists are ordered by, and others. */
const keys: readonly unknown[] = [
  undefined,
  null,
  '',
  'Z',
  '$tenant',
  'x'.repeat(250),
  new Date(0),
  new Date(1e15),
  new Date(Number.NaN),
  ...['0', '-1', '5', '9'.repeat(34), '1E6111', '-1E-6176', 'NaN', 'Infinity', '-Infinity'].map(
    (text) => Decimal128.fromString(text),
  ),
  0,
  Number.NaN,
  Long.MAX_VALUE,
  true,
  /./,
  { $gt: '' },
  ['a', 'b'],
  new ObjectId(),
  new MinKey(),
  new MaxKey(),
  Buffer.from('bytes'),
];

const ids = ['0'.repeat(24), 'f'.repeat(24), '7'.repeat(24)].map((id) => new ObjectId(id));

/** Makes tokens of places that no row has, as the ledger makes its own: their checksum is no secret. */
function forge(list: string, filter: object): string[] {
  const identity = { tenant, list, filter };
  const page = { size: 1, token: '' };
  return keys.flatMap((key) =>
    ids.map((_id) => {
      const rows = [{ _id }, { _id }];
      const keyOf = () => key as SortKey;
      return toPage(identity, page, rows, (row) => row, keyOf).nextToken;
    }),
  );
}

/** Counts the forged tokens that are taken; the others are refused, and nothing is answered that is not of the list. */
async function countTaken<T>(
  tokens: readonly string[],
  list: (page: Page) => Promise<{ readonly items: readonly T[] }>,
): Promise<number> {
  const all = (await list({ size: 100, offset: 0 })).items;
  const answers = await Promise.all(
    tokens.map(async (token) => {
      try {
        return (await list({ size: 100, token })).items;
      } catch (error) {
        if (!isLedgerError(error, 'PAGE_TOKEN_INVALID')) throw error;
        return undefined;
      }
    }),
  );
  const taken = answers.filter((items) => items !== undefined);
  for (const item of taken.flat()) expect(all).toContainEqual(item);
  return taken.length;
}

describe('a forged page token', () => {
  const lists = (['id', 'accountNumber', 'accountBalance', 'availableBalance'] as const).flatMap(
    (by: AccountSortKey) =>
      [true, false].flatMap((descending) =>
        [{}, { onlyNonZeroBalance: true }, { frozen: true }].map((filter) => ({
          filter,
          order: { by, descending },
        })),
      ),
  );
  const fields = {
    id: '',
    accountNumber: ' accountNumber',
    accountBalance: ' balance',
    availableBalance: ' available',
  };

  it.each(lists)('is refused, or leads into its own list of accounts: %j', async (list) => {
    const { filter, order } = list;
    const name = `accounts${fields[order.by]}${order.descending ? ' descending' : ''}`;
    const taken = await countTaken(forge(name, filter), (page) =>
      test.store.accounts.list(createCall(), filter, page, order),
    );
    // Only the kinds of keys that the list has are taken.
    expect(taken).toBeGreaterThanOrEqual(ids.length);
    expect(taken).toBeLessThanOrEqual(6 * ids.length);
  });

  it.each([{}, { from: new Date(0) }, { currencies: ['EUR', 'BTC'] }])(
    'is refused, or leads into its own list of records: %j',
    async (filter) => {
      const taken = await countTaken(forge('records', filter), (page) =>
        test.store.transactions.list(createCall(), filter, page),
      );
      expect(taken).toBeGreaterThanOrEqual(ids.length);
      expect(taken).toBeLessThanOrEqual(3 * ids.length);
    },
  );
});
