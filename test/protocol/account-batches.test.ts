import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LedgerClient, protocols } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { expectRefused } from '../support/clients/refused.ts';
import { createCurrencyName, openCustomer } from '../support/clients/stage.ts';
import { createExternalId } from '../support/database.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  // A hundred openings are three hundred writes and reads, one after the other.
  service = await startTestService({ requestTimeoutMs: 20_000 });
});
afterAll(() => service.close());

describe.each(protocols)('several accounts over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  beforeAll(() => {
    client = openClient(protocol, service);
  });
  afterAll(() => client.close());

  it('are opened in their order, for customers that exist, are made on the way, or are none', async () => {
    const known = await openCustomer(client);
    const externalId = createExternalId();
    const accounts = await client.createAccounts([
      { currency: 'EUR', customer: { externalId, customerCountry: 'DE' }, accountCode: 'first' },
      { currency: 'BTC', customer: { externalId: known.externalId, providerCountry: 'AT' } },
      { currency: 'DOGE', accountNumber: 'nobody’s' },
      { currency: 'ETH', customer: { externalId, accountingCurrency: 'CHF' }, xpub: 'xpub' },
    ]);
    const customer = await client.getCustomer({ externalId });
    expect(accounts).toMatchObject([
      { currency: 'EUR', customerId: customer.id, accountCode: 'first', accountingCurrency: 'EUR' },
      { currency: 'BTC', customerId: known.customer.id },
      { currency: 'DOGE', accountNumber: 'nobody’s' },
      { currency: 'ETH', customerId: customer.id, xpub: 'xpub', accountingCurrency: 'CHF' },
    ]);
    expect(accounts[2]).not.toHaveProperty('customerId');
    for (const account of accounts) expect(await client.getAccount(account.id)).toEqual(account);
    expect(customer).toMatchObject({ customerCountry: 'DE', accountingCurrency: 'CHF' });
    expect(await client.getCustomer(known.ref)).toMatchObject({ providerCountry: 'AT' });
    for (const { id } of [accounts[0], accounts[3]].flatMap((account) => account ?? [])) {
      await client.deactivateAccount(id);
    }
    // Both were counted, so that none is left.
    await client.deactivateCustomer({ id: customer.id });
  });

  it('are opened all or none, and the first that is refused is told', async () => {
    const disabled = await openCustomer(client);
    await client.disableCustomer(disabled.ref);
    const other = await openCustomer(client);
    const externalId = createExternalId();
    const news = { customerCountry: 'JP' };
    const openings = [
      { currency: 'EUR', customer: { externalId, ...news } },
      { currency: 'EUR', customer: { externalId: other.externalId, ...news } },
      { currency: 'EUR', customer: { externalId: disabled.externalId, ...news } },
      { currency: createCurrencyName() },
    ];
    const stage = { collections: service.collections, client, opened: [disabled, other] };
    const call = () => client.createAccounts(openings);
    const refusal = await expectRefused(stage, call, 'ACCOUNT_OPENING_CUSTOMER_DISABLED');
    if (protocol !== 'rest') expect(refusal.metadata).toMatchObject({ index: '2' });
    expect(await service.collections.customers.findOne({ externalId })).toBeNull();
    const unsupported = () => client.createAccounts(openings.toReversed());
    await expectRefused(stage, unsupported, 'CURRENCY_UNSUPPORTED');
  });

  it('are bad input when there are none, or more than a hundred', async () => {
    for (const count of [0, 101]) {
      const openings = Array.from({ length: count }, () => ({ currency: 'EUR' }));
      await expect(client.createAccounts(openings)).rejects.toMatchObject({
        errorCode: 'validation.failed',
        violations: [
          expect.objectContaining({ field: protocol === 'rest' ? 'accounts' : 'requests' }),
        ],
      });
    }
  });
});

describe('several accounts', () => {
  it('can be a hundred, of one customer', async () => {
    const client = openClient('grpc-js', service);
    const externalId = createExternalId();
    const openings = Array.from({ length: 100 }, (_, index) => ({
      currency: 'EUR',
      accountCode: String(index),
      customer: { externalId },
    }));
    const accounts = await client.createAccounts(openings);
    expect(accounts.map(({ accountCode }) => accountCode)).toEqual(
      openings.map(({ accountCode }) => accountCode),
    );
    const { id } = await client.getCustomer({ externalId });
    const listed = await client.listAccounts({ size: 50 }, { customerId: id });
    expect(listed.items).toEqual(accounts.slice(0, 50));
    await client.close();
  });
});
