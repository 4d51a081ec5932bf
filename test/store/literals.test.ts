import { ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disabling } from '../../src/domain/customer.ts';
import { createCall, openTestStore, type TestStore } from '../support/database.ts';
import { readHistory } from '../support/history.ts';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

/** Texts that MongoDB reads as something else where they are taken for an expression, an operator or a path. */
const texts = [
  '$',
  '$active',
  '$$NOW',
  '$$REMOVE',
  '$$ROOT',
  '$literal',
  '{"$literal":1}',
  '{"$gt":""}',
  '.',
  'a.b',
  'pending.0',
  '__proto__',
  'constructor',
  'toString',
  '\u0000',
  'a\u0000b',
  '\uFFFF',
  'ä\u0308',
  '𝒳'.repeat(100),
  '"\\\r\n\t',
  '507f1f77bcf86cd799439011',
];

describe('a text of a caller', () => {
  it.each(texts)('is kept as it is in a customer, and found by it: %j', async (text) => {
    const { accounts, customers } = test.store;
    const call = createCall({ actor: text });
    const account = await accounts.open(call, { currency: 'EUR', customer: { externalId: text } });
    const id = account.customerId as string;
    expect(await customers.get(call, { externalId: text })).toMatchObject({ id, externalId: text });
    const [item] = (await accounts.list(call, { customerExternalId: text }, { size: 2, token: '' }))
      .items;
    expect(item?.id).toBe(account.id);

    const renamed = `${text.slice(0, 98)}$.`;
    await customers.update(call, { externalId: text }, { externalId: renamed });
    await customers.transition(call, { externalId: renamed }, disabling);
    const _id = new ObjectId(id);
    expect(await test.collections.customers.findOne({ _id })).toMatchObject({
      externalId: renamed,
      enabled: false,
      version: 3,
    });
    const history = await readHistory(test.collections, 'customer', _id);
    expect(history).toMatchObject([
      { verb: 'CREATE', actor: text, after: { externalId: text } },
      { verb: 'UPDATE', actor: text, before: { externalId: text }, after: { externalId: renamed } },
      { verb: 'DISABLE', actor: text, before: { externalId: renamed } },
    ]);
  });

  it.each(texts)('is kept as it is in an account, and found by it: %j', async (text) => {
    const { accounts } = test.store;
    const told = { currency: `${text}X`, accountCode: text, accountNumber: text, xpub: text };
    const account = await accounts.open(createCall(), told);
    expect(account).toMatchObject(told);
    const filters = [{ currency: told.currency }, { accountCode: text }];
    for (const filter of filters) {
      const { items } = await accounts.list(createCall(), filter, { size: 2, token: '' });
      expect(items.map(({ id }) => id)).toEqual([account.id]);
    }
    const [entry] = await readHistory(test.collections, 'account', new ObjectId(account.id));
    const { xpub: _, ...shown } = told;
    expect(entry).toMatchObject({ verb: 'CREATE', after: shown });
  });
});
