import { Decimal128, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountDeactivation } from '../../src/domain/account.ts';
import { type CustomerProfile, deactivation, disabling } from '../../src/domain/customer.ts';
import {
  createCall,
  createExternalId,
  openTestStore,
  type TestStore,
} from '../support/database.ts';
import { readHistory } from '../support/history.ts';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

const open = async (customer: CustomerProfile) =>
  await test.store.accounts.open(createCall(), { currency: 'EUR', customer });

describe('an opening', () => {
  it('writes the customer, the account and both histories at once', async () => {
    const externalId = createExternalId();
    const account = await open({ externalId, customerCountry: 'DE' });
    const customerId = new ObjectId(account.customerId);
    const after = { externalId, active: true, enabled: true, accountingCurrency: 'EUR' };
    expect(await readHistory(test.collections, 'customer', customerId)).toEqual([
      {
        version: 1,
        verb: 'CREATE',
        actor: 'key_test',
        time: expect.any(Date),
        before: null,
        after: { ...after, customerCountry: 'DE' },
      },
    ]);
    expect(await readHistory(test.collections, 'account', new ObjectId(account.id))).toEqual([
      {
        version: 1,
        verb: 'CREATE',
        actor: 'key_test',
        time: expect.any(Date),
        before: null,
        after: {
          customerId,
          currency: 'EUR',
          active: true,
          frozen: false,
          blocked: Decimal128.fromString('0'),
          accountingCurrency: 'EUR',
        },
      },
    ]);
  });

  it('leaves the version and the times of a customer that it tells nothing new of', async () => {
    const externalId = createExternalId();
    await open({ externalId, customerCountry: 'DE', accountingCurrency: 'USD' });
    const before = await test.store.customers.get(createCall(), { externalId });
    await open({ externalId });
    await open({ externalId, customerCountry: 'DE' });
    await open({ externalId, accountingCurrency: 'USD' });
    expect(await test.store.customers.get(createCall(), { externalId })).toEqual({
      ...before,
      openAccounts: 4,
    });
    expect(await readHistory(test.collections, 'customer', new ObjectId(before.id))).toHaveLength(
      1,
    );
  });

  it('is one change with one entry where it tells something new', async () => {
    const externalId = createExternalId();
    const { customerId = '' } = await open({ externalId, customerCountry: 'DE' });
    await open({
      externalId,
      customerCountry: 'DE',
      providerCountry: 'FR',
      accountingCurrency: 'USD',
    });
    expect(await test.store.customers.get(createCall(), { externalId })).toMatchObject({
      version: 2,
      openAccounts: 2,
      customerCountry: 'DE',
      providerCountry: 'FR',
      accountingCurrency: 'USD',
    });
    const [, entry] = await readHistory(test.collections, 'customer', new ObjectId(customerId));
    expect(entry).toMatchObject({ version: 2, verb: 'UPDATE', actor: 'key_test' });
    expect(entry?.before).toEqual({
      ...entry?.after,
      accountingCurrency: 'EUR',
      providerCountry: undefined,
    });
  });

  it('leaves no customer behind when it is refused', async () => {
    const externalId = createExternalId();
    const opening = { currency: 'VC_NONE', customer: { externalId } };
    await expect(test.store.accounts.open(createCall(), opening)).rejects.toMatchObject({
      reason: 'CURRENCY_UNSUPPORTED',
    });
    expect(await test.collections.customers.findOne({ externalId })).toBeNull();
  });

  it('has not touched the customer when it is refused', async () => {
    const externalId = createExternalId();
    const { id, customerId } = await open({ externalId });
    const _id = new ObjectId(customerId);
    const news = { externalId, customerCountry: 'FR' };
    const read = () => test.collections.customers.findOne({ _id }, { projection: { pending: 0 } });
    const refused = async (opening: object, reason: string) => {
      const before = await read();
      await expect(
        test.store.accounts.open(createCall(), { currency: 'EUR', customer: news, ...opening }),
      ).rejects.toMatchObject({ reason });
      expect(await read()).toEqual(before);
    };
    await refused({ currency: 'VC_NONE' }, 'CURRENCY_UNSUPPORTED');
    await test.store.customers.transition(createCall(), { externalId }, disabling);
    await refused({}, 'ACCOUNT_OPENING_CUSTOMER_DISABLED');
    await test.store.accounts.transition(createCall(), id, accountDeactivation);
    await test.store.customers.transition(createCall(), { externalId }, deactivation);
    await refused({}, 'ACCOUNT_OPENING_CUSTOMER_INACTIVE');
    expect(await test.collections.accounts.countDocuments({ customerId: _id })).toBe(1);
  });
});
