import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSender } from '../support/clients/http.ts';
import { startTestService, type TestService } from '../support/service.ts';
import {
  type AccountJson,
  createRest,
  issue,
  openAccount,
  type Rest,
  read,
  unknownId,
} from './rest.ts';

/** A record as REST answers it, as far as the tests look into it. */
interface RecordJson {
  readonly accountId: string;
  readonly amount: string;
  readonly created: number;
  readonly reference: string;
}

let service: TestService;
let rest: Rest;
let source: AccountJson;
beforeAll(async () => {
  service = await startTestService();
  rest = createRest(service);
  source = await issue(rest, '1000000');
});
afterAll(() => service.close());

const pay = async (recipient: AccountJson, amount: string, told = {}): Promise<string> => {
  const payment = { senderAccountId: source.id, recipientAccountId: recipient.id, amount, ...told };
  return (await read<{ reference: string }>(rest.post('transaction', payment))).reference;
};
const find = async (noun: string, query: string, body: object) =>
  await read<RecordJson[]>(rest.post(`transaction/${noun}?${query}`, body));
const count = async (noun: string, body: object, query = '') =>
  await rest.post(`transaction/${noun}?count=true${query}`, body);
const ofReference = async (reference: string, query = '') =>
  await read<RecordJson[]>(rest.get(`transaction/reference/${reference}${query}`));

describe('the records of a payment', () => {
  const notes = { transactionCode: 'c', paymentId: 'p', recipientNote: 'r' };

  it('are one of each account, with exactly what there is to tell', async () => {
    const recipient = await openAccount(rest, source.currency);
    const earliest = Date.now();
    const reference = await pay(recipient, '12.50', { ...notes, senderNote: 's' });
    const records = await ofReference(reference);
    const shared = {
      ...notes,
      currency: source.currency,
      anonymous: false,
      created: expect.any(Number),
      operationType: 'PAYMENT',
      reference,
    };
    const debit = {
      ...shared,
      accountId: source.id,
      counterAccountId: recipient.id,
      amount: '-12.5',
      transactionType: 'DEBIT_PAYMENT',
      senderNote: 's',
    };
    const credit = {
      ...shared,
      accountId: recipient.id,
      counterAccountId: source.id,
      amount: '12.5',
      transactionType: 'CREDIT_PAYMENT',
    };
    expect(records).toHaveLength(2);
    expect(records).toEqual(expect.arrayContaining([debit, credit]));
    const [created, other] = records.map((record) => record.created);
    expect(created).toBe(other);
    expect(Number.isInteger(created)).toBe(true);
    // Milliseconds, of a clock that the service and the test share.
    expect(created).toBeGreaterThanOrEqual(earliest);
    expect(created).toBeLessThanOrEqual(Date.now());
    expect(await find('account', 'pageSize=50', { id: recipient.id })).toEqual([credit]);
  });

  it('leave off what was not told, and who paid when that is anonymous', async () => {
    const recipient = await openAccount(rest, source.currency);
    const reference = await pay(recipient, '1', { anonymous: true, senderNote: null });
    const shared = {
      currency: source.currency,
      anonymous: true,
      created: expect.any(Number),
      operationType: 'PAYMENT',
      reference,
    };
    expect(await find('account', 'pageSize=1', { id: recipient.id })).toEqual([
      { ...shared, accountId: recipient.id, amount: '1', transactionType: 'CREDIT_PAYMENT' },
    ]);
    expect(await find('account', 'pageSize=1', { id: source.id })).toEqual([
      {
        ...shared,
        accountId: source.id,
        counterAccountId: recipient.id,
        amount: '-1',
        transactionType: 'DEBIT_PAYMENT',
      },
    ]);
  });
});

describe('a query of records', () => {
  it('is answered newest first, in pages, and past the end with nothing', async () => {
    const recipient = await openAccount(rest, source.currency);
    const references = [];
    for (let amount = 1; amount <= 4; amount += 1) {
      references.unshift(await pay(recipient, String(amount)));
    }
    const read = async (query: string) =>
      (await find('account', query, { id: recipient.id })).map(({ reference }) => reference);
    expect(await read('pageSize=50')).toEqual(references);
    expect(await read('pageSize=2&offset=0')).toEqual(references.slice(0, 2));
    expect(await read('pageSize=2&offset=1&count=false')).toEqual(references.slice(1, 3));
    expect(await read('pageSize=50&offset=4')).toEqual([]);
    const upper = { id: recipient.id.toUpperCase(), account: recipient.id };
    expect(await find('account', 'pageSize=50', upper)).toHaveLength(4);
  });

  it('may be of the whole ledger, or of one account in it', async () => {
    const recipient = await openAccount(rest, source.currency);
    const reference = await pay(recipient, '5', { paymentId: 'of the ledger' });
    const all = await find('ledger', 'pageSize=2', {});
    expect(all.map((record) => record.reference)).toEqual([reference, reference]);
    expect(await find('ledger', 'pageSize=50', { account: recipient.id })).toEqual(
      await find('account', 'pageSize=50', { id: recipient.id }),
    );
  });

  it('may ask for the number of records alone, without a page', async () => {
    const recipient = await openAccount(rest, source.currency);
    for (let payment = 0; payment < 3; payment += 1) await pay(recipient, '1');
    const body = { id: recipient.id };
    expect(await count('account', body)).toEqual({ status: 200, body: 3 });
    expect(await count('account', body, '&pageSize=1&offset=2')).toEqual({ status: 200, body: 3 });
    expect(await count('ledger', { account: recipient.id })).toEqual({ status: 200, body: 3 });
    const send = createSender(service.address, service.key);
    const path = '/v3/ledger/transaction/account?count=true';
    const { text, headers } = await send({ method: 'POST', path, body: JSON.stringify(body) });
    expect(text).toBe('3');
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it('is answered with nothing for what is not there', async () => {
    const bodies: [string, object][] = [
      ['account', { id: unknownId }],
      ['account', { id: 'x'.repeat(24) }],
      ['account', { id: source.id, account: unknownId }],
      ['account', { id: source.id, transactionType: 'CREDIT_DEPOSIT' }],
      ['account', { id: source.id, opType: 'EXCHANGE' }],
      ['account', { id: source.id, currency: 'EUR', currencies: [source.currency] }],
      ['ledger', { account: unknownId }],
      ['ledger', { transactionType: 'CREDIT_PAYMENT', transactionTypes: ['DEBIT_PAYMENT'] }],
      ['customer', { id: source.id, transactionTypes: ['FAILED'] }],
    ];
    for (const [noun, body] of bodies) {
      expect(await find(noun, 'pageSize=50', body)).toEqual([]);
      expect(await count(noun, body)).toEqual({ status: 200, body: 0 });
    }
  });
});

describe('a reference', () => {
  it('that is unknown has no records, whatever its 20 to 100 characters are', async () => {
    for (const reference of [
      'x'.repeat(20),
      'x'.repeat(100),
      '%2F'.repeat(20),
      crypto.randomUUID(),
    ]) {
      expect(await ofReference(reference)).toEqual([]);
    }
  });

  it('that many records share has pages of them, the newest 50 first of all', async () => {
    const account = await issue(rest);
    const reference = `shared by the mints of ${account.id}`;
    const mint = { accountId: account.id, amount: '1', reference };
    for (let minted = 0; minted < 51; minted += 1) {
      await read(rest.put('virtualCurrency/mint', mint));
    }
    const encoded = encodeURIComponent(reference);
    expect(await ofReference(encoded)).toHaveLength(50);
    expect(await ofReference(encoded, '?offset=50')).toHaveLength(1);
    expect(await ofReference(encoded, '?pageSize=2&offset=48')).toHaveLength(2);
  });
});
