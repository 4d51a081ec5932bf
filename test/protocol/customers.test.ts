import { ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExpectedReason, toRefusalOf } from '../support/clients/expected-refusal.ts';
import { type LedgerClient, protocols } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import {
  openCustomer,
  openFunded,
  openInactiveCustomer,
  readPages,
} from '../support/clients/stage.ts';
import { createExternalId } from '../support/database.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

describe.each(protocols)('a customer over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  beforeAll(() => {
    client = openClient(protocol, service);
  });
  afterAll(() => client.close());

  const refusal = (reason: ExpectedReason) => toRefusalOf(protocol, reason);

  it('lives from its first account to being inactive, and back', async () => {
    const externalId = createExternalId();
    const account = await client.createAccount({
      currency: 'BTC',
      customer: { externalId, customerCountry: 'DE' },
    });
    const customer = {
      id: account.customerId,
      externalId,
      active: true,
      enabled: true,
      accountingCurrency: 'EUR',
      customerCountry: 'DE',
    };
    const ref = { id: account.customerId ?? '' };
    expect(await client.getCustomer(ref)).toEqual(customer);
    expect(await client.getCustomer({ externalId })).toEqual(customer);
    const pages = await readPages((page) => client.listCustomers(page), 50);
    expect(pages.flat()).toContainEqual(customer);

    const updated = { ...customer, providerCountry: 'AT' };
    expect(await client.updateCustomer(ref, { providerCountry: 'AT' })).toEqual(updated);

    await expect(client.deactivateCustomer(ref)).rejects.toMatchObject(
      refusal('CUSTOMER_HAS_ACTIVE_ACCOUNTS'),
    );
    expect(await client.deactivateAccount(account.id)).toEqual({ ...account, active: false });
    expect(await client.deactivateCustomer(ref)).toEqual({ ...updated, active: false });
    expect(await client.getCustomer(ref)).toEqual({ ...updated, active: false });

    expect(await client.activateCustomer(ref)).toEqual(updated);
    expect(await client.activateAccount(account.id)).toEqual(account);
    expect(await client.getCustomer({ externalId })).toEqual(updated);
  });

  it('does nothing while it is inactive', async () => {
    const { ref, externalId, account } = await openInactiveCustomer(client);
    const opening = { currency: 'EUR', customer: { externalId } };
    await expect(client.createAccount(opening)).rejects.toMatchObject(
      refusal('ACCOUNT_OPENING_CUSTOMER_INACTIVE'),
    );
    await expect(client.activateAccount(account.id)).rejects.toMatchObject(
      refusal('ACCOUNT_CUSTOMER_INACTIVE'),
    );
    await expect(client.enableCustomer(ref)).rejects.toMatchObject(refusal('CUSTOMER_INACTIVE'));
    await expect(client.disableCustomer(ref)).rejects.toMatchObject(refusal('CUSTOMER_INACTIVE'));
    await expect(client.deactivateCustomer(ref)).rejects.toMatchObject(
      refusal('CUSTOMER_INACTIVE'),
    );
  });

  it('refuses to be activated while it is active', async () => {
    const { ref } = await openCustomer(client);
    await expect(client.activateCustomer(ref)).rejects.toMatchObject(refusal('CUSTOMER_ACTIVE'));
  });

  it('refuses to be enabled while it is enabled, and disabled while it is disabled', async () => {
    const { ref, customer } = await openCustomer(client);
    await expect(client.enableCustomer(ref)).rejects.toMatchObject(refusal('CUSTOMER_ENABLED'));
    expect(await client.disableCustomer(ref)).toEqual({ ...customer, enabled: false });
    await expect(client.disableCustomer(ref)).rejects.toMatchObject(refusal('CUSTOMER_DISABLED'));
    expect(await client.enableCustomer(ref)).toEqual(customer);
    await expect(client.enableCustomer(ref)).rejects.toMatchObject(refusal('CUSTOMER_ENABLED'));
  });

  it('keeps being disabled through being inactive', async () => {
    const { ref, customer, account } = await openCustomer(client);
    await client.disableCustomer(ref);
    await client.deactivateAccount(account.id);
    const inactive = { ...customer, active: false, enabled: false };
    expect(await client.deactivateCustomer(ref)).toEqual(inactive);
    await expect(client.enableCustomer(ref)).rejects.toMatchObject(refusal('CUSTOMER_INACTIVE'));
    expect(await client.activateCustomer(ref)).toEqual({ ...inactive, active: true });
    expect(await client.enableCustomer(ref)).toEqual(customer);
  });

  it('refuses to be deactivated as long as one of its accounts is active', async () => {
    const { ref, account, externalId } = await openCustomer(client);
    const second = await client.createAccount({ currency: 'BTC', customer: { externalId } });
    await client.deactivateAccount(account.id);
    await expect(client.deactivateCustomer(ref)).rejects.toMatchObject(
      refusal('CUSTOMER_HAS_ACTIVE_ACCOUNTS'),
    );
    await client.deactivateAccount(second.id);
    await client.activateAccount(account.id);
    await expect(client.deactivateCustomer(ref)).rejects.toMatchObject(
      refusal('CUSTOMER_HAS_ACTIVE_ACCOUNTS'),
    );
    await client.deactivateAccount(account.id);
    await client.deactivateCustomer(ref);
  });

  it('opens no account while it is disabled', async () => {
    const { ref, externalId } = await openCustomer(client);
    await client.disableCustomer(ref);
    const opening = { currency: 'EUR', customer: { externalId } };
    await expect(client.createAccount(opening)).rejects.toMatchObject(
      refusal('ACCOUNT_OPENING_CUSTOMER_DISABLED'),
    );
    await client.enableCustomer(ref);
    expect(await client.createAccount(opening)).toMatchObject({ customerId: ref.id });
  });

  it('shows no available balance while it is disabled, and exactly what it was when enabled', async () => {
    const supply = '1234567890.000000000000000000000012';
    const { ref, account, externalId } = await openFunded(client, supply);
    const opening = { currency: account.currency, customer: { externalId } };
    const frozen = await client.createAccount(opening);
    const blocked = await client.createAccount(opening);
    await client.mint({ accountId: frozen.id, amount: '7' });
    await client.freezeAccount(frozen.id);
    await client.mint({ accountId: blocked.id, amount: '0.5' });
    await client.createBlockage(blocked.id, { amount: '0.75', type: 'test' });
    const ids = [account.id, frozen.id, blocked.id];
    const before = await Promise.all(ids.map(client.getAccount));
    expect(before).toMatchObject([
      { balance: { availableBalance: supply } },
      { frozen: true, balance: { accountBalance: '7', availableBalance: '0' } },
      { balance: { accountBalance: '0.5', availableBalance: '-0.25' } },
    ]);

    await client.disableCustomer(ref);
    const disabled = before.map((each) => ({
      ...each,
      balance: { ...each.balance, availableBalance: '0' },
    }));
    expect(await Promise.all(ids.map(client.getAccount))).toEqual(disabled);
    const list = await client.listAccounts({ size: 50 }, { customerId: ref.id });
    expect(list.items).toEqual(disabled);
    expect(await readMoney(account.id)).toEqual({ balance: supply, blocked: '0' });

    await client.enableCustomer(ref);
    expect(await Promise.all(ids.map(client.getAccount))).toEqual(before);
  });

  async function readMoney(id: string) {
    const document = await service.collections.accounts.findOne({ _id: new ObjectId(id) });
    return { balance: String(document?.balance), blocked: String(document?.blocked) };
  }
});
