import { type ApiError, TatumApi } from '@tatumio/api-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCall, createExternalId } from '../support/database.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

/** What the SDK throws of a refusal: the status, and the body that the service answered. */
async function refusalOf(call: PromiseLike<unknown>) {
  const error = await call.then(
    () => expect.unreachable('the call was not refused'),
    (thrown: ApiError) => thrown,
  );
  return { status: error.status, body: error.body };
}

describe('the official SDK, with only its base URL set', () => {
  it('does the whole life of a customer', async () => {
    const { customer, account } = TatumApi(service.key, service.address).ledger;
    const { virtualCurrencies } = service.store;
    const creation = { name: 'VC_OF_SDK', supply: '1', basePair: 'EUR' };
    await virtualCurrencies.create(createCall(), creation);
    const externalId = createExternalId();
    const opened = await account.createAccount({
      currency: creation.name,
      customer: { externalId, accountingCurrency: 'USD', customerCountry: 'US' },
      compliant: false,
      accountCode: 'AC_1011_B',
      accountNumber: '123456',
    });
    expect(opened).toMatchObject({
      currency: creation.name,
      active: true,
      frozen: false,
      accountingCurrency: 'USD',
      balance: { accountBalance: '0', availableBalance: '0' },
    });
    const id = opened.customerId ?? '';
    const shown = {
      id,
      externalId,
      active: true,
      enabled: true,
      accountingCurrency: 'USD',
      customerCountry: 'US',
    };
    expect(await customer.getCustomerByExternalOrInternalId(externalId)).toEqual(shown);
    expect(await customer.getCustomerByExternalOrInternalId(id)).toEqual(shown);
    expect(await customer.findAllCustomers(50)).toEqual([shown]);
    expect(await customer.findAllCustomers(50, 1)).toEqual([]);

    const renamed = { externalId: createExternalId(), providerCountry: 'DE' } as const;
    expect(await customer.updateCustomer(id, renamed)).toEqual({ ...shown, ...renamed });

    const money = { accountId: opened.id, amount: '1.5' };
    await virtualCurrencies.mint(createCall(), money);
    expect(await customer.disableCustomer(id)).toBeUndefined();
    expect(await account.getAccountByAccountId(opened.id)).toMatchObject({
      balance: { accountBalance: '1.5', availableBalance: '0' },
    });
    expect(await customer.enableCustomer(id)).toBeUndefined();
    expect(await account.getAccountsByCustomerId(50, id)).toEqual([
      { ...opened, balance: { accountBalance: '1.5', availableBalance: '1.5' } },
    ]);

    expect(await refusalOf(customer.deactivateCustomer(id))).toMatchObject({ status: 403 });
    await virtualCurrencies.revoke(createCall(), money);
    expect(await account.deactivateAccount(opened.id)).toBeUndefined();
    expect(await account.getAccountsByCustomerId(50, id)).toEqual([]);
    expect(await customer.deactivateCustomer(id)).toBeUndefined();
    expect(await customer.getCustomerByExternalOrInternalId(id)).toMatchObject({ active: false });
    expect(await customer.activateCustomer(id)).toBeUndefined();
    expect(await account.activateAccount(opened.id)).toBeUndefined();
    expect(await account.getAccountByAccountId(opened.id)).toEqual(opened);
  });

  it('throws a refusal with the body of the contract', async () => {
    const { customer } = TatumApi(service.key, service.address).ledger;
    const unknown = 'f'.repeat(24);
    expect(await refusalOf(customer.activateCustomer(unknown))).toEqual({
      status: 403,
      body: {
        statusCode: 403,
        errorCode: 'customer.internal.not.exists',
        message: 'No such customer.',
      },
    });
    expect(await refusalOf(customer.getCustomerByExternalOrInternalId('nobody'))).toEqual({
      status: 403,
      body: {
        statusCode: 403,
        errorCode: 'customer.not.exists',
        message: 'No customer with given external ID nobody exists.',
      },
    });
    expect(await refusalOf(customer.findAllCustomers(51))).toMatchObject({
      status: 400,
      body: { errorCode: 'validation.failed', data: [{ property: 'pageSize' }] },
    });
  });

  it('may have a base URL that ends with a slash', async () => {
    const { customer } = TatumApi(service.key, `${service.address}/`).ledger;
    expect(await customer.findAllCustomers(10)).toEqual(expect.any(Array));
  });

  it('is told that its key is unknown', async () => {
    const { customer } = TatumApi('unknown', service.address).ledger;
    expect(await refusalOf(customer.findAllCustomers(10))).toMatchObject({
      status: 401,
      body: { errorCode: 'subscription.invalid' },
    });
  });
});
