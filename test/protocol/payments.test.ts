import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LedgerClient, protocols } from '../support/clients/ledger-client.ts';
import type { Payment } from '../support/clients/money-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { expectRefused } from '../support/clients/refused.ts';
import { type Opened, openFunded, openIn } from '../support/clients/stage.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const unknownId = 'f'.repeat(24);

describe.each(protocols)('a payment over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  beforeAll(() => {
    client = openClient(protocol, service);
  });
  afterAll(() => client.close());

  /** Opens the account that pays, with a supply of its own, and one of another customer in the same currency. */
  const openPair = async (supply = '10') => {
    const sender = await openFunded(client, supply);
    return { sender, recipient: await openIn(client, sender.account.currency) };
  };
  const stageOf = (...opened: Opened[]) => ({ collections: service.collections, client, opened });
  const balanceOf = async ({ account }: Opened) => (await client.getAccount(account.id)).balance;
  const all = (amount: string) => ({ accountBalance: amount, availableBalance: amount });

  it('moves an amount, and leaves a record on either side with what it was told', async () => {
    const { sender, recipient } = await openPair();
    const begin = Date.now();
    const shared = { transactionCode: 'code', paymentId: 'payment', recipientNote: 'for both' };
    const reference = await client.pay(sender.account.id, {
      recipientAccountId: recipient.account.id,
      amount: '+2.50',
      ...shared,
      senderNote: 'for the sender',
    });
    expect(reference).toMatch(uuid);
    expect(await balanceOf(sender)).toEqual(all('7.5'));
    expect(await balanceOf(recipient)).toEqual(all('2.5'));

    const { items } = await client.listRecords({ size: 50 }, { reference });
    const { created = 0 } = items[0] ?? {};
    expect(created).toBeGreaterThanOrEqual(begin);
    expect(created).toBeLessThanOrEqual(Date.now());
    const alike = {
      ...shared,
      currency: sender.account.currency,
      anonymous: false,
      created,
      operationType: 'PAYMENT',
      reference,
    };
    expect(items).toHaveLength(2);
    expect(items).toContainEqual({
      ...alike,
      accountId: sender.account.id,
      counterAccountId: recipient.account.id,
      amount: '-2.5',
      transactionType: 'DEBIT_PAYMENT',
      senderNote: 'for the sender',
    });
    expect(items).toContainEqual({
      ...alike,
      accountId: recipient.account.id,
      counterAccountId: sender.account.id,
      amount: '2.5',
      transactionType: 'CREDIT_PAYMENT',
    });
    for (const { account } of [sender, recipient]) {
      const { items: own } = await client.listRecords({ size: 1 }, { accountId: account.id });
      expect(own).toEqual(items.filter(({ accountId }) => accountId === account.id));
    }
  });

  it('that is anonymous leaves off from the recipient’s record who paid, and nothing else', async () => {
    const { sender, recipient } = await openPair();
    const reference = await client.pay(sender.account.id, {
      recipientAccountId: recipient.account.id,
      amount: '1',
      anonymous: true,
      recipientNote: 'from a friend',
      senderNote: 'do not tell',
    });
    const { items } = await client.listRecords({ size: 50 }, { reference });
    const [debit, credit] = [sender, recipient].map(({ account }) =>
      items.find(({ accountId }) => accountId === account.id),
    );
    expect(debit).toMatchObject({ anonymous: true, counterAccountId: recipient.account.id });
    expect(debit).toMatchObject({ recipientNote: 'from a friend', senderNote: 'do not tell' });
    expect(credit).toMatchObject({ anonymous: true, recipientNote: 'from a friend' });
    expect(credit).not.toHaveProperty('counterAccountId');
    expect(credit).not.toHaveProperty('senderNote');
    expect(JSON.stringify(credit)).not.toContain(sender.account.id);
  });

  it('that is told nothing leaves records that tell nothing', async () => {
    const { sender, recipient } = await openPair();
    const payment = { recipientAccountId: recipient.account.id, amount: '1' };
    const reference = await client.pay(sender.account.id, payment);
    const { items } = await client.listRecords({ size: 50 }, { reference });
    const told = [
      'accountId amount anonymous counterAccountId created currency operationType reference',
      'transactionType',
    ].join(' ');
    expect(items.map((record) => Object.keys(record).sort().join(' '))).toEqual([told, told]);
  });

  it('can take the whole balance, and not the least bit more', async () => {
    const { sender, recipient } = await openPair('0.3');
    const pay = async (amount: string) =>
      await client.pay(sender.account.id, { recipientAccountId: recipient.account.id, amount });
    const tooMuch = `0.3${'0'.repeat(28)}1`;
    const stage = stageOf(sender, recipient);
    await expectRefused(stage, () => pay(tooMuch), 'BALANCE_INSUFFICIENT', {
      senderAccountId: sender.account.id,
      amount: tooMuch,
      availableBalance: '0.3',
    });
    for (const amount of ['0.1', '0.1', '0.1']) await pay(amount);
    expect(await balanceOf(sender)).toEqual(all('0'));
    expect(await balanceOf(recipient)).toEqual(all('0.3'));
    await expectRefused(stage, () => pay('0.1'), 'BALANCE_INSUFFICIENT');
  });

  it('goes between accounts of one customer, and of none', async () => {
    const sender = await openFunded(client, '5');
    const { currency } = sender.account;
    const own = await client.createAccount({
      currency,
      customer: { externalId: sender.externalId },
    });
    const nobodys = await client.createAccount({ currency });
    await client.pay(sender.account.id, { recipientAccountId: own.id, amount: '3' });
    await client.pay(own.id, { recipientAccountId: nobodys.id, amount: '2' });
    await client.pay(nobodys.id, { recipientAccountId: sender.account.id, amount: '1' });
    expect(await balanceOf(sender)).toEqual(all('3'));
    expect((await client.getAccount(own.id)).balance).toEqual(all('1'));
    expect((await client.getAccount(nobodys.id)).balance).toEqual(all('1'));
  });

  it('reaches an account that is frozen, and one whose customer is disabled', async () => {
    const { sender, recipient: frozen } = await openPair();
    const disabled = await openIn(client, sender.account.currency);
    await client.freezeAccount(frozen.account.id);
    await client.disableCustomer(disabled.ref);
    for (const { account } of [frozen, disabled]) {
      await client.pay(sender.account.id, { recipientAccountId: account.id, amount: '2' });
      const { balance } = await client.getAccount(account.id);
      expect(balance).toEqual({ accountBalance: '2', availableBalance: '0' });
    }
    await client.unfreezeAccount(frozen.account.id);
    await client.enableCustomer(disabled.ref);
    expect(await balanceOf(frozen)).toEqual(all('2'));
    expect(await balanceOf(disabled)).toEqual(all('2'));
  });

  it('that asks for compliance needs the country of the recipient’s customer', async () => {
    const { sender, recipient } = await openPair();
    const nobodys = await client.createAccount({ currency: sender.account.currency });
    const pay = async (recipientAccountId: string) =>
      await client.pay(sender.account.id, { recipientAccountId, amount: '1', compliant: true });
    const stage = stageOf(sender, recipient);
    const { id } = recipient.account;
    await expectRefused(stage, () => pay(id), 'TRANSACTION_NOT_COMPLIANT');
    await expectRefused(stage, () => pay(nobodys.id), 'TRANSACTION_NOT_COMPLIANT');
    await client.updateCustomer(sender.ref, { customerCountry: 'DE' });
    await client.updateCustomer(recipient.ref, { providerCountry: 'DE' });
    await expectRefused(stage, () => pay(id), 'TRANSACTION_NOT_COMPLIANT');
    await client.updateCustomer(recipient.ref, { customerCountry: 'DE' });
    await pay(id);
    expect(await balanceOf(recipient)).toEqual(all('1'));
  });

  it('takes ids in upper case for the same accounts', async () => {
    const { sender, recipient } = await openPair();
    const reference = await client.pay(sender.account.id.toUpperCase(), {
      recipientAccountId: recipient.account.id.toUpperCase(),
      amount: '1',
    });
    const { items } = await client.listRecords({ size: 50 }, { reference });
    const ids = [sender.account.id, recipient.account.id].sort();
    expect(items.map(({ accountId }) => accountId).sort()).toEqual(ids);
    expect(items.map(({ counterAccountId = '' }) => counterAccountId).sort()).toEqual(ids);
  });

  it('of a batch is made as if the ones before it were done', async () => {
    const { sender, recipient } = await openPair('10');
    const other = await openIn(client, sender.account.currency);
    const paid = [recipient, other, recipient, other];
    const amounts = ['6', '1', '0.5', '2.5'];
    const payments = paid.map(({ account }, index) => ({
      recipientAccountId: account.id,
      amount: amounts[index] ?? '',
      senderNote: `note ${index}`,
    }));
    const references = await client.payAll(sender.account.id, payments);
    expect(new Set(references).size).toBe(4);
    for (const [index, reference] of references.entries()) {
      expect(reference).toMatch(uuid);
      const { items } = await client.listRecords({ size: 50 }, { reference });
      expect(items).toHaveLength(2);
      expect(items).toContainEqual(
        expect.objectContaining({ amount: `-${amounts[index]}`, senderNote: `note ${index}` }),
      );
    }
    expect(await balanceOf(sender)).toEqual(all('0'));
    expect(await balanceOf(recipient)).toEqual(all('6.5'));
    expect(await balanceOf(other)).toEqual(all('3.5'));
  });

  it('of a batch is made with all of it or not at all, and the first refused one is told', async () => {
    const { sender, recipient } = await openPair('10');
    const senderAccountId = sender.account.id;
    const paying = (amount: string, to = recipient.account.id): Payment => ({
      recipientAccountId: to,
      amount,
    });
    const stage = stageOf(sender, recipient);
    const refused = async (
      payments: readonly Payment[],
      index: number,
      ...expected: [reason: Parameters<typeof expectRefused>[2], ids?: Record<string, string>]
    ) => {
      const call = () => client.payAll(senderAccountId, payments);
      const { metadata } = await expectRefused(stage, call, ...expected);
      if (protocol !== 'rest') expect(metadata.index).toBe(String(index));
    };
    await refused([paying('6'), paying('6'), paying('0')], 1, 'BALANCE_INSUFFICIENT', {
      senderAccountId,
      amount: '6',
      availableBalance: '4',
    });
    await refused(
      [paying('1'), paying('1', unknownId), paying('0')],
      1,
      'RECIPIENT_ACCOUNT_NOT_FOUND',
      {
        recipientAccountId: unknownId,
      },
    );
    await refused([paying('1'), paying('1'), paying('0')], 2, 'AMOUNT_FORMAT');
    // What is wrong with the form of a request is told before anything is looked at.
    await refused([paying('100'), paying('1', senderAccountId)], 1, 'PAYMENT_TO_SELF');
    await client.freezeAccount(senderAccountId);
    await refused([paying('1'), paying('1')], 0, 'SENDER_ACCOUNT_FROZEN', { senderAccountId });
  });

  it('of a batch can be one of a hundred', async () => {
    const { sender, recipient } = await openPair('1');
    const payments = Array.from({ length: 100 }, () => ({
      recipientAccountId: recipient.account.id,
      amount: '0.01',
    }));
    expect(new Set(await client.payAll(sender.account.id, payments)).size).toBe(100);
    expect(await balanceOf(sender)).toEqual(all('0'));
    expect(await balanceOf(recipient)).toEqual(all('1'));
    expect(await client.countRecords({ accountId: recipient.account.id })).toBe(100);
  });
});
