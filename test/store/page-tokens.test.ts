import { ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disabling } from '../../src/domain/customer.ts';
import type { Page } from '../../src/domain/page.ts';
import type { AccountDocument } from '../../src/store/documents.ts';
import {
  createCall,
  createExternalId,
  openTestStore,
  type TestStore,
} from '../support/database.ts';
import { createAccountRows } from '../support/ledger-rows.ts';
import { createRandom } from '../support/random.ts';

let test: TestStore;
const customerIds: string[] = [];
const call = () => createCall({ tenant: 'paged' });
const other = () => createCall({ tenant: 'other' });

beforeAll(async () => {
  test = await openTestStore();
  for (const each of [call, other]) {
    for (let count = 0; count < 7; count += 1) {
      const customer = { externalId: createExternalId(), customerCountry: 'DE' };
      const account = await test.store.accounts.open(each(), { currency: 'EUR', customer });
      if (each === call) customerIds.push(account.customerId as string);
    }
  }
});
afterAll(() => test.close());

const listCustomers = (page: Page, filter = {}) => test.store.customers.list(call(), filter, page);

const refused = { name: 'LedgerError', reason: 'PAGE_TOKEN_INVALID' };

describe('a list', () => {
  it.each([1, 2, 3, 6, 7, 8])(
    'tells every row once, oldest first, by pages of %i',
    async (size) => {
      for (const filter of [{}, { customerCountry: 'DE' }, { active: true, enabled: true }]) {
        const seen: string[] = [];
        let token = '';
        let pages = 0;
        do {
          const page = await listCustomers({ size, token }, filter);
          expect(page.items.length).toBeLessThanOrEqual(size);
          seen.push(...page.items.map(({ id }) => id));
          token = page.nextToken;
          pages += 1;
        } while (token !== '');
        expect(seen).toEqual(customerIds);
        expect(pages).toBe(Math.ceil(7 / size));
      }
    },
  );

  it('goes on where the page ended when rows before it change and new ones come', async () => {
    const { nextToken } = await listCustomers({ size: 3, token: '' });
    await test.store.customers.transition(call(), { id: customerIds[0] as string }, disabling);
    const { items } = await listCustomers({ size: 2, token: nextToken });
    expect(items.map(({ id }) => id)).toEqual(customerIds.slice(3, 5));
  });

  it('skips rows where an offset is given, and is empty behind its end', async () => {
    const { items } = await listCustomers({ size: 2, offset: 4 });
    expect(items.map(({ id }) => id)).toEqual(customerIds.slice(4, 6));
    expect(await listCustomers({ size: 2, offset: 7 })).toEqual({ items: [], nextToken: '' });
    expect(await listCustomers({ size: 2, offset: 2 ** 31 - 1 })).toMatchObject({ items: [] });
  });
});

describe('a list in an order', () => {
  const orders = (['accountNumber', 'accountBalance', 'availableBalance'] as const).flatMap((by) =>
    [false, true].map((descending) => ({ by, descending })),
  );

  it.each(orders)(
    'tells what stays once, in order, while others come, go and move: %j',
    async (order) => {
      const { collections, store } = test;
      const random = createRandom(100 + orders.indexOf(order));
      const owner = `moving by ${order.by} ${order.descending}`;
      // So many that the store does not put them in order by itself.
      const rows = createAccountRows(random, owner, 1_400);
      await collections.accounts.insertMany(rows);
      const list = (page: Page) =>
        store.accounts.list(createCall({ tenant: owner }), { accountCode: 'crowd' }, page, order);
      const before = await list({ size: 2_000, offset: 0 });
      expect(before.items.length).toBeGreaterThan(1_000);

      const moved = new Set(rows.filter(() => random.below(3) === 0).map(({ _id }) => _id));
      const movedIds = new Set([...moved].map((_id) => _id.toHexString()));
      const queue = [...moved];
      const seen: string[] = [];
      let token = '';
      do {
        const page = await list({ size: 97, token });
        seen.push(...page.items.map(({ id }) => id));
        token = page.nextToken;
        const [added, gone, ...changed] = queue.splice(0, 40);
        await collections.accounts.insertMany(createAccountRows(random, owner, 5));
        await collections.accounts.deleteOne({ _id: gone ?? added ?? new ObjectId() });
        const [{ balance, available, accountNumber = '' }] = createAccountRows(
          random,
          owner,
          1,
        ) as [AccountDocument];
        await collections.accounts.updateMany(
          { _id: { $in: changed } },
          { $set: { balance, available, accountNumber } },
        );
      } while (token !== '');
      const stayed = before.items.map(({ id }) => id).filter((id) => !movedIds.has(id));
      const staying = new Set(stayed);
      expect(seen.filter((id) => staying.has(id))).toEqual(stayed);
      expect(stayed.length).toBeGreaterThan(500);
    },
  );

  it('goes on behind a row that is gone', async () => {
    const { collections, store } = test;
    const rows = createAccountRows(createRandom(12), 'shrinking', 30);
    await collections.accounts.insertMany(rows);
    for (const order of orders) {
      const list = (page: Page) =>
        store.accounts.list(createCall({ tenant: 'shrinking' }), {}, page, order);
      const all = await list({ size: 100, offset: 0 });
      const { items, nextToken } = await list({ size: 5, token: '' });
      expect(items).toEqual(all.items.slice(0, 5));
      await collections.accounts.deleteOne({ _id: new ObjectId(items.at(-1)?.id) });
      expect((await list({ size: 100, token: nextToken })).items).toEqual(all.items.slice(5));
    }
  });
});

describe('a page token', () => {
  it('is good for its own list, filters and tenant alone', async () => {
    const filter = { customerCountry: 'DE' };
    const { nextToken: token } = await listCustomers({ size: 2, token: '' }, filter);
    const page = { size: 2, token };
    const { accounts, customers } = test.store;
    expect((await listCustomers(page, filter)).items[0]?.id).toBe(customerIds[2]);
    await expect(listCustomers(page)).rejects.toMatchObject(refused);
    await expect(listCustomers(page, { customerCountry: 'FR' })).rejects.toMatchObject(refused);
    await expect(listCustomers(page, { ...filter, active: true })).rejects.toMatchObject(refused);
    await expect(customers.list(other(), filter, page)).rejects.toMatchObject(refused);
    await expect(accounts.list(call(), {}, page)).rejects.toMatchObject(refused);

    const unfiltered = await listCustomers({ size: 2, token: '' });
    await expect(
      accounts.list(call(), {}, { size: 2, token: unfiltered.nextToken }),
    ).rejects.toMatchObject(refused);
  });

  it('is good for its own order alone', async () => {
    const { accounts } = test.store;
    const orders = (['id', 'accountNumber', 'accountBalance', 'availableBalance'] as const).flatMap(
      (by) => [false, true].map((descending) => ({ by, descending })),
    );
    for (const own of orders) {
      const { nextToken: token } = await accounts.list(call(), {}, { size: 2, token: '' }, own);
      for (const order of orders) {
        const list = accounts.list(call(), {}, { size: 2, token }, order);
        if (order === own) expect((await list).items).toHaveLength(2);
        else await expect(list).rejects.toMatchObject(refused);
      }
    }
  });

  it('does not depend on the order in which the filters are told', async () => {
    const { nextToken: token } = await listCustomers(
      { size: 2, token: '' },
      { customerCountry: 'DE', active: true },
    );
    const { items } = await listCustomers(
      { size: 2, token },
      { active: true, customerCountry: 'DE' },
    );
    expect(items[0]?.id).toBe(customerIds[2]);
  });

  it('is refused with any bit of it turned', async () => {
    const { nextToken } = await listCustomers({ size: 2, token: '' });
    const bytes = Buffer.from(nextToken, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const tampered = Buffer.from(bytes);
      tampered[bit >> 3] = (tampered[bit >> 3] as number) ^ (1 << (bit & 7));
      const token = tampered.toString('base64url');
      await expect(listCustomers({ size: 2, token })).rejects.toMatchObject(refused);
    }
  });

  it('is refused when it is none', async () => {
    const { nextToken } = await listCustomers({ size: 2, token: '' });
    const random = createRandom(4);
    const noise = Array.from({ length: 50 }, () =>
      Buffer.from(Array.from({ length: random.below(60) + 1 }, () => random.below(256))),
    );
    const tokens = [
      ' ',
      '0',
      '\u0000',
      nextToken.slice(0, -1),
      `${nextToken}A`,
      `${nextToken}=`,
      ` ${nextToken}`,
      nextToken.toLowerCase(),
      customerIds[0] as string,
      'x'.repeat(100_000),
      ...noise.flatMap((bytes) => [bytes.toString('base64url'), bytes.toString('latin1')]),
    ];
    for (const token of tokens) {
      await expect(listCustomers({ size: 2, token })).rejects.toMatchObject(refused);
    }
  });
});
