import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LedgerClient, protocols } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { expectRefused } from '../support/clients/refused.ts';
import {
  type Opened,
  openCustomer,
  openFunded,
  openIn,
  readPages,
} from '../support/clients/stage.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const unknownId = 'f'.repeat(24);

describe.each(protocols)('a blockage over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  beforeAll(() => {
    client = openClient(protocol, service);
  });
  afterAll(() => client.close());

  const stageOf = (...opened: Opened[]) => ({ collections: service.collections, client, opened });
  const balanceOf = async (id: string) => (await client.getAccount(id)).balance;
  const list = async (accountId: string) =>
    (await client.listBlockages(accountId, { size: 50 })).items;

  it('sets an amount aside, shows what it was told, and gives the amount back', async () => {
    const { account } = await openFunded(client, '10');
    const blockage = await client.createBlockage(account.id, {
      amount: '+2.50',
      type: 'CARD',
      description: 'dinner for two',
    });
    expect(blockage).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      accountId: account.id,
      amount: '2.5',
      type: 'CARD',
      description: 'dinner for two',
    });
    expect(await client.getBlockage(blockage.id)).toEqual(blockage);
    expect(await list(account.id)).toEqual([blockage]);
    expect(await balanceOf(account.id)).toEqual({
      accountBalance: '10',
      availableBalance: '7.5',
    });
    await client.releaseBlockage(blockage.id);
    expect(await client.getAccount(account.id)).toEqual(account);
    expect(await list(account.id)).toEqual([]);
  });

  it('needs no description, and no balance', async () => {
    const { account } = await openCustomer(client);
    const blockage = await client.createBlockage(account.id, { amount: '1', type: 'x' });
    expect(blockage).not.toHaveProperty('description');
    expect(await balanceOf(account.id)).toEqual({ accountBalance: '0', availableBalance: '-1' });
  });

  it('is gone when it is released, for everything', async () => {
    const opened = await openFunded(client, '10');
    const other = await openIn(client, opened.account.currency);
    const payment = { recipientAccountId: other.account.id, amount: '1' };
    const block = async () =>
      await client.createBlockage(opened.account.id, { amount: '1', type: 'test' });
    const [released, settled, swept] = [await block(), await block(), await block()];
    await client.releaseBlockage(released.id);
    await client.settleBlockage(settled.id, payment);
    await client.releaseAllBlockages(opened.account.id);
    for (const { id } of [released, settled, swept]) {
      for (const call of [
        () => client.getBlockage(id),
        () => client.releaseBlockage(id),
        () => client.settleBlockage(id, payment),
      ]) {
        await expectRefused(stageOf(opened, other), call, 'BLOCKAGE_NOT_FOUND');
      }
    }
    expect(await list(opened.account.id)).toEqual([]);
    expect(await balanceOf(opened.account.id)).toEqual({
      accountBalance: '9',
      availableBalance: '9',
    });
  });

  it('is listed oldest first, page by page, and with its account alone', async () => {
    const { account } = await openFunded(client, '10');
    const other = await openIn(client, account.currency);
    await client.createBlockage(other.account.id, { amount: '1', type: 'other' });
    const blockages = [];
    for (const amount of ['1', '2', '3', '4', '5']) {
      blockages.push(await client.createBlockage(account.id, { amount, type: 'test' }));
    }
    const pages = await readPages((page) => client.listBlockages(account.id, page), 2);
    expect(pages.flat()).toEqual(blockages);
    expect(await list(account.id.toUpperCase())).toEqual(blockages);
    expect(await list(unknownId)).toEqual([]);
  });

  it('is released with all others of its account, and with those of no other', async () => {
    const { account } = await openFunded(client, '10');
    const other = await openIn(client, account.currency);
    const kept = await client.createBlockage(other.account.id, { amount: '1', type: 'test' });
    for (const amount of ['1', '20']) {
      await client.createBlockage(account.id, { amount, type: 'test' });
    }
    await client.releaseAllBlockages(account.id);
    expect(await client.getAccount(account.id)).toEqual(account);
    expect(await list(other.account.id)).toEqual([kept]);
    await client.releaseAllBlockages(account.id);
  });

  it('is settled by a payment of its whole amount, or of less, and goes as a whole', async () => {
    const { account } = await openFunded(client, '10');
    const { account: recipient } = await openIn(client, account.currency);
    for (const [amount, left] of [
      ['4', '6'],
      ['1.5', '4.5'],
    ] as const) {
      const { id } = await client.createBlockage(account.id, { amount: '4', type: 'test' });
      const reference = await client.settleBlockage(id, {
        recipientAccountId: recipient.id,
        amount,
        anonymous: true,
        recipientNote: 'settled',
        senderNote: 'blocked before',
      });
      expect(await balanceOf(account.id)).toEqual({
        accountBalance: left,
        availableBalance: left,
      });
      const { items } = await client.listRecords({ size: 50 }, { reference });
      expect(items).toHaveLength(2);
      expect(items).toContainEqual(
        expect.objectContaining({ amount: `-${amount}`, senderNote: 'blocked before' }),
      );
    }
    expect((await balanceOf(recipient.id)).accountBalance).toBe('5.5');
  });

  it('is available to its own settlement, and the others are not', async () => {
    const opened = await openFunded(client, '5');
    const other = await openIn(client, opened.account.currency);
    const block = async (amount: string) =>
      await client.createBlockage(opened.account.id, { amount, type: 'test' });
    const [first, second] = [await block('4'), await block('2')];
    const settle = async (id: string, amount: string) =>
      await client.settleBlockage(id, { recipientAccountId: other.account.id, amount });
    const refuse = () => settle(first.id, '3.5');
    await expectRefused(stageOf(opened, other), refuse, 'BALANCE_INSUFFICIENT', {
      senderAccountId: opened.account.id,
      amount: '3.5',
      availableBalance: '3',
    });
    expect(await list(opened.account.id)).toEqual([first, second]);
    await settle(first.id, '3');
    expect(await balanceOf(opened.account.id)).toEqual({
      accountBalance: '2',
      availableBalance: '0',
    });
    await settle(second.id, '2');
    expect(await balanceOf(opened.account.id)).toEqual({
      accountBalance: '0',
      availableBalance: '0',
    });
  });

  it('stays when the payment that would settle it is refused', async () => {
    const opened = await openFunded(client, '5');
    const other = await openIn(client, opened.account.currency);
    const { id } = await client.createBlockage(opened.account.id, { amount: '5', type: 'test' });
    const settle = async (recipientAccountId: string, amount = '5') =>
      await client.settleBlockage(id, { recipientAccountId, amount });
    const stage = stageOf(opened, other);
    await expectRefused(stage, () => settle(unknownId), 'RECIPIENT_ACCOUNT_NOT_FOUND', {
      recipientAccountId: unknownId,
    });
    await expectRefused(
      stage,
      () => settle(other.account.id, `5.${'0'.repeat(29)}1`),
      'BLOCKAGE_AMOUNT_EXCEEDED',
    );
    await client.freezeAccount(opened.account.id);
    await expectRefused(stage, () => settle(other.account.id), 'SENDER_ACCOUNT_FROZEN', {
      senderAccountId: opened.account.id,
    });
    await client.unfreezeAccount(opened.account.id);
    await settle(other.account.id);
    expect((await balanceOf(other.account.id)).accountBalance).toBe('5');
  });

  it('can be made and released while its account is frozen or its customer disabled', async () => {
    const { account, ref } = await openFunded(client, '5');
    await client.freezeAccount(account.id);
    await client.disableCustomer(ref);
    const blockage = await client.createBlockage(account.id, { amount: '2', type: 'test' });
    expect(await list(account.id)).toEqual([blockage]);
    await client.releaseBlockage(blockage.id);
    await client.createBlockage(account.id, { amount: '1', type: 'test' });
    await client.releaseAllBlockages(account.id);
    expect(await list(account.id)).toEqual([]);
  });
});
