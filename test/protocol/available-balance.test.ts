import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LedgerClient, protocols } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { expectRefused } from '../support/clients/refused.ts';
import { type Opened, openFunded, openIn } from '../support/clients/stage.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

describe.each(protocols)('the available balance over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  beforeAll(() => {
    client = openClient(protocol, service);
  });
  afterAll(() => client.close());

  /** Reads an account by itself and in the lists that it is in, which must all show the same, and gives its balances. */
  const balanceOf = async ({ account, ref }: Opened) => {
    const shown = await client.getAccount(account.id);
    const listed = await client.listAccounts({ size: 50 }, { customerId: ref.id });
    expect(listed.items).toContainEqual(shown);
    return shown.balance;
  };
  const block = async ({ account }: Opened, amount: string, ensureSufficientBalance = false) =>
    await client.createBlockage(account.id, { amount, type: 'test', ensureSufficientBalance });
  const shows = (accountBalance: string, availableBalance: string) => ({
    accountBalance,
    availableBalance,
  });

  it.each([
    ['disabled', 'enabled'],
    ['frozen', 'unfrozen'],
  ] as const)('is 0 while it is %s, and what it was when it is %s', async (state, _) => {
    const opened = await openFunded(client, '10');
    const { account, ref } = opened;
    await block(opened, '2.5');
    const [begin, end] =
      state === 'frozen'
        ? [() => client.freezeAccount(account.id), () => client.unfreezeAccount(account.id)]
        : [() => client.disableCustomer(ref), () => client.enableCustomer(ref)];
    expect(await balanceOf(opened)).toEqual(shows('10', '7.5'));
    await begin();
    expect(await balanceOf(opened)).toEqual(shows('10', '0'));
    await client.mint({ accountId: account.id, amount: '1' });
    const { id } = await block(opened, '20');
    expect(await balanceOf(opened)).toEqual(shows('11', '0'));
    await end();
    expect(await balanceOf(opened)).toEqual(shows('11', '-11.5'));
    expect((await client.listBlockages(account.id, { size: 50 })).items).toHaveLength(2);
    await client.releaseBlockage(id);
    expect(await balanceOf(opened)).toEqual(shows('11', '8.5'));
  });

  it('is 0 until the account is unfrozen and the customer enabled, in either order', async () => {
    const opened = await openFunded(client, '3');
    const { account, ref } = opened;
    const stop = async () => {
      await client.freezeAccount(account.id);
      await client.disableCustomer(ref);
      expect(await balanceOf(opened)).toEqual(shows('3', '0'));
    };
    await stop();
    await client.enableCustomer(ref);
    expect(await balanceOf(opened)).toEqual(shows('3', '0'));
    await client.unfreezeAccount(account.id);
    expect(await balanceOf(opened)).toEqual(shows('3', '3'));
    await stop();
    await client.unfreezeAccount(account.id);
    expect(await balanceOf(opened)).toEqual(shows('3', '0'));
    await client.enableCustomer(ref);
    expect(await balanceOf(opened)).toEqual(shows('3', '3'));
  });

  it('is each account’s own: a freeze leaves the others, a disable none', async () => {
    const first = await openFunded(client, '3');
    const { currency } = first.account;
    const opening = { currency, customer: { externalId: first.externalId } };
    const second = { ...first, account: await client.createAccount(opening) };
    const stranger = await openIn(client, currency);
    for (const { account } of [second, stranger]) {
      await client.mint({ accountId: account.id, amount: '1' });
    }
    await client.freezeAccount(first.account.id);
    expect(await balanceOf(first)).toEqual(shows('3', '0'));
    expect(await balanceOf(second)).toEqual(shows('1', '1'));
    await client.disableCustomer(first.ref);
    expect(await balanceOf(second)).toEqual(shows('1', '0'));
    expect(await balanceOf(stranger)).toEqual(shows('1', '1'));
  });

  it('may be pushed below zero by blockages, and nothing is paid out of it', async () => {
    const sender = await openFunded(client, '3');
    const recipient = await openIn(client, sender.account.currency);
    await block(sender, '2');
    await block(sender, '2');
    expect(await balanceOf(sender)).toEqual(shows('3', '-1'));
    const payment = { recipientAccountId: recipient.account.id, amount: '0.01' };
    await expectRefused(
      { collections: service.collections, client, opened: [sender, recipient] },
      () => client.pay(sender.account.id, payment),
      'BALANCE_INSUFFICIENT',
      { senderAccountId: sender.account.id, amount: '0.01', availableBalance: '-1' },
    );
    await client.mint({ accountId: sender.account.id, amount: '1.01' });
    await client.pay(sender.account.id, payment);
    expect(await balanceOf(sender)).toEqual(shows('4', '0'));
  });

  it('can be blocked to the last bit when that is to be ensured, and no further', async () => {
    const opened = await openFunded(client, '3');
    const stage = { collections: service.collections, client, opened: [opened] };
    const ids = { senderAccountId: opened.account.id };
    await expectRefused(stage, () => block(opened, '3.1', true), 'BALANCE_INSUFFICIENT', {
      ...ids,
      amount: '3.1',
      availableBalance: '3',
    });
    await block(opened, '3', true);
    expect(await balanceOf(opened)).toEqual(shows('3', '0'));
    await expectRefused(stage, () => block(opened, '1', true), 'BALANCE_INSUFFICIENT', {
      ...ids,
      amount: '1',
      availableBalance: '0',
    });
    await block(opened, '1');
    await expectRefused(stage, () => block(opened, '1', true), 'BALANCE_INSUFFICIENT', {
      ...ids,
      amount: '1',
      availableBalance: '-1',
    });
  });

  it.each(['frozen', 'disabled'] as const)(
    'is not enough for anything while it shows 0 because it is %s',
    async (state) => {
      const opened = await openFunded(client, '3');
      const { account, ref } = opened;
      await (state === 'frozen' ? client.freezeAccount(account.id) : client.disableCustomer(ref));
      await expectRefused(
        { collections: service.collections, client, opened: [opened] },
        () => block(opened, '1', true),
        'BALANCE_INSUFFICIENT',
        { senderAccountId: account.id, amount: '1', availableBalance: '0' },
      );
    },
  );

  it('stops what goes out by a freeze, and lets in what comes', async () => {
    const frozen = await openFunded(client, '3');
    const other = await openIn(client, frozen.account.currency);
    const stage = { collections: service.collections, client, opened: [frozen, other] };
    const pay = async (from: Opened, to: Opened) =>
      await client.pay(from.account.id, { recipientAccountId: to.account.id, amount: '1' });
    await pay(frozen, other);
    expect(await client.freezeAccount(frozen.account.id)).toEqual({
      ...frozen.account,
      frozen: true,
      balance: shows('2', '0'),
    });
    const ids = { senderAccountId: frozen.account.id };
    await expectRefused(stage, () => pay(frozen, other), 'SENDER_ACCOUNT_FROZEN', ids);
    await pay(other, frozen);
    expect(await client.unfreezeAccount(frozen.account.id)).toEqual(frozen.account);
    await pay(frozen, other);
    // A freeze is no blockage.
    await client.freezeAccount(frozen.account.id);
    expect((await client.listBlockages(frozen.account.id, { size: 50 })).items).toEqual([]);
  });

  it('stops what goes out by a disable, and lets in what comes', async () => {
    const disabled = await openFunded(client, '3');
    const other = await openIn(client, disabled.account.currency);
    const stage = { collections: service.collections, client, opened: [disabled, other] };
    const pay = async (from: Opened, to: Opened) =>
      await client.pay(from.account.id, { recipientAccountId: to.account.id, amount: '1' });
    await pay(disabled, other);
    await client.disableCustomer(disabled.ref);
    const ids = { senderAccountId: disabled.account.id, customerId: disabled.ref.id };
    await expectRefused(stage, () => pay(disabled, other), 'SENDER_CUSTOMER_DISABLED', ids);
    await pay(other, disabled);
    await client.enableCustomer(disabled.ref);
    expect(await balanceOf(disabled)).toEqual(shows('3', '3'));
  });
});
