import { Decimal128, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordFilter, RecordNotes } from '../../src/domain/transaction-record.ts';
import { createCall, openTestStore, type TestStore, tenant } from '../support/database.ts';
import { expectIndexed, profile } from '../support/profiler.ts';

const recordCount = 3_000;
/** One record in this many is of the rarer kind. */
const rarity = 100;
const page = { size: 25, token: '' };
/** A page and the row that tells whether there is a next one; twice that leaves room for rows that are passed by. */
const pageRowsMax = 2 * (page.size + 1);

/** An account that nearly all records are of, and one with a record in a hundred; and so their customers. */
const busy = { account: new ObjectId(), customer: new ObjectId() };
const quiet = { account: new ObjectId(), customer: new ObjectId() };
const start = Date.UTC(2026, 0);

let test: TestStore;

function createNotes(isRare: (kind: number) => boolean): RecordNotes {
  return {
    ...(isRare(5) && { transactionCode: 'rare' }),
    ...(isRare(6) && { paymentId: 'rare' }),
    recipientNote: isRare(7) ? 'rare' : 'frequent',
    ...(isRare(8) && { senderNote: 'rare' }),
  };
}

beforeAll(async () => {
  test = await openTestStore();
  const one = Decimal128.fromString('1');
  const records = Array.from({ length: recordCount }, (_, index) => {
    const isRare = (kind: number) => index % rarity === kind;
    const [own, other] = isRare(0) ? [quiet, busy] : [busy, isRare(1) ? quiet : undefined];
    return {
      _id: new ObjectId(),
      tenant: index % 2 === 0 || index % rarity < 9 ? tenant : 'another',
      accountId: own.account,
      customerId: own.customer,
      counterAccountId: other?.account ?? new ObjectId(),
      currency: isRare(3) ? 'BTC' : 'EUR',
      amount: one,
      balance: one,
      sequence: index + 1,
      actor: 'key_test',
      anonymous: false,
      createTime: new Date(start + Math.floor(index / 3)),
      operationType: isRare(4) ? ('MINT' as const) : ('PAYMENT' as const),
      transactionType: 'CREDIT_PAYMENT' as const,
      reference: `reference-${index >> 1}`,
      ...createNotes(isRare),
    };
  });
  await test.collections.records.insertMany(records);
  const accounts = [
    { _id: busy.account, records: recordCount - recordCount / rarity },
    { _id: quiet.account, records: recordCount / rarity },
  ];
  const time = new Date();
  await test.collections.accounts.insertMany(
    accounts.map((account) => ({
      ...account,
      tenant,
      currency: 'EUR',
      active: true,
      frozen: false,
      balance: one,
      blocked: Decimal128.fromString('0'),
      available: one,
      accountingCurrency: 'EUR',
      version: 1,
      createTime: time,
      updateTime: time,
      pending: [],
    })),
  );
});
afterAll(() => test.close());

describe('a list of records', () => {
  const ofBusy = { accountId: busy.account.toHexString() };
  const ofQuiet = { accountId: quiet.account.toHexString() };
  const to = new Date(start + 500);
  const filters: Record<string, RecordFilter> = {
    all: {},
    'of a time': { from: new Date(start + 100), to },
    'of a busy account': ofBusy,
    'of a busy account, of a time': { ...ofBusy, from: new Date(start + 100), to },
    'of a quiet account': ofQuiet,
    'of a busy account with a quiet one': {
      ...ofBusy,
      counterAccountId: quiet.account.toHexString(),
    },
    'of a quiet account with a busy one': {
      ...ofQuiet,
      counterAccountId: busy.account.toHexString(),
    },
    'that name a quiet account': { counterAccountId: quiet.account.toHexString() },
    'of a customer with many': { customerId: busy.customer.toHexString() },
    'of a customer with few': { customerId: quiet.customer.toHexString() },
    'of a frequent currency': { currencies: ['EUR'] },
    'of a rare currency': { currencies: ['BTC'] },
    'of several currencies': { currencies: ['BTC', 'EUR', 'USD'] },
    'of several currencies, of a time': { currencies: ['BTC', 'EUR', 'USD'], to },
    'of a rare operation': { operationType: 'MINT' },
    'of a busy account, of a rare operation': { ...ofBusy, operationType: 'MINT' },
    'of a rare code': { transactionCode: 'rare' },
    'of a rare payment id': { paymentId: 'rare' },
    'of a busy account, of a rare payment id': { ...ofBusy, paymentId: 'rare' },
    'with a rare note to the recipient': { recipientNote: 'rare' },
    'with a rare note to the recipient, of a frequent currency': {
      currencies: ['EUR'],
      recipientNote: 'rare',
    },
    'with a rare note to the recipient, of a time': { recipientNote: 'rare', to },
    'with a frequent note to the recipient': { recipientNote: 'frequent' },
    'with a rare note of the sender': { senderNote: 'rare' },
    'of a reference': { reference: 'reference-7' },
    'of an unknown account': { accountId: 'f'.repeat(24) },
  };

  it.each(Object.keys(filters))('is served by an index in its order: %s', async (name) => {
    const { transactions } = test.store;
    const filter = filters[name] ?? {};
    const read = (token: string) => transactions.list(createCall(), filter, { ...page, token });
    let token = '';
    const first = await profile(test, async () => {
      token = (await read('')).nextToken;
    });
    expectIndexed(first, pageRowsMax);
    if (token === '') return;
    expectIndexed(await profile(test, () => read(token)), pageRowsMax);
  });

  it.each(Object.keys(filters))('is counted without a record or by few: %s', async (name) => {
    const filter = filters[name] ?? {};
    const operations = await profile(test, () =>
      test.store.transactions.count(createCall(), filter),
    );
    const ofRecords = operations.filter(({ ns }) => ns.endsWith('.records'));
    expect(ofRecords).toHaveLength(1);
    const isFiltered =
      (filter.counterAccountId && filter.accountId) ||
      filter.paymentId ||
      (filter.recipientNote && filter.currencies);
    const rows = isFiltered ? (2 * recordCount) / rarity : 0;
    expect(ofRecords[0]?.docsExamined).toBeLessThanOrEqual(rows);
  });

  it('is empty, and counts none, for ids that nobody has or that are none', async () => {
    const { transactions } = test.store;
    for (const id of ['f'.repeat(24), 'x', '', 'z'.repeat(24), '0'.repeat(25)]) {
      for (const filter of [{ accountId: id }, { customerId: id }, { counterAccountId: id }]) {
        expect(await transactions.list(createCall(), filter, page)).toEqual({
          items: [],
          nextToken: '',
        });
        expect(await transactions.count(createCall(), { ...ofBusy, ...filter })).toBe(0);
      }
    }
  });

  it('holds the records at its first and its last time', async () => {
    const at = new Date(start + 100);
    const { items } = await test.store.transactions.list(createCall(), { from: at, to: at }, page);
    expect(items.length).toBeGreaterThan(0);
    expect(items.every(({ createTime }) => createTime.getTime() === at.getTime())).toBe(true);
    const later = { from: new Date(start + 101), to: at };
    expect(await test.store.transactions.count(createCall(), later)).toBe(0);
  });
});
