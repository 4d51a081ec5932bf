import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExternalId } from '../support/database.ts';
import { startTestService, type TestService } from '../support/service.ts';
import {
  type AccountJson,
  createRest,
  deactivate,
  done,
  idPattern,
  issue,
  openAccount,
  openFunded,
  type Rest,
  read,
  refusalOf,
  unknownId,
} from './rest.ts';

let service: TestService;
let rest: Rest;
beforeAll(async () => {
  service = await startTestService();
  rest = createRest(service);
});
afterAll(() => service.close());

const countAccounts = async () => await service.collections.accounts.countDocuments();

describe('opening several accounts', () => {
  it('answers them in order, each as one that is opened alone', async () => {
    const [first, second] = [createExternalId(), createExternalId()];
    const names = { accountCode: 'code', accountNumber: 'number', xpub: 'xpub' };
    const accounts = [
      { currency: 'BTC', customer: { externalId: first, accountingCurrency: 'USD' }, ...names },
      { currency: 'EUR', customer: { externalId: second }, compliant: true, unknown: [1] },
      { currency: 'ETH', customer: { externalId: first }, accountingCurrency: 'CHF' },
      { currency: 'DOGE' },
    ];
    const opened = await read<AccountJson[]>(rest.post('account/batch', { accounts }));
    const bare = {
      id: expect.stringMatching(idPattern),
      active: true,
      frozen: false,
      balance: { accountBalance: '0', availableBalance: '0' },
    };
    const customerId = opened[0]?.customerId;
    expect(customerId).toMatch(idPattern);
    expect(opened).toEqual([
      { ...bare, currency: 'BTC', customerId, accountingCurrency: 'USD', ...names },
      {
        ...bare,
        currency: 'EUR',
        customerId: expect.stringMatching(idPattern),
        accountingCurrency: 'EUR',
      },
      { ...bare, currency: 'ETH', customerId, accountingCurrency: 'CHF' },
      { ...bare, currency: 'DOGE', accountingCurrency: 'EUR' },
    ]);
    expect(new Set(opened.map(({ id }) => id)).size).toBe(4);
    expect(opened[1]?.customerId).not.toBe(customerId);
    for (const account of opened)
      expect((await rest.get(`account/${account.id}`)).body).toEqual(account);
  });

  it('opens 100 at once, and none of 101', async () => {
    const accounts = Array.from({ length: 101 }, () => ({ currency: 'EUR' }));
    const before = await countAccounts();
    const refused = await rest.post('account/batch', { accounts });
    expect(refused).toMatchObject({ status: 400, body: { data: [{ property: 'accounts' }] } });
    expect(await countAccounts()).toBe(before);
    expect(await read(rest.post('account/batch', { accounts: accounts.slice(1) }))).toHaveLength(
      100,
    );
    expect(await countAccounts()).toBe(before + 100);
  });

  it('is refused for the first account that is, and then opens none', async () => {
    const inactive = createExternalId();
    await deactivate(rest, await openAccount(rest, 'EUR', { externalId: inactive }));
    const { body } = await rest.get(`customer/${inactive}`);
    await done(rest.put(`customer/${(body as { id: string }).id}/deactivate`));
    const disabled = createExternalId();
    const { customerId } = await openAccount(rest, 'EUR', { externalId: disabled });
    await done(rest.put(`customer/${customerId}/disable`));
    const externalId = createExternalId();
    const openings = {
      good: { currency: 'EUR', customer: { externalId } },
      'customer.not.active': { currency: 'EUR', customer: { externalId: inactive } },
      'customer.disabled': { currency: 'EUR', customer: { externalId: disabled } },
      'ledger.currency.invalid': { currency: 'VC_NOPE', customer: { externalId } },
    };
    const reasons = [
      'customer.not.active',
      'customer.disabled',
      'ledger.currency.invalid',
    ] as const;
    const before = await countAccounts();
    for (const reason of reasons) {
      const others = reasons.filter((other) => other !== reason).map((other) => openings[other]);
      const accounts = [openings.good, openings[reason], ...others];
      expect(await refusalOf(rest.post('account/batch', { accounts }))).toBe(reason);
    }
    expect(await countAccounts()).toBe(before);
    expect((await rest.get(`customer/${externalId}`)).status).toBe(403);
  });

  it('sees the customer that an account before it made', async () => {
    const externalId = createExternalId();
    const accounts = [
      { currency: 'EUR', customer: { externalId, accountingCurrency: 'GBP' } },
      { currency: 'EUR', customer: { externalId, customerCountry: 'GB' } },
    ];
    const opened = await read<AccountJson[]>(rest.post('account/batch', { accounts }));
    expect(opened).toMatchObject([{ accountingCurrency: 'GBP' }, { accountingCurrency: 'GBP' }]);
    expect((await rest.get(`customer/${externalId}`)).body).toMatchObject({
      accountingCurrency: 'GBP',
      customerCountry: 'GB',
    });
  });
});

describe('the update of an account', () => {
  it('sets what is given and leaves the rest, in every state', async () => {
    const account = await openAccount(rest, 'EUR');
    const path = `account/${account.id}`;
    await done(rest.put(path, { accountCode: 'a', accountNumber: null, currency: 'USD' }));
    expect((await rest.get(path)).body).toEqual({ ...account, accountCode: 'a' });
    await done(rest.put(path, { accountNumber: 'b' }));
    await done(rest.put(`${path}/freeze`));
    await done(rest.put(path, { accountCode: 'c' }));
    await done(rest.put(`${path}/unfreeze`));
    await deactivate(rest, account);
    await done(rest.put(path, { accountNumber: 'd', active: true }));
    expect((await rest.get(path)).body).toEqual({
      ...account,
      active: false,
      accountCode: 'c',
      accountNumber: 'd',
    });
  });

  it('is refused for an account that does not exist', async () => {
    for (const id of [unknownId, 'x'.repeat(24), 'x'.repeat(10)]) {
      const answer = rest.put(`account/${id}`, { accountCode: 'a' });
      expect(await refusalOf(answer)).toBe('account.not.exists');
    }
  });
});

describe('the balance of an account', () => {
  it('is both of its balances and nothing else, also of an inactive account', async () => {
    const account = await openFunded(rest, await issue(rest), '12.50');
    const path = `account/${account.id}/balance`;
    expect(await rest.get(path)).toEqual({
      status: 200,
      body: { accountBalance: '12.5', availableBalance: '12.5' },
    });
    await done(rest.put(`customer/${account.customerId}/disable`));
    expect((await rest.get(path)).body).toEqual({ accountBalance: '12.5', availableBalance: '0' });
    const empty = await openAccount(rest, 'EUR');
    await deactivate(rest, empty);
    expect((await rest.get(`account/${empty.id}/balance`)).body).toEqual(empty.balance);
    expect(await refusalOf(rest.get(`account/${unknownId}/balance`))).toBe('account.not.exists');
  });
});

describe('freezing', () => {
  it('shows nothing as available until the account is unfrozen, and lets things come in', async () => {
    const source = await issue(rest);
    const account = await openFunded(rest, source, '5');
    const path = `account/${account.id}`;
    await done(rest.put(`${path}/freeze`));
    const frozen = { accountBalance: '5', availableBalance: '0' };
    expect((await rest.get(path)).body).toEqual({ ...account, frozen: true, balance: frozen });
    expect((await rest.get(`account/block/${account.id}?pageSize=50`)).body).toEqual([]);
    const payment = { senderAccountId: source.id, recipientAccountId: account.id, amount: '2' };
    await read(rest.post('transaction', payment));
    expect((await rest.get(`${path}/balance`)).body).toEqual({ ...frozen, accountBalance: '7' });
    await done(rest.put(`${path}/unfreeze`));
    const balance = { accountBalance: '7', availableBalance: '7' };
    expect((await rest.get(path)).body).toEqual({ ...account, balance });
  });

  it('is strict, and knows no account that is inactive', async () => {
    const account = await openAccount(rest, 'EUR');
    const path = `account/${account.id}`;
    expect(await refusalOf(rest.put(`${path}/unfreeze`))).toBe('account.not.frozen');
    await done(rest.put(`${path}/freeze`));
    expect(await refusalOf(rest.put(`${path}/freeze`))).toBe('account.frozen');
    await deactivate(rest, account);
    for (const verb of ['freeze', 'unfreeze']) {
      expect(await refusalOf(rest.put(`${path}/${verb}`))).toBe('account.not.exists');
      expect(await refusalOf(rest.put(`account/${unknownId}/${verb}`))).toBe('account.not.exists');
    }
    // It comes back as it went.
    await done(rest.put(`${path}/activate`));
    await done(rest.put(`${path}/unfreeze`));
  });
});

describe('the paths of accounts', () => {
  it.each(['count', 'customer', 'block', 'batch', 'c', 'counter', 'blocked', 'balance', 'account'])(
    'are kept apart from an account whose id is asked for as %s',
    async (id) => {
      const { status, body } = await rest.get(`account/${id}`);
      if (id === 'count') expect(body).toEqual({ total: expect.any(Number) });
      else expect({ status, body }).toMatchObject({ body: { errorCode: 'account.not.exists' } });
      for (const encoded of [`%${id.charCodeAt(0).toString(16)}${id.slice(1)}`, `/${id}/`]) {
        expect((await rest.get(`account/${encoded}`)).status).toBe(status);
      }
    },
  );

  it('take an id that is percent-encoded', async () => {
    const account = await openAccount(rest, 'EUR');
    const id = account.id.replace(/./g, (digit) => `%${digit.charCodeAt(0).toString(16)}`);
    expect((await rest.get(`account/${id}`)).body).toEqual(account);
    expect((await rest.get(`account/${id}/balance`)).body).toEqual(account.balance);
    await done(rest.put(`account/${id}/freeze`));
    expect((await rest.get(`account/block/${id}?pageSize=1`)).body).toEqual([]);
  });
});
