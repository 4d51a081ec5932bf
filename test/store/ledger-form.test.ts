import { type Document, ObjectId } from 'mongodb';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { createCall, openTestStore, silent, type TestStore } from '../support/database.ts';
import { openWithCustomer } from '../support/mutations.ts';

let test: TestStore;
beforeEach(async () => {
  test = await openTestStore();
  const { customerId: id } = await openWithCustomer(test.store);
  // Reading the history relays it.
  await test.store.changes.listOfCustomer(createCall(), { id }, {}, { size: 1, offset: 0 });
});
afterEach(() => test.close());

/** Opens the store of a ledger as a service that is started does. */
async function open(): Promise<void> {
  const store = await openStore({ uri: inject('mongodbUri'), name: test.db.databaseName }, silent);
  await store.close();
}

it('is opened as it was left', async () => {
  await open();
});

it('is refused with a history of an earlier form', async () => {
  const entry: Document = {
    _id: { resource: new ObjectId(), version: 1 },
    kind: 'customer',
    version: 1,
  };
  await test.db.collection('changes').insertOne(entry);
  await expect(open()).rejects.toThrow(/written by an earlier version/);
});

it('is refused with customers of an earlier form', async () => {
  await test.collections.customers.updateMany({}, { $unset: { requestMarks: 1 } });
  await expect(open()).rejects.toThrow(/written by an earlier version/);
});
