import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disabling } from '../../src/domain/customer.ts';
import {
  createCall,
  createExternalId,
  openTestStore,
  type TestStore,
} from '../support/database.ts';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

describe('a customer', () => {
  it('comes to be when an account is opened for it', async () => {
    const externalId = createExternalId();
    const account = await test.store.accounts.open(createCall(), {
      currency: 'EUR',
      customer: { externalId },
    });
    const customer = await test.store.customers.get(createCall(), { externalId });
    expect(customer).toMatchObject({
      id: account.customerId,
      externalId,
      active: true,
      enabled: true,
      openAccounts: 1,
      version: 1,
    });
    await test.store.customers.transition(createCall(), { externalId }, disabling);
    await expect(
      test.store.accounts.open(createCall(), { currency: 'EUR', customer: { externalId } }),
    ).rejects.toMatchObject({ reason: 'ACCOUNT_OPENING_CUSTOMER_DISABLED' });
  });
});
