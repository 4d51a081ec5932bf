import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { createCall, openTestStore, type TestStore } from '../support/database.ts';
import { createFunds, createTally } from '../support/funds.ts';
import { expectInvariants, observeInvariants } from '../support/invariants.ts';
import { payAll } from '../support/pay.ts';
import { createRandom, type Random } from '../support/random.ts';
import { openStoresBeside, type Stores } from '../support/stores.ts';
import { fromUnits, toUnits } from '../support/units.ts';

/** How long the clients pay, in seconds; RING_SECONDS=60 is the minute of the README. */
const seconds = Number(process.env.RING_SECONDS ?? 10);

const clients = 100;

/** How long a client waits for an answer, in milliseconds: on a busy machine a hundred wait for each other. */
const patienceMs = 30_000;

/** What each account begins with. */
const begin = '100';

let test: TestStore;
let stores: Stores;
beforeAll(async () => {
  test = await openTestStore();
  stores = await openStoresBeside(test, 4);
});
afterAll(async () => {
  await stores.close();
  await test.close();
});

it('a hundred clients that pay in a ring leave every sum where it was, and see no error but a refusal that is due', {
  timeout: (seconds + 120) * 1_000,
}, async () => {
  const funds = await createFunds(test.store, '1');
  const ring: string[] = [];
  for (let index = 0; index < clients; index += 1) {
    const customer = { externalId: `${funds.currency}-${index}` };
    ring.push((await funds.open({ customer }, begin)).id);
  }
  const payNext = async (store: Store, index: number, random: Random) => {
    const [from, to] = [ring[index] ?? '', ring[(index + 1) % clients] ?? ''];
    const amount = random.pick(['0.000000000000000000000000000001', '1', '12.5', '40', '99.99']);
    const payments = Array.from({ length: 1 + random.below(2) }, () => ({
      recipientAccountId: to,
      amount,
    }));
    return await payAll(store, createCall({ deadline: Date.now() + patienceMs }), from, payments);
  };

  const tally = createTally(['BALANCE_INSUFFICIENT']);
  const observer = observeInvariants(test.collections);
  const end = performance.now() + seconds * 1_000;
  let refused = 0;
  const client = async (_: unknown, index: number) => {
    const random = createRandom(index);
    const store = stores.all[index % stores.all.length] as Store;
    while (performance.now() < end) {
      const isAccepted = await tally.take('pay', payNext(store, index, random));
      if (!isAccepted) refused += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  await observer.stop();

  const accounts = await test.collections.accounts.find({ currency: funds.currency }).toArray();
  const sum = accounts.reduce((total, { balance }) => total + toUnits(String(balance)), 0n);
  expect(fromUnits(sum)).toBe(String(clients * Number(begin) + 1));
  await expectInvariants(test.collections);
  expect(tally.accepted.get('pay')).toBeGreaterThan(clients);
  expect(refused).toBeGreaterThan(0);
});
