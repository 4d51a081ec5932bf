import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountActivation, accountDeactivation } from '../../src/domain/account.ts';
import { activation, deactivation, disabling, enabling } from '../../src/domain/customer.ts';
import {
  createCall,
  createExternalId,
  openTestStore,
  type TestStore,
} from '../support/database.ts';

let test: TestStore;
const externalId = createExternalId();
const page = { size: 10, token: '' };
const ours = () => createCall({ tenant: 'ours' });
const theirs = () => createCall({ tenant: 'theirs' });
let foreign: { accountId: string; customerId: string };

beforeAll(async () => {
  test = await openTestStore();
  const opening = { currency: 'EUR', accountCode: 'code', customer: { externalId } };
  const account = await test.store.accounts.open(theirs(), opening);
  foreign = { accountId: account.id, customerId: account.customerId as string };
});
afterAll(() => test.close());

/** What the other tenant sees of its own, which nothing here may change. */
async function lookAsOwner() {
  return {
    customer: await test.store.customers.get(theirs(), { id: foreign.customerId }),
    account: await test.store.accounts.get(theirs(), foreign.accountId),
  };
}

describe("another tenant's customer", () => {
  it.each([
    { by: 'id', ref: () => ({ id: foreign.customerId }) },
    { by: 'external id', ref: () => ({ externalId }) },
  ])('is not found by any verb, looked for by its $by', async ({ ref }) => {
    const before = await lookAsOwner();
    const notFound = { reason: 'CUSTOMER_NOT_FOUND' };
    const { customers } = test.store;
    await expect(customers.get(ours(), ref())).rejects.toMatchObject(notFound);
    await expect(customers.update(ours(), ref(), { customerCountry: 'DE' })).rejects.toMatchObject(
      notFound,
    );
    for (const verb of [activation, deactivation, enabling, disabling]) {
      await expect(customers.transition(ours(), ref(), verb)).rejects.toMatchObject(notFound);
    }
    expect(await lookAsOwner()).toEqual(before);
  });

  it('is not found by a text that may be either id', async () => {
    for (const anyId of [foreign.customerId, externalId]) {
      await expect(test.store.customers.get(ours(), { anyId })).rejects.toMatchObject({
        reason: 'CUSTOMER_NOT_FOUND',
      });
    }
  });

  it('is in no list', async () => {
    for (const filter of [{}, { active: true }, { enabled: true }, { accountingCurrency: 'EUR' }]) {
      expect((await test.store.customers.list(ours(), filter, page)).items).toEqual([]);
      expect((await test.store.customers.list(theirs(), filter, page)).items).toHaveLength(1);
    }
  });

  it('does not hinder one of the same external id', async () => {
    const before = await lookAsOwner();
    const call = createCall({ tenant: 'third' });
    const account = await test.store.accounts.open(call, {
      currency: 'EUR',
      customer: { externalId },
    });
    expect(account.customerId).not.toBe(foreign.customerId);
    await test.store.customers.transition(call, { externalId }, disabling);
    expect(await lookAsOwner()).toEqual(before);
  });
});

describe("another tenant's account", () => {
  it('is not found by any verb', async () => {
    const before = await lookAsOwner();
    const notFound = { reason: 'ACCOUNT_NOT_FOUND' };
    const { accounts } = test.store;
    await expect(accounts.get(ours(), foreign.accountId)).rejects.toMatchObject(notFound);
    for (const verb of [accountActivation, accountDeactivation]) {
      await expect(accounts.transition(ours(), foreign.accountId, verb)).rejects.toMatchObject(
        notFound,
      );
    }
    expect(await lookAsOwner()).toEqual(before);
  });

  it('is in no list', async () => {
    const filters = [
      {},
      { customerId: foreign.customerId },
      { customerExternalId: externalId },
      { active: true },
      { currency: 'EUR' },
      { accountCode: 'code' },
    ];
    for (const filter of filters) {
      expect((await test.store.accounts.list(ours(), filter, page)).items).toEqual([]);
      expect((await test.store.accounts.list(theirs(), filter, page)).items).toHaveLength(1);
    }
  });
});
