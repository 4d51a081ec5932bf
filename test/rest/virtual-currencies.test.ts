import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExternalId } from '../support/database.ts';
import { startTestService, type TestService } from '../support/service.ts';
import {
  type AccountJson,
  balanceOf,
  createCurrencyName,
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
  uuidPattern,
} from './rest.ts';

let service: TestService;
let rest: Rest;
beforeAll(async () => {
  service = await startTestService();
  rest = createRest(service);
});
afterAll(() => service.close());

const create = (body: object) =>
  rest.post('virtualCurrency', { supply: '1', basePair: 'EUR', ...body });
const readCurrency = async (name: string) => (await rest.get(`virtualCurrency/${name}`)).body;

describe('creating a virtual currency', () => {
  it('answers with the account that holds its supply', async () => {
    const name = createCurrencyName();
    const bare = {
      id: expect.stringMatching(idPattern),
      currency: name,
      active: true,
      frozen: false,
      balance: { accountBalance: '0.5', availableBalance: '0.5' },
      accountingCurrency: 'EUR',
    };
    const created = await create({ name, supply: '+.50', unknown: 1, xpub: 2 });
    expect(created).toEqual({ status: 200, body: bare });
    const { id } = created.body as AccountJson;
    expect((await rest.get(`account/${id}`)).body).toEqual(created.body);
    expect(await readCurrency(name)).toEqual({
      name,
      supply: '0.5',
      basePair: 'EUR',
      baseRate: 1,
      accountId: id,
    });
  });

  it('takes all that opens an account, with its customer', async () => {
    const name = createCurrencyName();
    const names = { accountCode: 'c', accountNumber: 'n' };
    const externalId = createExternalId();
    const customer = { externalId, accountingCurrency: 'USD', customerCountry: 'US' };
    const told = { basePair: 'VC_OF_OLD', baseRate: 0, description: 'd'.repeat(100) };
    const account = await read<AccountJson>(create({ name, customer, ...names, ...told }));
    expect(account).toMatchObject({ currency: name, ...names, accountingCurrency: 'USD' });
    expect((await rest.get(`customer/${externalId}`)).body).toMatchObject({
      id: account.customerId,
      ...customer,
    });
    expect(await readCurrency(name)).toEqual({
      name,
      supply: '1',
      ...told,
      accountId: account.id,
      customerId: account.customerId,
    });
    const own = await issue(rest, '1', { accountingCurrency: 'JPY', baseRate: 1.25 });
    expect(own).toMatchObject({ accountingCurrency: 'JPY' });
    expect(await readCurrency(own.currency)).toMatchObject({ baseRate: 1.25 });
  });

  it('is refused for the first thing that is wrong', async () => {
    const inactive = createExternalId();
    const account = await openAccount(rest, 'EUR', { externalId: inactive });
    await deactivate(rest, account);
    await done(rest.put(`customer/${account.customerId}/deactivate`));
    const disabled = createExternalId();
    const { customerId } = await openAccount(rest, 'EUR', { externalId: disabled });
    await done(rest.put(`customer/${customerId}/disable`));
    const taken = await issue(rest);
    const customer = { externalId: inactive };
    const refusals: [string, object][] = [
      ['virtual.name.prefix', { name: 'vc_lower', supply: '0', customer }],
      ['virtual.name.prefix', { name: 'V', supply: '0', customer }],
      ['amount.format', { name: taken.currency, supply: '0', customer }],
      ['amount.format', { name: taken.currency, supply: `0.${'0'.repeat(30)}1`, customer }],
      ['virtual.duplicate', { name: taken.currency, customer }],
      ['customer.not.active', { name: 'VC_NEVER', customer }],
      ['customer.disabled', { name: 'VC_NEVER', customer: { externalId: disabled } }],
    ];
    const { accounts, virtualCurrencies, records } = service.collections;
    const count = async () => [
      await accounts.countDocuments(),
      await virtualCurrencies.countDocuments(),
      await records.countDocuments(),
    ];
    const before = await count();
    for (const [errorCode, body] of refusals) {
      expect(await refusalOf(create(body))).toBe(errorCode);
    }
    expect(await count()).toEqual(before);
    expect(await refusalOf(rest.get('virtualCurrency/VC_NEVER'))).toBe('vc.not.found');
  });

  it('lets accounts be opened in it', async () => {
    const opening = { currency: createCurrencyName() };
    expect(await refusalOf(rest.post('account', opening))).toBe('ledger.currency.invalid');
    await read(create({ name: opening.currency }));
    expect(await read(rest.post('account', opening))).toMatchObject(opening);
  });
});

describe('a virtual currency', () => {
  it('is updated with what is given', async () => {
    const { currency: name } = await issue(rest, '1', { baseRate: 2, description: 'd' });
    const before = (await readCurrency(name)) as object;
    await done(rest.put('virtualCurrency', { name, baseRate: 0.5, basePair: null, supply: '9' }));
    expect(await readCurrency(name)).toEqual({ ...before, baseRate: 0.5 });
    await done(rest.put('virtualCurrency', { name, basePair: 'BTC' }));
    expect(await readCurrency(name)).toEqual({ ...before, baseRate: 0.5, basePair: 'BTC' });
  });

  it('that nobody created is refused to be read and updated', async () => {
    for (const name of ['VC_NOPE', 'mint', 'revoke', '%20%2F%20', 'x'.repeat(100)]) {
      expect(await refusalOf(rest.get(`virtualCurrency/${name}`))).toBe('vc.not.found');
    }
    const update = rest.put('virtualCurrency', { name: 'x'.repeat(100), baseRate: 1 });
    expect(await refusalOf(update)).toBe('vc.not.found');
  });
});

describe.each(['mint', 'revoke'] as const)('to %s', (verb) => {
  const change = (body: object) => rest.put(`virtualCurrency/${verb}`, body);
  const sign = verb === 'mint' ? 1 : -1;

  it('changes the balance and the supply, and answers with the reference of the one record', async () => {
    const account = await issue(rest, '100');
    const changed = await change({ accountId: account.id.toUpperCase(), amount: '+1.50' });
    const reference = expect.stringMatching(uuidPattern);
    expect(changed).toEqual({ status: 200, body: { reference } });
    const left = String(100 + sign * 1.5);
    expect(await balanceOf(rest, account)).toEqual([left, left]);
    expect(await readCurrency(account.currency)).toMatchObject({ supply: left });
    const made = (changed.body as { reference: string }).reference;
    expect((await rest.get(`transaction/reference/${made}`)).body).toEqual([
      {
        accountId: account.id,
        currency: account.currency,
        amount: String(sign * 1.5),
        anonymous: false,
        created: expect.any(Number),
        operationType: verb.toUpperCase(),
        transactionType: verb === 'mint' ? 'CREDIT_PAYMENT' : 'DEBIT_PAYMENT',
        reference: made,
      },
    ]);
  });

  it('notes on the record what it is told, under the reference that it is given', async () => {
    const account = await issue(rest);
    const reference = `reference of ${verb}ing ${account.id}`;
    const notes = {
      reference,
      transactionCode: 'c',
      paymentId: 'p',
      recipientNote: 'r',
      senderNote: 's',
    };
    const told = { ...notes, counterAccount: unknownId.toUpperCase(), unknown: 1 };
    const changed = await change({ accountId: account.id, amount: '1', ...told });
    expect(changed).toEqual({ status: 200, body: { reference } });
    const path = `transaction/reference/${encodeURIComponent(reference)}`;
    expect(await read<object[]>(rest.get(path))).toMatchObject([
      { ...notes, accountId: account.id, counterAccountId: unknownId },
    ]);
  });

  it('is refused for the first thing that is wrong', async () => {
    const plain = await openAccount(rest, 'EUR');
    const gone = await openAccount(rest, 'EUR');
    await deactivate(rest, gone);
    for (const id of [gone.id, unknownId, 'x'.repeat(24)]) {
      expect(await refusalOf(change({ accountId: id, amount: '0' }))).toBe('amount.format');
      expect(await refusalOf(change({ accountId: id, amount: '1' }))).toBe('account.not.exists');
    }
    expect(await refusalOf(change({ accountId: plain.id, amount: '0' }))).toBe('amount.format');
    expect(await refusalOf(change({ accountId: plain.id, amount: '1' }))).toBe('vc.not.found');
  });

  it('is refused last for a sum that cannot be kept', async () => {
    const account = await issue(rest, verb === 'mint' ? '12345' : '100000');
    const accountId = account.id;
    const grain = `0.${'0'.repeat(29)}1`;
    expect(await refusalOf(change({ accountId, amount: grain }))).toBe('amount.format');
    expect((await rest.get(`account/${accountId}`)).body).toEqual(account);
    await done(rest.put(`account/${accountId}/freeze`));
    const expected = verb === 'mint' ? 'amount.format' : 'virtual.account.balance';
    expect(await refusalOf(change({ accountId, amount: grain }))).toBe(expected);
  });
});

describe('what can be revoked', () => {
  const revoke = (accountId: string, amount: string) =>
    rest.put('virtualCurrency/revoke', { accountId, amount });

  it('is what is shown as available', async () => {
    const source = await issue(rest);
    const account = await openFunded(rest, source, '10');
    await read(rest.post(`account/block/${account.id}`, { amount: '4', type: 't' }));
    expect(await refusalOf(revoke(account.id, '6.1'))).toBe('virtual.account.balance');
    await read(revoke(account.id, '6'));
    expect(await balanceOf(rest, account)).toEqual(['4', '0']);
    expect(await readCurrency(source.currency)).toMatchObject({ supply: '1004' });
  });

  it('is nothing while the account is frozen or its customer disabled, and minting goes on', async () => {
    for (const path of ['account/:id/freeze', 'customer/:customer/disable']) {
      const account = await openFunded(rest, await issue(rest), '10');
      const { id, customerId } = account;
      await done(rest.put(path.replace(':id', id).replace(':customer', customerId)));
      expect(await refusalOf(revoke(id, '1'))).toBe('virtual.account.balance');
      await read(rest.put('virtualCurrency/mint', { accountId: id, amount: '1' }));
      expect(await balanceOf(rest, account)).toEqual(['11', '0']);
    }
  });
});
