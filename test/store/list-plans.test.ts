import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountFilter, AccountOrder } from '../../src/domain/account.ts';
import type { RecordFilter } from '../../src/domain/transaction-record.ts';
import { createCall, openTestStore, type TestStore, tenant } from '../support/database.ts';
import {
  accountIds,
  createAccountRows,
  createRecordRows,
  customerIds,
  times,
} from '../support/ledger-rows.ts';
import { type ProfiledOperation, profile } from '../support/profiler.ts';
import { createRandom } from '../support/random.ts';

let test: TestStore;

beforeAll(async () => {
  test = await openTestStore();
  const random = createRandom(7);
  // Some orders are followed in another way when more than a thousand accounts pass the filter.
  await test.collections.accounts.insertMany(createAccountRows(random, tenant, 1_400));
  await test.collections.records.insertMany(createRecordRows(random, tenant, 200));
});
afterAll(() => test.close());

/** Gives every object that has, of each field, one of the values; undefined stands for its absence. */
function combine<T>(fields: { readonly [K in keyof T]?: readonly (T[K] | undefined)[] }): T[] {
  const combined = Object.entries(fields as Record<string, readonly unknown[]>).reduce<object[]>(
    (objects, [name, values]) =>
      values.flatMap((value) =>
        objects.map((object) => (value === undefined ? object : { ...object, [name]: value })),
      ),
    [{}],
  );
  return combined as T[];
}

/** Does work for every item, a few at the same time. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  const run = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: 8 }, run));
}

/** Asserts that the one plan there was for each operation goes along an index and sorts nothing. */
function expectPlanned(operations: readonly ProfiledOperation[]): void {
  const poor = operations.filter(
    ({ planSummary = '', hasSortStage, fromMultiPlanner }) =>
      !/^(IXSCAN|COUNT_SCAN|IDHACK|EOF)/.test(planSummary) || hasSortStage || fromMultiPlanner,
  );
  expect(
    poor.slice(0, 10).map(({ command, planSummary, hasSortStage, fromMultiPlanner }) => ({
      command: JSON.stringify(command),
      planSummary,
      hasSortStage,
      fromMultiPlanner,
    })),
  ).toEqual([]);
}

const first = { size: 2, token: '' };

describe('a list of accounts', { timeout: 120_000 }, () => {
  const flags = [undefined, true, false];
  const filters = combine<AccountFilter>({
    customerId: [undefined, customerIds[0]?.toHexString()],
    active: flags,
    frozen: flags,
    currency: [undefined, 'EUR'],
    accountCode: [undefined, 'crowd'],
    accountNumber: [undefined, 'Z'],
    onlyNonZeroBalance: [undefined, true],
  });
  const orders = combine<AccountOrder>({
    by: ['id', 'accountNumber', 'accountBalance', 'availableBalance'],
    descending: [true, false],
  });

  it.each(orders)('has one plan without a sort for every filter: %j', async (order) => {
    const { accounts } = test.store;
    const operations = await profile(test, async () => {
      await forEach(filters, async (filter) => {
        const { nextToken: token } = await accounts.list(createCall(), filter, first, order);
        if (token) await accounts.list(createCall(), filter, { ...first, token }, order);
      });
    });
    expect(operations.length).toBeGreaterThan(filters.length);
    expectPlanned(operations);
  });

  it('is counted by an index for every filter', async () => {
    const operations = await profile(test, async () => {
      await forEach(filters, (filter) => test.store.accounts.count(createCall(), filter));
    });
    expect(operations.length).toBe(filters.length);
    expectPlanned(operations);
  });
});

describe('a list of records', { timeout: 120_000 }, () => {
  /** What no index holds, and notes, which are looked for among the records that the other filters leave. */
  const residual = {
    amounts: [{ comparison: 'gte', value: '-1' }],
    transactionType: 'CREDIT_PAYMENT',
    recipientNote: 'note 1',
    senderNote: 'rare',
  } as const;
  const some = ['EUR', 'BTC', 'VC_POINTS'];
  const many = Array.from({ length: 300 }, (_, index) => `VC_${index}`);
  const filters = combine<RecordFilter>({
    customerId: [undefined, customerIds[0]?.toHexString()],
    accountId: [undefined, accountIds[0]?.toHexString()],
    counterAccountId: [undefined, accountIds[1]?.toHexString()],
    currencies: [undefined, ['EUR'], some],
    from: [undefined, times[1]],
    operationType: [undefined, 'PAYMENT', 'MINT'],
    transactionCode: [undefined, 'rare'],
    paymentId: [undefined, 'rare'],
    reference: [undefined, 'first'],
  });
  const noted = combine<RecordFilter>({
    recipientNote: [undefined, 'note 1'],
    senderNote: [undefined, 'rare'],
    customerId: [undefined, customerIds[0]?.toHexString()],
    currencies: [undefined, ['EUR'], some],
    from: [undefined, times[1]],
    operationType: [undefined, 'PAYMENT', 'MINT'],
  });
  const others: RecordFilter[] = [
    ...noted,
    ...filters.map((filter) => ({ ...filter, to: times.at(-2) as Date, ...residual })),
    { currencies: many },
    { currencies: [...some, ...many] },
    { currencies: many.slice(0, 50), from: times[1] as Date },
  ];

  it.each(Array.from({ length: 6 }, (_, part) => part))(
    'has one plan without a sort for every filter, and for its count (part %i)',
    async (part) => {
      const { transactions } = test.store;
      const all = [...filters, ...others].filter((_, index) => index % 6 === part);
      const operations = await profile(test, async () => {
        await forEach(all, async (filter) => {
          await transactions.count(createCall(), filter);
          const { nextToken: token } = await transactions.list(createCall(), filter, first);
          if (token) await transactions.list(createCall(), filter, { ...first, token });
        });
      });
      expect(operations.length).toBeGreaterThan(2 * all.length);
      expectPlanned(operations);
    },
  );
});
