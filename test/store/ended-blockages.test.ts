import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountDeactivation } from '../../src/domain/account.ts';
import { createCall, openTestStore, type TestStore } from '../support/database.ts';
import { createFunds, type Funds } from '../support/funds.ts';

let test: TestStore;
let funds: Funds;
beforeAll(async () => {
  test = await openTestStore();
  funds = await createFunds(test.store);
});
afterAll(() => test.close());

describe('a blockage that was released does not exist', () => {
  it.each([
    { name: 'active', isClosed: false },
    { name: 'inactive by then', isClosed: true },
  ])('to release, settle or read it, its account $name', async ({ isClosed }) => {
    const { accounts, blockages } = test.store;
    const { id: accountId } = await funds.open();
    const { id } = await blockages.create(createCall(), accountId, { amount: '1', type: 'test' });
    await blockages.release(createCall(), id);
    if (isClosed) await accounts.transition(createCall(), accountId, accountDeactivation);
    const missing = { reason: 'BLOCKAGE_NOT_FOUND', metadata: { blockageId: id } };
    await expect(blockages.release(createCall(), id)).rejects.toMatchObject(missing);
    await expect(blockages.get(createCall(), id)).rejects.toMatchObject(missing);
    for (const recipientAccountId of [funds.issuer, accountId]) {
      const payment = { recipientAccountId, amount: '1' };
      await expect(blockages.settle(createCall(), id, payment)).rejects.toMatchObject(missing);
      await expect(
        blockages.settle(createCall(), id, { ...payment, amount: '0' }),
      ).rejects.toMatchObject({ reason: 'AMOUNT_FORMAT' });
    }
  });
});
