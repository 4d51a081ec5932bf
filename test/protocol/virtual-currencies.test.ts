import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LedgerClient, protocols, rpcProtocols } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { expectRefused } from '../support/clients/refused.ts';
import { createCurrencyName, openCustomer, openFunded, openIn } from '../support/clients/stage.ts';
import { createExternalId } from '../support/database.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe.each(protocols)('a virtual currency over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  beforeAll(() => {
    client = openClient(protocol, service);
  });
  afterAll(() => client.close());

  it('is created with the account that holds its supply, and shows all that it was told', async () => {
    const externalId = createExternalId();
    const name = createCurrencyName();
    const account = await client.createVirtualCurrency({
      name,
      supply: '+1000000.50',
      basePair: 'EUR',
      baseRate: 0.25,
      customer: { externalId, accountingCurrency: 'CHF', customerCountry: 'CH' },
      accountCode: 'code',
      accountNumber: 'number',
      accountingCurrency: 'USD',
      description: 'points',
    });
    const customer = await client.getCustomer({ externalId });
    expect(customer).toMatchObject({ accountingCurrency: 'CHF', customerCountry: 'CH' });
    expect(account).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      currency: name,
      customerId: customer.id,
      active: true,
      frozen: false,
      balance: { accountBalance: '1000000.5', availableBalance: '1000000.5' },
      accountCode: 'code',
      accountNumber: 'number',
      accountingCurrency: 'USD',
    });
    expect(await client.getAccount(account.id)).toEqual(account);
    expect(await client.getVirtualCurrency(name)).toEqual({
      name,
      supply: '1000000.5',
      basePair: 'EUR',
      baseRate: 0.25,
      accountId: account.id,
      customerId: customer.id,
      description: 'points',
    });
    await expectRecords(account.id, [{ amount: '1000000.5', operationType: 'MINT' }]);
  });

  it('needs no customer, and is worth one of its base pair unless told otherwise', async () => {
    const name = createCurrencyName();
    const account = await client.createVirtualCurrency({ name, supply: '1', basePair: 'VC_X' });
    expect(account).not.toHaveProperty('customerId');
    expect(await client.getVirtualCurrency(name)).toEqual({
      name,
      supply: '1',
      basePair: 'VC_X',
      baseRate: 1,
      accountId: account.id,
    });
  });

  it('is held by the customer that has the external id, who opens one account more', async () => {
    const { externalId, ref, customer } = await openCustomer(client);
    const account = await client.createVirtualCurrency({
      name: createCurrencyName(),
      supply: '1',
      basePair: 'EUR',
      customer: { externalId, providerCountry: 'AT' },
    });
    expect(account.customerId).toBe(customer.id);
    expect(await client.getCustomer(ref)).toEqual({ ...customer, providerCountry: 'AT' });
    await expectRefused(
      { collections: service.collections, client, opened: [] },
      () => client.deactivateCustomer(ref),
      'CUSTOMER_HAS_ACTIVE_ACCOUNTS',
    );
  });

  it('is a currency that accounts can be opened in from then on', async () => {
    const name = createCurrencyName();
    const opening = { currency: name };
    const stage = { collections: service.collections, client, opened: [] };
    await expectRefused(stage, () => client.createAccount(opening), 'CURRENCY_UNSUPPORTED');
    await client.createVirtualCurrency({ name, supply: '1', basePair: 'EUR' });
    expect(await client.createAccount(opening)).toMatchObject({
      currency: name,
      balance: { accountBalance: '0', availableBalance: '0' },
    });
  });

  it('updates its base pair and its rate, and leaves what is not given', async () => {
    const { account } = await openFunded(client, '1');
    const before = await client.getVirtualCurrency(account.currency);
    const update = client.updateVirtualCurrency;
    const rated = { ...before, baseRate: 0 };
    expect(await update(account.currency, { baseRate: 0 })).toEqual(rated);
    const paired = { ...rated, basePair: 'BTC' };
    expect(await update(account.currency, { basePair: 'BTC' })).toEqual(paired);
    const both = { basePair: 'VC_OTHER', baseRate: 12.5 };
    expect(await update(account.currency, both)).toEqual({ ...before, ...both });
    expect(await client.getVirtualCurrency(account.currency)).toEqual({ ...before, ...both });
  });

  it('is minted to any account in it, and revoked from it again', async () => {
    const first = await openFunded(client, '10');
    const { currency } = first.account;
    const { account } = await openIn(client, currency);
    const supplyOf = async () => (await client.getVirtualCurrency(currency)).supply;

    const minted = await client.mint({ accountId: account.id, amount: '2.75' });
    expect(minted).toMatch(uuid);
    expect(await supplyOf()).toBe('12.75');
    expect((await client.getAccount(account.id)).balance).toEqual({
      accountBalance: '2.75',
      availableBalance: '2.75',
    });
    const revoked = await client.revoke({ accountId: account.id, amount: '0.70' });
    expect(await supplyOf()).toBe('12.05');
    expect((await client.getAccount(account.id)).balance.accountBalance).toBe('2.05');
    await client.revoke({ accountId: first.account.id, amount: '10' });
    expect(await supplyOf()).toBe('2.05');
    await expectRecords(account.id, [
      { amount: '-0.7', operationType: 'REVOKE', reference: revoked },
      { amount: '2.75', operationType: 'MINT', reference: minted },
    ]);
  });

  it('notes on the one record of a mint or a revocation all that it is told', async () => {
    const { account } = await openFunded(client, '10');
    const other = await openIn(client, account.currency);
    const told = {
      transactionCode: 'code',
      paymentId: 'payment',
      recipientNote: 'for the recipient',
      senderNote: 'for the sender',
    };
    for (const change of [client.mint, client.revoke]) {
      const reference = `${createExternalId()} of my own`;
      const call = { accountId: account.id, amount: '1', reference, ...told };
      expect(await change({ ...call, counterAccountId: other.account.id })).toBe(reference);
      const { items } = await client.listRecords({ size: 50 }, { reference });
      expect(items).toEqual([
        {
          ...told,
          accountId: account.id,
          counterAccountId: other.account.id,
          currency: account.currency,
          amount: change === client.mint ? '1' : '-1',
          anonymous: false,
          created: expect.any(Number),
          operationType: change === client.mint ? 'MINT' : 'REVOKE',
          transactionType: change === client.mint ? 'CREDIT_PAYMENT' : 'DEBIT_PAYMENT',
          reference,
        },
      ]);
    }
    expect((await client.getAccount(other.account.id)).balance.accountBalance).toBe('0');
  });

  it.each(['frozen', 'disabled'] as const)(
    'is minted to an account while it is %s, and revoked only afterwards',
    async (state) => {
      const opened = await openFunded(client, '5');
      const { account, ref } = opened;
      await (state === 'frozen' ? client.freezeAccount(account.id) : client.disableCustomer(ref));
      await client.mint({ accountId: account.id, amount: '1' });
      expect((await client.getAccount(account.id)).balance).toEqual({
        accountBalance: '6',
        availableBalance: '0',
      });
      const revoke = () => client.revoke({ accountId: account.id, amount: '6' });
      const stage = { collections: service.collections, client, opened: [opened] };
      await expectRefused(stage, revoke, 'VIRTUAL_CURRENCY_BALANCE', { accountId: account.id });
      await (state === 'frozen' ? client.unfreezeAccount(account.id) : client.enableCustomer(ref));
      await revoke();
      expect((await client.getVirtualCurrency(account.currency)).supply).toBe('0');
    },
  );

  it('is revoked up to what is available, and not what is blocked', async () => {
    const opened = await openFunded(client, '5');
    const { id } = opened.account;
    await client.createBlockage(id, { amount: '2', type: 'test' });
    const stage = { collections: service.collections, client, opened: [opened] };
    const revoke = async (amount: string) => await client.revoke({ accountId: id, amount });
    await expectRefused(stage, () => revoke('3.01'), 'VIRTUAL_CURRENCY_BALANCE');
    await revoke('3');
    expect((await client.getAccount(id)).balance).toEqual({
      accountBalance: '2',
      availableBalance: '0',
    });
    await expectRefused(stage, () => revoke('1'), 'VIRTUAL_CURRENCY_BALANCE');
  });

  /** Asserts what the records of an account tell, newest first. */
  async function expectRecords(accountId: string, expected: readonly object[]): Promise<void> {
    const { items } = await client.listRecords({ size: 50 }, { accountId });
    expect(items).toMatchObject(expected.map((record) => ({ accountId, ...record })));
    for (const record of items) expect(record).not.toHaveProperty('counterAccountId');
  }
});

describe.each(rpcProtocols)('the mask of a virtual currency over %s', (protocol) => {
  const change = { basePair: 'BTC', baseRate: 3 };

  it.each([
    [['base_pair'], { basePair: 'BTC' }],
    [['base_rate'], { baseRate: 3 }],
    [['*'], change],
    [['base_rate', 'base_pair'], change],
  ])('sets what it names: %j', async (mask, set) => {
    const client = openClient(protocol, service);
    const { account } = await openFunded(client, '1');
    const before = await client.getVirtualCurrency(account.currency);
    expect(await client.updateVirtualCurrency(account.currency, change, mask)).toEqual({
      ...before,
      ...set,
    });
    await client.close();
  });

  it.each([
    [['base_pair'], { baseRate: 3 }, 'base_pair'],
    [['base_rate'], { basePair: 'BTC' }, 'base_rate'],
    [['*'], { basePair: 'BTC' }, 'base_rate'],
    [['supply'], change, 'update_mask'],
    [[], {}, 'update_mask'],
  ])('refuses %j of %j', async (mask, changes, field) => {
    const client = openClient(protocol, service);
    const { account } = await openFunded(client, '1');
    const before = await client.getVirtualCurrency(account.currency);
    const update = client.updateVirtualCurrency(account.currency, changes, mask);
    await expect(update).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'ARGUMENT_INVALID',
      violations: [expect.objectContaining({ field })],
    });
    expect(await client.getVirtualCurrency(account.currency)).toEqual(before);
    await client.close();
  });
});
