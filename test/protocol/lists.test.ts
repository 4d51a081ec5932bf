import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Account,
  type AccountFilter,
  type Customer,
  type CustomerFilter,
  type LedgerClient,
  type PageRequest,
  protocols,
  rpcProtocols,
} from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { openCustomer, readPages } from '../support/clients/stage.ts';
import { startTestService, type TestService } from '../support/service.ts';

/** As many customers as make pages of 35 and of 21 come out even, and more than a page holds at the most. */
const crowdSize = 105;

let service: TestService;
let crowdKey: string;
/** The customers of the tenant "crowd", oldest first. */
let crowd: Customer[];
/** The accounts of the crowd's first customer, oldest first. */
let accounts: Account[];
/** A tenant with 62 customers, oldest first, to which the tests of all protocols add at once. */
let growth: { readonly key: string; readonly ids: readonly string[] };

beforeAll(async () => {
  service = await startTestService();
  crowdKey = (await service.createKey('crowd')).key;
  const client = openClient('grpc-js', { address: service.address, key: crowdKey });
  const indexes = Array.from({ length: crowdSize }, (_, index) => index);
  for (const index of indexes) await openMember(client, index);
  crowd = await runInBatches(indexes, async (index) => await settleMember(client, index));
  accounts = [];
  for (const index of indexes.slice(0, 9)) accounts.push(await openAccount(client, index));
  growth = await grow(indexes.slice(0, 62));
  await client.close();
});
afterAll(() => service.close());

/** Runs a task for each item, a few at once, and gives the results in the order of the items. */
async function runInBatches<T, R>(items: readonly T[], run: (item: T) => Promise<R>) {
  const results: R[] = [];
  const atOnce = 8;
  for (let start = 0; start < items.length; start += atOnce) {
    results.push(...(await Promise.all(items.slice(start, start + atOnce).map(run))));
  }
  return results;
}

async function grow(indexes: readonly number[]) {
  const { key } = await service.createKey('growing');
  const client = openClient('grpc-js', { address: service.address, key });
  const opened = await runInBatches(indexes, async () => await openCustomer(client));
  await client.close();
  return { key, ids: opened.map(({ customer }) => customer.id).sort() };
}

async function openMember(client: LedgerClient, index: number) {
  await client.createAccount({
    currency: 'EUR',
    customer: {
      externalId: `member-${index}`,
      accountingCurrency: index % 2 === 0 ? 'USD' : 'EUR',
      ...(index % 3 > 0 && { customerCountry: index % 3 === 1 ? 'DE' : 'FR' }),
    },
  });
}

/** Brings a customer into its states: every fifth one is disabled, every seventh inactive. */
async function settleMember(client: LedgerClient, index: number): Promise<Customer> {
  const ref = { externalId: `member-${index}` };
  if (index % 5 === 4) await client.disableCustomer(ref);
  if (index % 7 !== 6) return await client.getCustomer(ref);
  const { items } = await client.listAccounts({ size: 1 }, { customerExternalId: ref.externalId });
  await client.deactivateAccount(items[0]?.id ?? '');
  return await client.deactivateCustomer(ref);
}

async function openAccount(client: LedgerClient, index: number): Promise<Account> {
  const account = await client.createAccount({
    currency: index % 2 === 0 ? 'BTC' : 'ETH',
    customer: { externalId: 'member-0' },
    ...(index % 3 === 0 && { accountCode: 'savings' }),
  });
  return index % 4 === 3 ? await client.deactivateAccount(account.id) : account;
}

describe.each(protocols)('the list of customers over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  beforeAll(() => {
    client = openClient(protocol, { address: service.address, key: crowdKey });
  });
  afterAll(() => client.close());

  const list = async (page: PageRequest) => await client.listCustomers(page);

  it.each([11, 50])('answers each customer once, oldest first, in pages of %d', async (size) => {
    const pages = await readPages(list, size);
    expect(pages.flat()).toEqual(crowd);
    expect(pages.slice(0, -1).every((page) => page.length === size)).toBe(true);
  });

  it('ends behind a last page that is full', async () => {
    const lengths = (await readPages(list, 35)).map((page) => page.length);
    expect(lengths).toEqual(protocol === 'rest' ? [35, 35, 35, 0] : [35, 35, 35]);
  });

  it('misses none and doubles none while customers come to be', async () => {
    const growing = openClient(protocol, { address: service.address, key: growth.key });
    const added: string[] = [];
    const add = async () => {
      const { customer } = await openCustomer(growing);
      added.push(customer.id);
    };
    const pages = await readPages((page) => growing.listCustomers(page), 20, add);
    const ids = pages.flat().map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids.slice(0, growth.ids.length)).toEqual(growth.ids);
    expect(ids).toEqual(expect.arrayContaining(added));
    expect(added.length).toBeGreaterThanOrEqual(3);
    await growing.close();
  });

  it('holds the active accounts of a customer, oldest first', async () => {
    const customerId = crowd[0]?.id ?? '';
    const filter = { customerId, ...(protocol !== 'rest' && { active: true }) };
    const pages = await readPages((page) => client.listAccounts(page, filter), 3);
    const [first, ...others] = pages.flat();
    expect(first).toMatchObject({ customerId, currency: 'EUR' });
    expect(others).toEqual(accounts.filter((account) => account.active));
    const savings = { ...filter, accountCode: 'savings' };
    const found = await readPages((page) => client.listAccounts(page, savings), 1);
    expect(found.flat()).toEqual(
      accounts.filter((account) => account.active && account.accountCode === 'savings'),
    );
  });

  it('holds no account of a customer that nobody knows', async () => {
    const unknown = await client.listAccounts({ size: 10 }, { customerId: 'f'.repeat(24) });
    expect(unknown.items).toEqual([]);
  });
});

describe.each(rpcProtocols)('a filtered list over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  beforeAll(() => {
    client = openClient(protocol, { address: service.address, key: crowdKey });
  });
  afterAll(() => client.close());

  it.each([
    [0, 25],
    [1, 1],
    [100, 100],
    [101, 100],
    [1000, 100],
    [2 ** 31 - 1, 100],
  ])('takes a page size of %d for one of %d', async (size, expected) => {
    const { items, next } = await client.listCustomers({ size });
    expect(items).toEqual(crowd.slice(0, expected));
    expect(next).toBeDefined();
  });

  it.each<CustomerFilter>([
    { active: true },
    { active: false },
    { enabled: true },
    { enabled: false },
    { customerCountry: 'DE' },
    { customerCountry: 'AQ' },
    { accountingCurrency: 'USD' },
    { active: true, enabled: false },
    { active: false, enabled: false },
    { customerCountry: 'FR', accountingCurrency: 'EUR' },
    { active: true, enabled: true, customerCountry: 'DE', accountingCurrency: 'USD' },
  ])('holds the customers of %j and no others', async (filter) => {
    const pages = await readPages((page) => client.listCustomers(page, filter), 10);
    expect(pages.flat()).toEqual(crowd.filter((customer) => matches(customer, filter)));
    expect(pages.length === 1 || pages.every((page) => page.length > 0)).toBe(true);
  });

  it.each<AccountFilter>([
    {},
    { active: false },
    { currency: 'ETH' },
    { currency: 'BTC', active: true },
    { accountCode: 'savings', currency: 'ETH' },
    { accountCode: 'nobody’s' },
  ])('holds the accounts of one customer with %j and no others', async (filter) => {
    const expected = accounts.filter((account) => matches(account, filter));
    for (const customer of [
      { customerId: crowd[0]?.id ?? '' },
      { customerExternalId: 'member-0' },
    ]) {
      const both = { ...filter, ...customer };
      const pages = await readPages((page) => client.listAccounts(page, both), 2);
      expect(pages.flat().filter((account) => account.currency !== 'EUR')).toEqual(expected);
    }
  });

  it('holds the accounts of all customers when none is named', async () => {
    const pages = await readPages((page) => client.listAccounts(page), 100);
    expect(pages.map((page) => page.length)).toEqual([100, 14]);
    expect(pages.flat().slice(-9)).toEqual(accounts);
    expect(
      (await client.listAccounts({ size: 10 }, { customerExternalId: 'nobody' })).items,
    ).toEqual([]);
  });
});

function matches(resource: object, filter: object): boolean {
  const fields = new Map(Object.entries(resource));
  return Object.entries(filter).every(([name, value]) => fields.get(name) === value);
}
