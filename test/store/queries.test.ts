import { Decimal128, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccountFilter, accountDeactivation } from '../../src/domain/account.ts';
import { type CustomerFilter, deactivation, disabling } from '../../src/domain/customer.ts';
import { startRelay } from '../../src/store/relay.ts';
import { createCall, openTestStore, silent, type TestStore, tenant } from '../support/database.ts';
import { expectIndexed, type ProfiledOperation, profile } from '../support/profiler.ts';

const customerCount = 1_000;
const accountsOfLargest = 1_500;
/** One row in this many is of the rarer kind. */
const rarity = 100;
const page = { size: 25, token: '' };
/** A page and the row that tells whether there is a next one; twice that leaves room for rows a filter leaves out. */
const pageRowsMax = 2 * (page.size + 1);

let test: TestStore;
let largest: ObjectId;
let smallest: ObjectId;

beforeAll(async () => {
  test = await openTestStore();
  const time = new Date();
  const journal = { version: 1, createTime: time, updateTime: time, pending: [] };
  const customers = Array.from({ length: customerCount }, (_, index) => ({
    _id: new ObjectId(),
    tenant: index % 2 === 0 ? tenant : 'another',
    externalId: `customer-${index}`,
    active: index % (2 * rarity) !== 0,
    enabled: index % (2 * rarity) !== 2,
    accountingCurrency: index % (2 * rarity) === 4 ? 'USD' : 'EUR',
    customerCountry: index % (2 * rarity) === 6 ? 'AQ' : 'DE',
    openAccounts: 0,
    spends: 0,
    requestMarks: [],
    ...journal,
  }));
  largest = customers[10]?._id as ObjectId;
  smallest = customers[12]?._id as ObjectId;
  const holders = [
    ...Array.from({ length: accountsOfLargest }, () => largest),
    ...customers.filter((each) => each.tenant === tenant).map(({ _id }) => _id),
  ];
  const accounts = holders.map((customerId, index) => ({
    _id: new ObjectId(),
    tenant,
    customerId,
    currency: index % rarity === 0 ? 'BTC' : 'EUR',
    active: index % rarity !== 1,
    frozen: index % rarity === 3,
    balance: Decimal128.fromString(index % rarity < 4 ? String(index + 1) : '0'),
    blocked: Decimal128.fromString('0'),
    available: Decimal128.fromString(index % rarity < 4 ? String(index + 1) : '0'),
    records: 0,
    accountingCurrency: 'EUR',
    ...(index % rarity === 2 && { accountCode: 'rare' }),
    ...(index % rarity === 2 && { accountNumber: `number-${index}` }),
    ...journal,
  }));
  await test.collections.customers.insertMany(customers);
  await test.collections.accounts.insertMany(accounts);
});
afterAll(() => test.close());

describe('a list of customers', () => {
  const filters: CustomerFilter[] = [
    {},
    { active: true },
    { active: false },
    { enabled: true },
    { enabled: false },
    { customerCountry: 'DE' },
    { customerCountry: 'AQ' },
    { customerCountry: 'SE' },
    { accountingCurrency: 'EUR' },
    { accountingCurrency: 'USD' },
    { active: true, enabled: true },
    { active: false, enabled: true },
    { active: true, customerCountry: 'AQ' },
    { active: true, enabled: true, customerCountry: 'DE', accountingCurrency: 'EUR' },
  ];
  it.each(filters)('is served by an index in its order: %j', async (filter) => {
    const { customers } = test.store;
    let token = '';
    const first = await profile(test, async () => {
      token = (await customers.list(createCall(), filter, page)).nextToken;
    });
    expectIndexed(first, pageRowsMax);
    if (token === '') return;
    const second = await profile(test, () =>
      customers.list(createCall(), filter, { ...page, token }),
    );
    expectIndexed(second, pageRowsMax);
  });
});

describe('a list of accounts', () => {
  const ofLargest = () => ({ customerId: largest.toHexString() });
  const ofSmallest = () => ({ customerId: smallest.toHexString() });
  const filters: Record<string, () => AccountFilter> = {
    all: () => ({}),
    active: () => ({ active: true }),
    inactive: () => ({ active: false }),
    'of a frequent currency': () => ({ currency: 'EUR' }),
    'of a rare currency': () => ({ currency: 'BTC' }),
    frozen: () => ({ frozen: true }),
    'not frozen': () => ({ frozen: false }),
    'that hold something': () => ({ onlyNonZeroBalance: true }),
    'of a rare currency that hold something': () => ({
      currency: 'BTC',
      onlyNonZeroBalance: true,
    }),
    'of a frequent currency that hold something': () => ({
      currency: 'EUR',
      onlyNonZeroBalance: true,
    }),
    'of a number': () => ({ accountNumber: 'number-2' }),
    'of a rare code': () => ({ accountCode: 'rare' }),
    'of an unknown code': () => ({ accountCode: 'unknown' }),
    'of a customer with many': ofLargest,
    'of a customer with many, active': () => ({ ...ofLargest(), active: true }),
    'of a customer with many, inactive': () => ({ ...ofLargest(), active: false }),
    'of a customer with one': ofSmallest,
    'of a customer with one, active': () => ({ ...ofSmallest(), active: true }),
    'of a customer with one, of a code': () => ({ ...ofSmallest(), accountCode: 'rare' }),
    'of an external id': () => ({ customerExternalId: 'customer-10' }),
    'of an external id, active': () => ({ customerExternalId: 'customer-12', active: true }),
  };
  it.each(Object.keys(filters))('is served by an index in its order: %s', async (name) => {
    const { accounts } = test.store;
    const filter = filters[name]?.() ?? {};
    let token = '';
    const first = await profile(test, async () => {
      token = (await accounts.list(createCall(), filter, page)).nextToken;
    });
    expectIndexed(first, pageRowsMax);
    if (token === '') return;
    const second = await profile(test, () =>
      accounts.list(createCall(), filter, { ...page, token }),
    );
    expectIndexed(second, pageRowsMax);
  });

  const ordered: Record<string, AccountFilter> = {
    all: {},
    'active ones': { active: true },
    'frozen ones': { frozen: true },
    'inactive ones': { active: false },
    'those of a frequent currency': { currency: 'EUR' },
    'those of a rare currency': { currency: 'BTC' },
    'those of a rare currency that hold something': { currency: 'BTC', onlyNonZeroBalance: true },
    'that of a number': { accountNumber: 'number-2' },
    'those of a rare code': { accountCode: 'rare' },
  };
  const orders = (['accountNumber', 'accountBalance', 'availableBalance'] as const).flatMap((by) =>
    Object.keys(ordered).flatMap((name) =>
      [false, true].map((descending) => ({ name, order: { by, descending } })),
    ),
  );
  it.each(orders)(
    'is served by an index in any order, far into it: $order, $name',
    async (list) => {
      const { accounts } = test.store;
      const filter = ordered[list.name] ?? {};
      const read = (token: string) =>
        accounts.list(createCall(), filter, { ...page, token }, list.order);
      // That there are many of the currency is counted first, where no index has it and the order.
      const isCounted = list.name.includes('frequent') && list.order.by === 'accountNumber';
      const examinedMax = isCounted ? 1_001 : pageRowsMax;
      let token = '';
      const first = await profile(test, async () => {
        token = (await read('')).nextToken;
      });
      expectIndexed(first, examinedMax);
      if (token === '') return;
      // Nearly all have the same balance, and no number.
      token = (await accounts.list(createCall(), filter, { size: 1_000, token }, list.order))
        .nextToken;
      expectIndexed(await profile(test, () => read(token)), examinedMax);
    },
  );

  it('is served from the first that holds something, in the order of balances', async () => {
    const order = { by: 'accountBalance', descending: false } as const;
    const filter = { onlyNonZeroBalance: true };
    const operations = await profile(test, () =>
      test.store.accounts.list(createCall(), filter, page, order),
    );
    expectIndexed(operations, pageRowsMax);
  });

  const counted: AccountFilter[] = [
    {},
    { active: true },
    { active: true, frozen: false },
    { active: false },
    { frozen: true },
    { currency: 'EUR' },
    { currency: 'EUR', active: true },
    { onlyNonZeroBalance: true },
    { onlyNonZeroBalance: true, active: true },
    { onlyNonZeroBalance: true, currency: 'BTC' },
    { accountCode: 'rare' },
    { accountNumber: 'number-2' },
    { customerExternalId: 'customer-10' },
    { customerExternalId: 'customer-10', active: true },
  ];
  it.each(counted)('is counted without a document: %j', async (filter) => {
    const operations = await profile(test, () => test.store.accounts.count(createCall(), filter));
    const ofAccounts = operations.filter(({ ns }) => ns.endsWith('.accounts'));
    expect(ofAccounts.map(({ docsExamined }) => docsExamined)).toEqual([0]);
  });
});

describe('a list of blockages', () => {
  it('is served by an index in its order', async () => {
    const blockage = {
      tenant,
      amount: Decimal128.fromString('1'),
      type: 'x',
      live: true,
      createTime: new Date(),
    };
    await test.collections.blockages.insertMany(
      Array.from({ length: 500 }, (_, index) => ({
        _id: new ObjectId(),
        accountId: index % 8 === 0 ? largest : smallest,
        ...blockage,
      })),
    );
    const list = (token: string) =>
      test.store.blockages.list(createCall(), largest.toHexString(), { ...page, token });
    let token = '';
    const first = await profile(test, async () => {
      token = (await list('')).nextToken;
    });
    expectIndexed(first, pageRowsMax);
    expectIndexed(await profile(test, () => list(token)), pageRowsMax);
  });
});

describe('a look-up', () => {
  it('of a customer is served by an index, by either id, and for each change', async () => {
    const { customers } = test.store;
    const ref = { id: smallest.toHexString() };
    const operations = await profile(test, async () => {
      await customers.get(createCall(), ref);
      await customers.get(createCall(), { externalId: 'customer-12' });
      await customers.get(createCall(), { anyId: 'customer-12' });
      await customers.get(createCall(), { externalId: 'customer-unknown' }).catch(() => undefined);
      await customers.update(createCall(), ref, { externalId: 'customer-renamed' });
      await customers.update(createCall(), ref, { externalId: 'customer-12' });
      await customers.transition(createCall(), { externalId: 'customer-12' }, disabling);
      await customers.transition(createCall(), ref, disabling).catch(() => undefined);
    });
    expect(operations.length).toBeGreaterThanOrEqual(8);
    expectIndexed(operations, 2);
  });

  it('of an account is served by an index, also in the transactions of its changes', async () => {
    const { accounts } = test.store;
    const operations = await profile(test, async () => {
      const account = await accounts.open(createCall(), {
        currency: 'EUR',
        customer: { externalId: 'customer-14' },
      });
      await accounts.get(createCall(), account.id);
      await accounts.transition(createCall(), account.id, accountDeactivation);
      await accounts
        .transition(createCall(), account.id, accountDeactivation)
        .catch(() => undefined);
    });
    expect(operations.length).toBeGreaterThanOrEqual(6);
    expectIndexed(operations, 2);
  });

  it('of what holds a deactivation back is served by an index', async () => {
    await test.collections.customers.updateOne({ _id: largest }, { $set: { openAccounts: 1_485 } });
    const operations = await profile(test, async () => {
      await expect(
        test.store.customers.transition(createCall(), { id: largest.toHexString() }, deactivation),
      ).rejects.toMatchObject({ reason: 'CUSTOMER_HAS_ACTIVE_ACCOUNTS' });
    });
    expectIndexed(operations, 12);
  });

  it('of a key is served by an index', async () => {
    const keys = Array.from({ length: 200 }, (_, index) => ({
      _id: `key_${index}`,
      tenant,
      name: '',
      hash: `hash-${index}`,
      createTime: new Date(),
    }));
    await test.collections.keys.insertMany(keys);
    const operations = await profile(test, async () => {
      await expect(
        (async () => await test.store.authenticate('unknown', Date.now() + 5_000))(),
      ).rejects.toThrow();
      await test.store.keys.revoke('key_7');
    });
    expectIndexed(operations, 1);
  });

  it('of what waits for the relay is served by an index that holds nothing else', async () => {
    const relay = startRelay(test.collections, silent);
    // The relay of a test writes by the test's own connections, which have no name.
    await test.db.command({ profile: 2 });
    await relay.sweep();
    await test.db.command({ profile: 0 });
    await relay.close();
    const operations = await test.db
      .collection('system.profile')
      .find({ planSummary: { $exists: true }, ns: /customers|accounts/ })
      .toArray();
    await test.db.dropCollection('system.profile');
    expect(operations.length).toBeGreaterThanOrEqual(2);
    expectIndexed(operations as unknown as ProfiledOperation[], 10);
  });
});
