import type { Decimal128, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountFilter, AccountOrder, AccountSortKey } from '../../src/domain/account.ts';
import { compareDecimals, type Decimal, isZero, parseDecimal } from '../../src/domain/decimal.ts';
import type { Page } from '../../src/domain/page.ts';
import {
  type AmountBound,
  comparisons,
  operationTypes,
  type RecordFilter,
  transactionTypes,
} from '../../src/domain/transaction-record.ts';
import type { AccountDocument, RecordDocument } from '../../src/store/documents.ts';
import { createCall, openTestStore, type TestStore, tenant } from '../support/database.ts';
import {
  accountIds,
  amounts,
  codes,
  createAccountRows,
  createRecordRows,
  currencies,
  customerIds,
  numbers,
  references,
  times,
} from '../support/ledger-rows.ts';
import { readByTokens } from '../support/pages.ts';
import { createRandom, type Random } from '../support/random.ts';

/** Each seed stands for so many random lists, which are read at once. */
const listsCount = 16;
const seeds = Array.from({ length: 12 }, (_, index) => index + 1);

let test: TestStore;
let accounts: AccountDocument[];
let records: RecordDocument[];

beforeAll(async () => {
  test = await openTestStore();
  const random = createRandom(20261124);
  // More than a thousand are of one code: too many for the store to put in order by itself.
  accounts = createAccountRows(random, tenant, 1_600);
  records = createRecordRows(random, tenant, 800);
  await test.collections.accounts.insertMany([
    ...accounts,
    ...createAccountRows(random, 'another', 200),
  ]);
  await test.collections.records.insertMany([
    ...records,
    ...createRecordRows(random, 'another', 200),
  ]);
});
afterAll(() => test.close());

/** Gives a filter each of whose fields is there once in so many times. */
function pickFilter(random: Random, share: number, fields: Record<string, () => unknown>): object {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(() => random.below(share) === 0)
      .map(([name, pick]) => [name, pick()]),
  );
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function byIds(a: { readonly _id: ObjectId }, b: { readonly _id: ObjectId }): number {
  return compareBytes(a._id.toHexString(), b._id.toHexString());
}

describe('a list of accounts', () => {
  const sortKeys: AccountSortKey[] = ['id', 'accountNumber', 'accountBalance', 'availableBalance'];
  const flags = [true, false];

  function pickAccountFilter(random: Random): AccountFilter {
    return pickFilter(random, random.pick([2, 4, 8]), {
      customerId: () => random.pick(customerIds).toHexString(),
      active: () => random.pick(flags),
      frozen: () => random.pick(flags),
      currency: () => random.pick(currencies),
      accountCode: () => random.pick(codes),
      accountNumber: () => random.pick(numbers),
      onlyNonZeroBalance: () => random.pick(flags),
    });
  }

  function passes(row: AccountDocument, filter: AccountFilter): boolean {
    const { customerId, onlyNonZeroBalance, ...fields } = filter;
    return (
      (customerId === undefined || row.customerId?.toHexString() === customerId) &&
      (!onlyNonZeroBalance || !isZero(toDecimal(row.balance))) &&
      Object.entries(fields).every(([name, value]) => row[name as keyof AccountDocument] === value)
    );
  }

  /** The decimals of the rows, which are compared more often than they are parsed. */
  const decimals = new Map<Decimal128, Decimal>();
  function toDecimal(value: Decimal128): Decimal {
    const decimal = decimals.get(value) ?? parseDecimal(value.toString());
    decimals.set(value, decimal);
    return decimal;
  }

  // The rows without a number come first.
  const toText = (number: string | undefined) => (number === undefined ? '' : `+${number}`);
  const comparers: Record<AccountSortKey, (a: AccountDocument, b: AccountDocument) => number> = {
    id: () => 0,
    accountNumber: (a, b) => compareBytes(toText(a.accountNumber), toText(b.accountNumber)),
    accountBalance: (a, b) => compareDecimals(toDecimal(a.balance), toDecimal(b.balance)),
    availableBalance: (a, b) => compareDecimals(toDecimal(a.available), toDecimal(b.available)),
  };

  function select(filter: AccountFilter, { by, descending }: AccountOrder): string[] {
    const rows = accounts
      .filter((row) => passes(row, filter))
      .sort((a, b) => comparers[by](a, b) || byIds(a, b));
    return (descending ? rows.reverse() : rows).map(({ _id }) => _id.toHexString());
  }

  it.each(seeds)(
    'holds in its order what passes its filter, and is counted (seed %i)',
    async (seed) => {
      const random = createRandom(seed);
      const check = async () => {
        const filter = pickAccountFilter(random);
        const order = { by: random.pick(sortKeys), descending: random.pick(flags) };
        const expected = select(filter, order);
        const size = random.below(100) + 1 + Math.ceil(expected.length / 8);
        const offset = random.below(expected.length + size);
        const { store } = test;
        const list = (page: Page) => store.accounts.list(createCall(), filter, page, order);
        const rows = await readByTokens(list, size);
        const skipped = await list({ size, offset });
        expect({
          filter,
          order,
          ids: rows.map(({ id }) => id),
          skipped: { ...skipped, items: skipped.items.map(({ id }) => id) },
          count: await store.accounts.count(createCall(), filter),
        }).toEqual({
          filter,
          order,
          ids: expected,
          skipped: { items: expected.slice(offset, offset + size), nextToken: '' },
          count: expected.length,
        });
      };
      await Promise.all(Array.from({ length: listsCount }, check));
    },
  );
});

describe('a list of records', () => {
  const days = [new Date(0), ...times, new Date(2 ** 42)];
  const bounds = [...amounts, '0', '-0.0', '1.00', `1.${'0'.repeat(35)}1`, `-1.${'9'.repeat(35)}`];

  function pickRecordFilter(random: Random): RecordFilter {
    return pickFilter(random, random.pick([3, 6, 12]), {
      customerId: () => random.pick(customerIds).toHexString(),
      accountId: () => random.pick(accountIds).toHexString(),
      counterAccountId: () => random.pick(accountIds).toHexString().toUpperCase(),
      currencies: () => Array.from({ length: random.below(4) }, () => random.pick(currencies)),
      from: () => random.pick(days),
      to: () => random.pick(days),
      amounts: () =>
        Array.from({ length: random.below(3) }, () => ({
          comparison: random.pick(comparisons),
          value: random.pick(bounds),
        })),
      operationType: () => random.pick(operationTypes),
      transactionType: () => random.pick(transactionTypes),
      transactionCode: () => random.pick(codes),
      paymentId: () => random.pick(codes),
      recipientNote: () => `note ${random.below(records.length)}`,
      senderNote: () => random.pick(codes),
      reference: () => random.pick(references),
    });
  }

  function keeps(row: RecordDocument, { comparison, value }: AmountBound): boolean {
    const compared = compareDecimals(parseDecimal(row.amount.toString()), parseDecimal(value));
    const holds = {
      gte: compared >= 0,
      lte: compared <= 0,
      gt: compared > 0,
      lt: compared < 0,
      eq: compared === 0,
      neq: compared !== 0,
    };
    return holds[comparison];
  }

  function passes(row: RecordDocument, filter: RecordFilter): boolean {
    const { customerId, accountId, counterAccountId, from, to, ...rest } = filter;
    const { currencies: some = [], amounts: kept = [], ...texts } = rest;
    const ids = { customerId, accountId, counterAccountId };
    return (
      Object.entries(ids).every(
        ([name, id]) =>
          id === undefined || row[name as keyof typeof ids]?.toHexString() === id.toLowerCase(),
      ) &&
      (some.length === 0 || some.includes(row.currency)) &&
      (!from || row.createTime >= from) &&
      (!to || row.createTime <= to) &&
      kept.every((bound) => keeps(row, bound)) &&
      Object.entries(texts).every(([name, value]) => row[name as keyof typeof texts] === value)
    );
  }

  const byTime = (a: RecordDocument, b: RecordDocument) =>
    b.createTime.getTime() - a.createTime.getTime() || byIds(b, a);

  it.each(seeds)(
    'holds what passes its filter, newest first, and is counted (seed %i)',
    async (seed) => {
      const random = createRandom(seed);
      const check = async () => {
        const filter = pickRecordFilter(random);
        const expected = records
          .filter((row) => passes(row, filter))
          .sort(byTime)
          .map(({ recipientNote }) => recipientNote);
        const size = random.below(50) + 1 + Math.ceil(expected.length / 8);
        const offset = random.below(expected.length + size);
        const { transactions } = test.store;
        const list = (page: Page) => transactions.list(createCall(), filter, page);
        const rows = await readByTokens(list, size);
        const skipped = await list({ size, offset });
        expect({
          filter,
          rows: rows.map(({ recipientNote }) => recipientNote),
          skipped: skipped.items.map(({ recipientNote }) => recipientNote),
          count: await transactions.count(createCall(), filter),
        }).toEqual({
          filter,
          rows: expected,
          skipped: expected.slice(offset, offset + size),
          count: expected.length,
        });
      };
      await Promise.all(Array.from({ length: listsCount }, check));
    },
  );
});
