import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIndexes } from '../../src/store/indexes.ts';
import { openTestStore, type TestStore } from '../support/database.ts';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

async function readIndexes() {
  const { accounts, customers, records } = test.collections;
  const collections = [accounts, customers, records];
  return await Promise.all(
    collections.map(async (collection) =>
      (await collection.indexes()).sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1)),
    ),
  );
}

describe('the indexes', () => {
  it('all begin with the tenant', async () => {
    const keys = (await readIndexes()).flat().map(({ name, key }) => [name, Object.keys(key)[0]]);
    expect(keys.filter(([name, first]) => first !== 'tenant' && name !== '_id_')).toEqual([]);
  });

  it('are created anew where an older database has others of their names, and left alone elsewhere', async () => {
    const { accounts } = test.collections;
    const before = await readIndexes();
    await accounts.dropIndex('list');
    await accounts.dropIndex('frozen');
    await accounts.dropIndex('currency');
    await accounts.createIndexes([
      { key: { tenant: 1, _id: 1 }, name: 'list' },
      { key: { tenant: 1, frozen: 1, _id: 1 }, name: 'frozen' },
      { key: { currency: 1, tenant: 1, _id: 1, active: 1, frozen: 1 }, name: 'currency' },
      { key: { xpub: 1 }, name: 'of an operator' },
    ]);
    await createIndexes(test.collections);
    await accounts.dropIndex('of an operator');
    expect(await readIndexes()).toEqual(before);
  });

  it('are left alone where they are as they should be', async () => {
    // Each build of an index has a file of its own.
    const readFiles = async () => {
      const { indexDetails } = await test.db.command({ collStats: 'accounts' });
      return Object.entries<{ uri: string }>(indexDetails).map(([name, { uri }]) => [name, uri]);
    };
    const before = await readFiles();
    await createIndexes(test.collections);
    expect(await readFiles()).toEqual(before);
  });
});
