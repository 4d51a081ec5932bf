import { Decimal128, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBusyLedger } from '../support/busy-ledger.ts';
import { createCall, openTestStore, type TestStore } from '../support/database.ts';
import { readHistory } from '../support/history.ts';
import { payAll } from '../support/pay.ts';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

/** Opens an account for a customer of its own that holds the supply of a virtual currency, and another one to pay. */
async function openPair() {
  const { issuer, loose, customerId } = await makeBusyLedger(test.store, `t${new ObjectId()}`);
  const account = await test.collections.accounts.findOne({ _id: new ObjectId(issuer) });
  return { issuer, loose, customerId, call: () => createCall({ tenant: account?.tenant ?? '' }) };
}

describe('the customer of a sender', () => {
  it('counts each payment of a batch, and each revocation', async () => {
    const { issuer, loose, customerId, call } = await openPair();
    const filter = { _id: new ObjectId(customerId) };
    const before = await test.collections.customers.findOne(filter);
    const payment = { recipientAccountId: loose, amount: '1' };
    await test.store.blockages.releaseAll(call(), issuer);
    await payAll(test.store, call(), issuer, [payment, payment, payment]);
    await test.store.virtualCurrencies.revoke(call(), { accountId: issuer, amount: '1' });
    const after = await test.collections.customers.findOne(filter);
    expect((after?.spends ?? 0) - (before?.spends ?? 0)).toBe(4);
  });
});

describe('a change of what is blocked', () => {
  it('is told in the history with the fields that the history shows, and no other', async () => {
    const { issuer, call } = await openPair();
    await test.store.blockages.releaseAll(call(), issuer);
    await test.store.blockages.create(call(), issuer, { amount: '4', type: 'test' });
    const history = await readHistory(test.collections, 'account', new ObjectId(issuer));
    const [released, blocked] = history.slice(-2);
    expect(released).toMatchObject({ verb: 'RELEASE_ALL' });
    expect(blocked).toMatchObject({ verb: 'BLOCK', before: released?.after });
    expect(blocked?.after).toEqual({ ...released?.after, blocked: Decimal128.fromString('4') });
  });
});
