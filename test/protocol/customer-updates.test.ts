import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toRefusalOf } from '../support/clients/expected-refusal.ts';
import { type LedgerClient, protocols, rpcProtocols } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { openCustomer, openInactiveCustomer } from '../support/clients/stage.ts';
import { createExternalId } from '../support/database.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const countries = { customerCountry: 'DE', providerCountry: 'AT' };

describe.each(protocols)('an update over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  beforeAll(() => {
    client = openClient(protocol, service);
  });
  afterAll(() => client.close());

  it('sets every field that a customer can be told', async () => {
    const { ref, customer } = await openCustomer(client);
    const fields = { externalId: createExternalId(), accountingCurrency: 'USD', ...countries };
    expect(await client.updateCustomer(ref, fields)).toEqual({ ...customer, ...fields });
    expect(await client.getCustomer(ref)).toEqual({ ...customer, ...fields });
  });

  it('leaves the fields that are not given', async () => {
    const { ref, customer } = await openCustomer(client, { accountingCurrency: 'CHF' });
    let expected = customer;
    for (const field of [
      { customerCountry: 'FR' },
      { providerCountry: 'AQ' },
      { accountingCurrency: 'JPY' },
      { externalId: createExternalId() },
    ]) {
      expected = { ...expected, ...field };
      expect(await client.updateCustomer(ref, field)).toEqual(expected);
    }
    expect(await client.getCustomer(ref)).toEqual(expected);
  });

  it('is found by its new external id, and its old one is free again', async () => {
    const { ref, externalId } = await openCustomer(client);
    const renamed = createExternalId();
    await client.updateCustomer({ externalId }, { externalId: renamed });
    expect(await client.getCustomer({ externalId: renamed })).toMatchObject(ref);
    const account = await client.createAccount({ currency: 'EUR', customer: { externalId } });
    expect(account.customerId).not.toBe(ref.id);
  });

  it('is taken while the customer is disabled, and while it is inactive', async () => {
    const { ref, account } = await openCustomer(client);
    await client.disableCustomer(ref);
    expect(await client.updateCustomer(ref, { customerCountry: 'ES' })).toMatchObject({
      enabled: false,
      customerCountry: 'ES',
    });
    await client.deactivateAccount(account.id);
    await client.deactivateCustomer(ref);
    expect(await client.updateCustomer(ref, { customerCountry: 'PT' })).toMatchObject({
      active: false,
      enabled: false,
      customerCountry: 'PT',
    });
    const inactive = await openInactiveCustomer(client);
    expect(await client.updateCustomer(inactive.ref, { customerCountry: 'IE' })).toEqual({
      ...inactive.customer,
      active: false,
      customerCountry: 'IE',
    });
  });

  it('refuses the external id of another customer, and takes its own', async () => {
    const { ref, customer, externalId } = await openCustomer(client);
    const other = await openCustomer(client);
    await expect(
      client.updateCustomer(ref, { externalId: other.externalId, customerCountry: 'DE' }),
    ).rejects.toMatchObject(
      toRefusalOf(protocol, 'CUSTOMER_EXTERNAL_ID_TAKEN', { externalId: other.externalId }),
    );
    expect(await client.getCustomer(ref)).toEqual(customer);
    expect(await client.updateCustomer(ref, { externalId })).toEqual(customer);
  });
});

describe.each(rpcProtocols)('an update mask over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  beforeAll(() => {
    client = openClient(protocol, service);
  });
  afterAll(() => client.close());

  const invalid = (field: string) => ({
    code: 'INVALID_ARGUMENT',
    reason: 'ARGUMENT_INVALID',
    errorCode: 'validation.failed',
    violations: [expect.objectContaining({ field })],
  });

  it('clears a country that it names and the profile leaves empty', async () => {
    const { ref, customer } = await openCustomer(client, countries);
    const { customerCountry: _, ...rest } = customer;
    expect(await client.updateCustomer(ref, {}, ['customer_country'])).toEqual(rest);
    expect(await client.getCustomer(ref)).toEqual(rest);
    const { providerCountry: __, ...bare } = rest;
    expect(await client.updateCustomer(ref, {}, ['provider_country'])).toEqual(bare);
    // REST leaves out what is not set, and would show what was only emptied.
    expect(await openClient('rest', service).getCustomer(ref)).toEqual(bare);
  });

  it('sets what it names and nothing else of the profile', async () => {
    const { ref, customer } = await openCustomer(client, countries);
    const profile = {
      externalId: createExternalId(),
      customerCountry: 'FR',
      providerCountry: 'IT',
    };
    expect(await client.updateCustomer(ref, profile, ['provider_country'])).toEqual({
      ...customer,
      providerCountry: 'IT',
    });
  });

  it('names all fields by *, so that an empty country is cleared', async () => {
    const { ref, customer } = await openCustomer(client, countries);
    const profile = { externalId: createExternalId(), accountingCurrency: 'USD' };
    const { customerCountry: _, providerCountry: __, ...rest } = customer;
    expect(await client.updateCustomer(ref, profile, ['*'])).toEqual({ ...rest, ...profile });
  });

  it.each([
    ['external_id', ['external_id'], { customerCountry: 'FR' }],
    ['accounting_currency', ['accounting_currency', 'customer_country'], { customerCountry: 'FR' }],
    ['external_id', ['*'], { accountingCurrency: 'USD' }],
  ])('refuses to clear the %s by %j', async (field, mask, profile) => {
    const { ref, customer } = await openCustomer(client, countries);
    await expect(client.updateCustomer(ref, profile, mask)).rejects.toMatchObject(
      invalid(`profile.${field}`),
    );
    expect(await client.getCustomer(ref)).toEqual(customer);
  });

  it.each(['active', 'enabled', 'id', 'profile.customer_country', 'nope'])(
    'refuses to name %s, which is no field of a profile',
    async (path) => {
      const { ref, customer } = await openCustomer(client);
      const update = client.updateCustomer(ref, countries, ['customer_country', path]);
      await expect(update).rejects.toMatchObject(invalid('update_mask'));
      expect(await client.getCustomer(ref)).toEqual(customer);
    },
  );

  it('refuses an update of nothing', async () => {
    const { ref } = await openCustomer(client);
    await expect(client.updateCustomer(ref, {})).rejects.toMatchObject(invalid('update_mask'));
  });
});
