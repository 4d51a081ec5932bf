import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LedgerClient, protocols } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { expectRefused } from '../support/clients/refused.ts';
import {
  createCurrencyName,
  type Opened,
  openCustomer,
  openFunded,
  openIn,
} from '../support/clients/stage.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const zeros = (count: number) => '0'.repeat(count);
const digits = '1234567890123456789012345678901234';

/** Amounts as they may be written, and as every answer tells them. */
const written: readonly (readonly [text: string, canonical: string])[] = [
  ['1', '1'],
  ['+1', '1'],
  ['.5', '0.5'],
  ['+.5', '0.5'],
  ['1.', '1'],
  ['0.50', '0.5'],
  ['007.070', '7.07'],
  ['100', '100'],
  // 34 digits, with a point at any place.
  [digits, digits],
  [`${digits.slice(0, 4)}.${digits.slice(4)}`, `${digits.slice(0, 4)}.${digits.slice(4)}`],
  // 38 characters, of which zeros at either end are no digits to keep.
  [`0000${digits}`, digits],
  [`${'9'.repeat(34)}0000`, `${'9'.repeat(34)}0000`],
  [`1${zeros(37)}`, `1${zeros(37)}`],
  [`0.1${zeros(35)}`, '0.1'],
  [`+${zeros(36)}1`, '1'],
  // 30 places, the last of which is 10^-30.
  [`0.${zeros(29)}1`, `0.${zeros(29)}1`],
  [`.${zeros(29)}1${zeros(7)}`, `0.${zeros(29)}1`],
  [`0.${'123456789'.repeat(3)}123`, `0.${'123456789'.repeat(3)}123`],
];

/** What is written as an amount, and is none that can be moved or kept. */
const unkept = [
  '0',
  '+0',
  '0.0',
  '.0',
  '0.',
  zeros(38),
  `.${zeros(37)}`,
  // 31 places.
  `.${zeros(30)}1`,
  `1.${zeros(30)}1`,
  // 35 digits.
  `${digits}5`,
  `1${zeros(33)}1`,
  `${digits}.5`,
  `1${zeros(10)}.${zeros(23)}1`,
];

/** What is not written as an amount. */
const unread = [
  '',
  '.',
  '+',
  '-1',
  '-0',
  '1e3',
  '1E-3',
  ' 1',
  '1 ',
  '1\n',
  '1,5',
  '1.5.0',
  '++1',
  '0x1',
  'NaN',
  'Infinity',
  '١',
  '９',
  `1${zeros(38)}`,
  `0.${zeros(37)}`,
];

describe.each(protocols)('an amount over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  beforeAll(() => {
    client = openClient(protocol, service);
  });
  afterAll(() => client.close());

  const stageOf = (...opened: Opened[]) => ({ collections: service.collections, client, opened });
  const balanceOf = async ({ account }: Opened) => (await client.getAccount(account.id)).balance;

  /** Every call that takes an amount. */
  const calls = ({ sender, recipient }: { sender: Opened; recipient: Opened }) => {
    const accountId = sender.account.id;
    const recipientAccountId = recipient.account.id;
    const name = createCurrencyName();
    return [
      (amount: string) => client.createVirtualCurrency({ name, supply: amount, basePair: 'EUR' }),
      (amount: string) => client.mint({ accountId, amount }),
      (amount: string) => client.revoke({ accountId, amount }),
      (amount: string) => client.createBlockage(accountId, { amount, type: 'test' }),
      (amount: string) => client.pay(accountId, { recipientAccountId, amount }),
      (amount: string) => client.payAll(accountId, [{ recipientAccountId, amount }]),
    ];
  };

  it.each(written)('written as %s is %s, wherever it goes', async (text, canonical) => {
    const sender = await openFunded(client, text);
    const { currency } = sender.account;
    const recipient = await openIn(client, currency);
    const all = { accountBalance: canonical, availableBalance: canonical };
    expect(sender.account.balance).toEqual(all);
    expect((await client.getVirtualCurrency(currency)).supply).toBe(canonical);

    const blockage = { amount: text, type: 'test', ensureSufficientBalance: true };
    const { id, amount } = await client.createBlockage(sender.account.id, blockage);
    expect(amount).toBe(canonical);
    expect((await balanceOf(sender)).availableBalance).toBe('0');
    const payment = { recipientAccountId: recipient.account.id, amount: text };
    const reference = await client.settleBlockage(id, payment);
    expect(await balanceOf(recipient)).toEqual(all);
    expect(await balanceOf(sender)).toEqual({ accountBalance: '0', availableBalance: '0' });
    const { items } = await client.listRecords({ size: 50 }, { reference });
    const amounts = items.map((record) => record.amount);
    expect(amounts.sort()).toEqual([`-${canonical}`, canonical]);

    await client.revoke({ accountId: recipient.account.id, amount: text });
    expect((await client.getVirtualCurrency(currency)).supply).toBe('0');
    await client.deactivateAccount(recipient.account.id);
  });

  it.each(unkept)('of %s is refused for its format, wherever it goes', async (amount) => {
    const sender = await openFunded(client, digits);
    const recipient = await openIn(client, sender.account.currency);
    for (const call of calls({ sender, recipient })) {
      await expectRefused(stageOf(sender, recipient), () => call(amount), 'AMOUNT_FORMAT');
    }
  });

  it('that is not written as one is bad input, wherever it goes', async () => {
    const sender = await openFunded(client, '5');
    const recipient = await openIn(client, sender.account.currency);
    const { id } = await client.createBlockage(sender.account.id, { amount: '1', type: 'test' });
    const settle = (amount: string) =>
      client.settleBlockage(id, { recipientAccountId: recipient.account.id, amount });
    const invalid =
      protocol === 'rest'
        ? { status: 400, errorCode: 'validation.failed' }
        : { code: 'INVALID_ARGUMENT', reason: 'ARGUMENT_INVALID', errorCode: 'validation.failed' };
    for (const amount of unread) {
      for (const call of [...calls({ sender, recipient }), settle]) {
        await expect(call(amount), `${call} ${JSON.stringify(amount)}`).rejects.toMatchObject(
          invalid,
        );
      }
    }
    expect(await balanceOf(sender)).toEqual({ accountBalance: '5', availableBalance: '4' });
  });

  it('is added and taken exactly, where a float would not', async () => {
    const sender = await openFunded(client, '0.3');
    const recipient = await openIn(client, sender.account.currency);
    const payment = { recipientAccountId: recipient.account.id, amount: '0.1' };
    await client.pay(sender.account.id, payment);
    expect(await balanceOf(sender)).toMatchObject({ accountBalance: '0.2' });
    await client.payAll(sender.account.id, [payment, payment]);
    expect(await balanceOf(recipient)).toMatchObject({ accountBalance: '0.3' });
    await client.mint({
      accountId: recipient.account.id,
      amount: `9007199254740993.${zeros(17)}1`,
    });
    expect(await balanceOf(recipient)).toMatchObject({
      accountBalance: `9007199254740993.3${zeros(16)}1`,
    });
  });

  it('that a balance cannot be kept with is refused, and one that closes the gap is not', async () => {
    const sender = await openFunded(client, '9'.repeat(34));
    const recipient = await openIn(client, sender.account.currency);
    const accountId = sender.account.id;
    const recipientAccountId = recipient.account.id;
    const stage = stageOf(sender, recipient);
    for (const call of [
      () => client.mint({ accountId, amount: '0.1' }),
      () => client.mint({ accountId, amount: '2' }),
      () => client.revoke({ accountId, amount: '0.1' }),
      () => client.pay(accountId, { recipientAccountId, amount: '0.1' }),
      () => client.createBlockage(accountId, { amount: '0.1', type: 'test' }),
      // The account of the recipient could keep it, the supply cannot.
      () => client.mint({ accountId: recipientAccountId, amount: '0.1' }),
    ]) {
      await expectRefused(stage, call, 'BALANCE_FORMAT');
    }
    await client.mint({ accountId, amount: '1' });
    expect((await balanceOf(sender)).accountBalance).toBe(`1${zeros(34)}`);
    await client.pay(accountId, { recipientAccountId, amount: `1${zeros(34)}` });
    expect((await balanceOf(recipient)).accountBalance).toBe(`1${zeros(34)}`);
  });

  it('is refused in a batch for the balance that it leads to, not for the last one', async () => {
    const sender = await openFunded(client, digits);
    const recipient = await openIn(client, sender.account.currency);
    const recipientAccountId = recipient.account.id;
    const payments = ['0.5', '0.5'].map((amount) => ({ recipientAccountId, amount }));
    const call = () => client.payAll(sender.account.id, payments);
    await expectRefused(stageOf(sender, recipient), call, 'BALANCE_FORMAT');
  });

  it('of blockages adds up exactly, below zero too', async () => {
    const opened = await openCustomer(client);
    const block = async (amount: string) =>
      await client.createBlockage(opened.account.id, { amount, type: 'test' });
    const { id } = await block(`1${zeros(33)}`);
    expect((await balanceOf(opened)).availableBalance).toBe(`-1${zeros(33)}`);
    await expectRefused(stageOf(opened), () => block('0.1'), 'BALANCE_FORMAT');
    await block('1');
    expect((await balanceOf(opened)).availableBalance).toBe(`-1${zeros(32)}1`);
    await client.releaseBlockage(id);
    expect((await balanceOf(opened)).availableBalance).toBe('-1');
  });
});
