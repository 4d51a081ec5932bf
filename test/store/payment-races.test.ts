import { ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { createCall, openTestStore, type TestStore } from '../support/database.ts';
import { createFunds, createTally, type Funds, reasonOf } from '../support/funds.ts';
import { expectInvariants, observeInvariants } from '../support/invariants.ts';
import { payAll } from '../support/pay.ts';
import { createRandom } from '../support/random.ts';
import { openStoresBeside, type Stores } from '../support/stores.ts';
import { fromUnits, toUnits } from '../support/units.ts';

let test: TestStore;
let stores: Stores;
let funds: Funds;
beforeAll(async () => {
  test = await openTestStore();
  stores = await openStoresBeside(test, 4);
  funds = await createFunds(test.store);
});
afterAll(async () => {
  await stores.close();
  await test.close();
});

/** Reads what is on an account, as it is kept. */
async function readAccount(id: string) {
  const account = await test.collections.accounts.findOne({ _id: new ObjectId(id) });
  return {
    balance: toUnits(String(account?.balance)),
    blocked: toUnits(String(account?.blocked)),
    records: account?.records ?? 0,
  };
}

const pay = (store: Store, from: string, to: string, amount: string) =>
  payAll(store, createCall(), from, [{ recipientAccountId: to, amount }]);

describe('payments out of one account at once', () => {
  it.each([1, 4])('never overdraw it, by %i services', async (count) => {
    const services = stores.all.slice(0, count);
    const [payer, payee] = [await funds.open({}, '10'), await funds.open()];
    const random = createRandom(count);
    const seen = new Set<number>();
    for (let round = 0; round < 100; round += 1) {
      const amounts = Array.from({ length: 2 + random.below(3) }, () =>
        random.pick(['10', '6', '5.5', '5', '3', '0.000000000000000000000000000001']),
      );
      const reasons = await Promise.all(
        amounts.map((amount, index) =>
          reasonOf(pay(services[index % count] as Store, payer.id, payee.id, amount)),
        ),
      );
      const accepted = amounts.filter((_, index) => reasons[index] === undefined);
      const refused = new Set(reasons.filter((reason) => reason !== undefined));
      expect(refused.isSubsetOf(new Set(['BALANCE_INSUFFICIENT']))).toBe(true);
      const paid = accepted.reduce((sum, amount) => sum + toUnits(amount), 0n);
      expect(paid).toBeLessThanOrEqual(toUnits('10'));
      // What is refused would have been too much, also if it had come last.
      for (const [index, reason] of reasons.entries()) {
        if (reason) expect(paid + toUnits(amounts[index] ?? '')).toBeGreaterThan(toUnits('10'));
      }
      expect(await readAccount(payer.id)).toMatchObject({ balance: toUnits('10') - paid });
      expect(await readAccount(payee.id)).toMatchObject({ balance: paid });
      await pay(test.store, payee.id, payer.id, fromUnits(paid));
      seen.add(accepted.length);
    }
    expect(seen.size).toBeGreaterThan(1);
    await expectInvariants(test.collections);
  });
});

describe('blockages of one account, made, released and settled at once with payments out of it', () => {
  it('end once each, and leave what was paid and what is blocked to the last digit', {
    timeout: 60_000,
  }, async () => {
    const supply = toUnits('400');
    const [payer, payee] = [await funds.open({}, fromUnits(supply)), await funds.open()];
    const made: string[] = [];
    const ended = new Map<string, number>();
    const tally = createTally(['BALANCE_INSUFFICIENT', 'BLOCKAGE_NOT_FOUND']);
    let paid = 0n;

    const end = (id: string) => ended.set(id, (ended.get(id) ?? 0) + 1);
    const actions = {
      async block(store: Store) {
        const request = { amount: '2.5', type: 'test' };
        made.push((await store.blockages.create(createCall(), payer.id, request)).id);
      },
      async ensure(store: Store) {
        const request = { amount: '7', type: 'test', ensureSufficientBalance: true };
        made.push((await store.blockages.create(createCall(), payer.id, request)).id);
      },
      async release(store: Store, id: string) {
        await store.blockages.release(createCall(), id);
        end(id);
      },
      async settle(store: Store, id: string) {
        const payment = { recipientAccountId: payee.id, amount: '1.000000000000000001' };
        await store.blockages.settle(createCall(), id, payment);
        end(id);
        paid += toUnits(payment.amount);
      },
      async pay(store: Store) {
        await pay(store, payer.id, payee.id, '3');
        paid += toUnits('3');
      },
      releaseAll: (store: Store) => store.blockages.releaseAll(createCall(), payer.id),
    };
    const names = ['block', 'block', 'ensure', 'release', 'settle', 'settle', 'pay'] as const;

    const work = async (_: unknown, seed: number) => {
      const random = createRandom(seed);
      for (let step = 0; step < 40; step += 1) {
        const name = random.below(40) === 0 ? 'releaseAll' : random.pick(names);
        // Of the latest, so that several go for the same one.
        const id = random.pick(made.slice(-3));
        await tally.take(name, actions[name](stores.next(), id));
      }
    };
    const observer = observeInvariants(test.collections);
    await actions.block(test.store);
    await Promise.all(Array.from({ length: 12 }, work));
    await observer.stop();

    expect([...ended.values()].every((times) => times === 1)).toBe(true);
    expect((await readAccount(payer.id)).balance).toBe(supply - paid);
    expect((await readAccount(payee.id)).balance).toBe(paid);
    const { items } = await test.store.blockages.list(createCall(), payer.id, {
      size: 1_000,
      token: '',
    });
    const blocked = items.reduce((sum, { amount }) => sum + toUnits(amount), 0n);
    expect((await readAccount(payer.id)).blocked).toBe(blocked);
    // What is left was made and not ended; what was ended is not left.
    for (const { id } of items) expect([made.includes(id), ended.has(id)]).toEqual([true, false]);
    await expectInvariants(test.collections);
    expect(tally.accepted.size).toBe(Object.keys(actions).length);
  });
});

describe('mints, revocations, payments and new rates of one currency at once', () => {
  it('are all accepted, and leave the supply and every balance where they must be', {
    timeout: 60_000,
  }, async () => {
    const [accountCount, roundCount] = [100, 2];
    const points = await createFunds(test.store, '1');
    const accounts: string[] = [];
    for (let index = 0; index < accountCount; index += 1) {
      // A customer has several accounts, so that what is spent from different accounts writes the same one.
      const customer = { externalId: `${points.currency}-${index % 20}` };
      accounts.push((await points.open({ customer }, '20')).id);
    }
    const { get, mint, revoke, update } = test.store.virtualCurrencies;
    const call = createCall({ deadline: Date.now() + 30_000 });
    const round = (_: unknown, baseRate: number) => [
      ...accounts.flatMap((accountId, index) => {
        const recipientAccountId = accounts[(index + 1) % accountCount] ?? '';
        return [
          mint(call, { accountId, amount: '3' }),
          revoke(call, { accountId, amount: '5' }),
          payAll(test.store, call, accountId, [{ recipientAccountId, amount: '1' }]),
        ];
      }),
      update(call, points.currency, { baseRate }),
    ];
    const changes = Array.from({ length: roundCount }, round).flat();
    const reasons = await Promise.all(changes.map(reasonOf));
    expect(reasons.filter((reason) => reason !== undefined)).toEqual([]);
    const left = { balance: toUnits('16'), records: 1 + 4 * roundCount };
    for (const id of accounts) expect(await readAccount(id)).toMatchObject(left);
    const { supply } = await get(createCall(), points.currency);
    expect(supply).toBe(String(1 + 16 * accountCount));
    await expectInvariants(test.collections);
  });
});
