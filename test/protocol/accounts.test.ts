import { ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExpectedReason, toRefusalOf } from '../support/clients/expected-refusal.ts';
import { type LedgerClient, protocols } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import {
  createCurrencyName,
  openCustomer,
  openFunded,
  openInactiveCustomer,
} from '../support/clients/stage.ts';
import { createExternalId } from '../support/database.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

/** The least amount there is. */
const least = '0.000000000000000000000000000001';

describe.each(protocols)('an account over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  beforeAll(() => {
    client = openClient(protocol, service);
  });
  afterAll(() => client.close());

  const refusal = (reason: ExpectedReason) => toRefusalOf(protocol, reason);

  /** Reads a customer as it is kept, but for the history that is on its way. */
  const readCustomer = async (externalId: string) =>
    await service.collections.customers.findOne({ externalId }, { projection: { pending: 0 } });

  it('shows all that it was opened with', async () => {
    const externalId = createExternalId();
    const told = {
      currency: 'BTC',
      accountCode: 'AC_1011_B',
      accountNumber: '123456',
      accountingCurrency: 'USD',
      xpub: 'x'.repeat(192),
    };
    const account = await client.createAccount({ ...told, customer: { externalId } });
    expect(account).toEqual({
      ...told,
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      customerId: (await client.getCustomer({ externalId })).id,
      active: true,
      frozen: false,
      balance: { accountBalance: '0', availableBalance: '0' },
    });
    expect(await client.getAccount(account.id)).toEqual(account);
  });

  it('needs no customer', async () => {
    const account = await client.createAccount({ currency: 'DOGE' });
    expect(account).toEqual({
      id: account.id,
      currency: 'DOGE',
      active: true,
      frozen: false,
      balance: { accountBalance: '0', availableBalance: '0' },
      accountingCurrency: 'EUR',
    });
    expect(await client.deactivateAccount(account.id)).toEqual({ ...account, active: false });
    expect(await client.activateAccount(account.id)).toEqual(account);
    const name = createCurrencyName();
    const funded = await client.createVirtualCurrency({ name, supply: '2', basePair: 'EUR' });
    expect(funded).toMatchObject({ balance: { accountBalance: '2', availableBalance: '2' } });
    expect(funded).not.toHaveProperty('customerId');
  });

  it('creates a customer with what is told, accounted in EUR unless told otherwise', async () => {
    const profile = {
      externalId: createExternalId(),
      customerCountry: 'US',
      providerCountry: 'GB',
    };
    await client.createAccount({ currency: 'EUR', customer: profile });
    expect(await client.getCustomer({ externalId: profile.externalId })).toMatchObject({
      ...profile,
      active: true,
      enabled: true,
      accountingCurrency: 'EUR',
    });
    const { customer } = await openCustomer(client, { accountingCurrency: 'SLE' });
    expect(customer.accountingCurrency).toBe('SLE');
  });

  it('updates the customer that exists with what is given, and with nothing else', async () => {
    const { customer, externalId } = await openCustomer(client, {
      accountingCurrency: 'CHF',
      customerCountry: 'CH',
    });
    await client.createAccount({ currency: 'EUR', customer: { externalId } });
    expect(await client.getCustomer({ externalId })).toEqual(customer);
    await client.createAccount({
      currency: 'EUR',
      customer: { externalId, accountingCurrency: 'USD', providerCountry: 'LI' },
    });
    const updated = { ...customer, accountingCurrency: 'USD', providerCountry: 'LI' };
    expect(await client.getCustomer({ externalId })).toEqual(updated);
  });

  it('is accounted in its own currency, else the customer’s, and does not follow the customer', async () => {
    const { account, externalId, ref } = await openCustomer(client, { accountingCurrency: 'USD' });
    expect(account.accountingCurrency).toBe('USD');
    const own = await client.createAccount({
      currency: 'EUR',
      accountingCurrency: 'JPY',
      customer: { externalId },
    });
    expect(own.accountingCurrency).toBe('JPY');
    const told = await client.createAccount({
      currency: 'EUR',
      customer: { externalId, accountingCurrency: 'GBP' },
    });
    expect(told.accountingCurrency).toBe('GBP');
    await client.updateCustomer(ref, { accountingCurrency: 'CHF' });
    expect(await client.getAccount(account.id)).toEqual(account);
    expect(await client.getAccount(told.id)).toEqual(told);
  });

  it('is refused in a virtual currency that does not exist, and no customer comes to be', async () => {
    const externalId = createExternalId();
    const opening = { currency: 'VC_NOPE', customer: { externalId } };
    await expect(client.createAccount(opening)).rejects.toMatchObject(
      refusal('CURRENCY_UNSUPPORTED'),
    );
    expect(await readCustomer(externalId)).toBeNull();
    await expect(client.createAccount({ currency: 'VC_' })).rejects.toMatchObject(
      refusal('CURRENCY_UNSUPPORTED'),
    );
    expect(await client.createAccount({ currency: 'vc_nope' })).toMatchObject({
      currency: 'vc_nope',
    });
  });

  it('leaves the customer untouched when its opening is refused', async () => {
    const news = { accountingCurrency: 'JPY', customerCountry: 'JP', providerCountry: 'JP' };
    const valid = await openCustomer(client);
    const disabled = await openCustomer(client);
    await client.disableCustomer(disabled.ref);
    const inactive = await openInactiveCustomer(client);
    for (const [{ externalId }, currency] of [
      [valid, 'VC_NOPE'],
      [disabled, 'EUR'],
      [inactive, 'EUR'],
    ] as const) {
      const before = await readCustomer(externalId);
      await expect(
        client.createAccount({ currency, customer: { externalId, ...news } }),
      ).rejects.toThrow();
      expect(await readCustomer(externalId)).toEqual(before);
      const customerId = before?._id ?? new ObjectId();
      expect(await service.collections.accounts.countDocuments({ customerId })).toBe(1);
    }
  });

  it('refuses to be activated while it is active, and deactivated while it is inactive', async () => {
    const { account } = await openCustomer(client);
    await expect(client.activateAccount(account.id)).rejects.toMatchObject(
      refusal('ACCOUNT_ACTIVE'),
    );
    await client.deactivateAccount(account.id);
    await expect(client.deactivateAccount(account.id)).rejects.toMatchObject(
      refusal('ACCOUNT_INACTIVE'),
    );
    expect(await client.activateAccount(account.id)).toEqual(account);
  });

  it.each<[string, (id: string) => Promise<unknown>]>([
    ['the least balance', async (id) => await client.revoke({ accountId: id, amount: '1' })],
    ['a blockage', async (id) => await block(id, '1')],
    ['a balance that is all blocked', async (id) => await block(id, `1.${least.slice(2)}`)],
    ['a balance while it is frozen', async (id) => await client.freezeAccount(id)],
  ])('refuses to be deactivated with %s', async (_, arrange) => {
    const { account } = await openFunded(client, `1.${least.slice(2)}`);
    await arrange(account.id);
    await expect(client.deactivateAccount(account.id)).rejects.toMatchObject(
      refusal('ACCOUNT_BALANCE_NOT_ZERO'),
    );
    await empty(account.id);
    await client.deactivateAccount(account.id);
  });

  it('refuses to be deactivated with a blockage and nothing else', async () => {
    const { account } = await openCustomer(client);
    const blockage = await block(account.id, least);
    await expect(client.deactivateAccount(account.id)).rejects.toMatchObject(
      refusal('ACCOUNT_BALANCE_NOT_ZERO'),
    );
    await client.releaseBlockage(blockage.id);
    await client.deactivateAccount(account.id);
  });

  it('is not empty by the 0 that a disabled customer’s account shows', async () => {
    const { account, ref } = await openFunded(client, '1');
    await client.disableCustomer(ref);
    const shown = await client.getAccount(account.id);
    expect(shown.balance).toEqual({ accountBalance: '1', availableBalance: '0' });
    await expect(client.deactivateAccount(account.id)).rejects.toMatchObject(
      refusal('ACCOUNT_BALANCE_NOT_ZERO'),
    );
    await client.enableCustomer(ref);
    await empty(account.id);
    await client.disableCustomer(ref);
    await client.deactivateAccount(account.id);
    // Being disabled stops openings and payments; it does not stop an account from being activated.
    expect(await client.activateAccount(account.id)).toMatchObject({ active: true });
  });

  const block = async (accountId: string, amount: string) =>
    await client.createBlockage(accountId, { amount, type: 'test' });

  /** Takes all that is on an account, whatever stands in the way of it. */
  async function empty(accountId: string): Promise<void> {
    const { frozen } = await client.getAccount(accountId);
    if (frozen) await client.unfreezeAccount(accountId);
    await client.releaseAllBlockages(accountId);
    const { balance } = await client.getAccount(accountId);
    await client.revoke({ accountId, amount: balance.accountBalance });
  }
});
