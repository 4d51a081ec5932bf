import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LedgerClient, protocols, rpcProtocols } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { openCustomer, openInactiveCustomer } from '../support/clients/stage.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const both = { accountCode: 'c'.repeat(50), accountNumber: 'n'.repeat(50) };

describe.each(protocols)('the fields of an account over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  beforeAll(() => {
    client = openClient(protocol, service);
  });
  afterAll(() => client.close());

  it('are set by an update, and what is not given stays', async () => {
    const { account } = await openCustomer(client);
    const coded = { ...account, accountCode: 'code' };
    expect(await client.updateAccount(account.id, { accountCode: 'code' })).toEqual(coded);
    const numbered = { ...coded, accountNumber: 'number' };
    expect(await client.updateAccount(account.id, { accountNumber: 'number' })).toEqual(numbered);
    expect(await client.updateAccount(account.id, both)).toEqual({ ...account, ...both });
    expect(await client.getAccount(account.id)).toEqual({ ...account, ...both });
  });

  it('can be set in any state of the account and of its customer', async () => {
    const inactive = await openInactiveCustomer(client);
    const frozen = await openCustomer(client);
    await client.freezeAccount(frozen.account.id);
    await client.disableCustomer(frozen.ref);
    for (const { account } of [inactive, frozen]) {
      const before = await client.getAccount(account.id);
      expect(await client.updateAccount(account.id, both)).toEqual({ ...before, ...both });
    }
  });

  it('need not be unique', async () => {
    const opened = await Promise.all([openCustomer(client), openCustomer(client)]);
    for (const { account } of opened) {
      expect(await client.updateAccount(account.id, both)).toMatchObject(both);
    }
  });
});

describe.each(rpcProtocols)('the mask of an account over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  beforeAll(() => {
    client = openClient(protocol, service);
  });
  afterAll(() => client.close());

  const openWithBoth = async () => await client.createAccount({ currency: 'EUR', ...both });
  const fields = { accountCode: 'code' };

  it.each([
    [['account_code'], { accountCode: 'code', accountNumber: both.accountNumber }],
    [['account_number'], { accountCode: both.accountCode }],
    [['account_code', 'account_number'], { accountCode: 'code' }],
    [['*'], { accountCode: 'code' }],
  ])('%j sets what it names, and clears what is empty', async (mask, expected) => {
    const { accountCode: _, accountNumber: __, ...account } = await openWithBoth();
    const updated = { ...account, ...expected };
    expect(await client.updateAccount(account.id, fields, mask)).toEqual(updated);
    expect(await client.getAccount(account.id)).toEqual(updated);
  });

  it.each([
    [['currency'], fields],
    [['account_code', 'active'], fields],
    [['balance.account_balance'], fields],
    [[], {}],
  ])('%j of %j is refused', async (mask, given) => {
    const account = await openWithBoth();
    await expect(client.updateAccount(account.id, given, mask)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'ARGUMENT_INVALID',
      violations: [expect.objectContaining({ field: 'update_mask' })],
    });
    expect(await client.getAccount(account.id)).toEqual(account);
  });
});
