import { ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freezing, unfreezing } from '../../src/domain/account.ts';
import { disabling, enabling } from '../../src/domain/customer.ts';
import type { Store } from '../../src/store/store.ts';
import { expectAllowedRecords, followCommits } from '../support/commit-order.ts';
import {
  createCall,
  createExternalId,
  openTestStore,
  type TestStore,
} from '../support/database.ts';
import { createFunds, type Funds, reasonOf } from '../support/funds.ts';
import { expectInvariants, observeInvariants } from '../support/invariants.ts';
import { payAll } from '../support/pay.ts';
import { createRandom, type Random } from '../support/random.ts';
import { openStoresBeside, type Stores } from '../support/stores.ts';

const rounds = 40;
const storeCount = 4;

let test: TestStore;
let stores: Stores;
let funds: Funds;
beforeAll(async () => {
  test = await openTestStore();
  stores = await openStoresBeside(test, storeCount);
  funds = await createFunds(test.store);
});
afterAll(async () => {
  await stores.close();
  await test.close();
});

/** A customer with an account for each service, from which that service spends. */
interface Spender {
  readonly customerId: string;
  readonly accounts: readonly { readonly id: string; readonly payee: string }[];
}

async function createSpender(): Promise<Spender> {
  const customer = { externalId: createExternalId() };
  const accounts = [];
  let customerId = '';
  for (let count = 0; count < storeCount; count += 1) {
    const account = await funds.open({ customer }, '1000000');
    const { id: payee } = await funds.open();
    accounts.push({ id: account.id, payee });
    customerId = account.customerId ?? '';
  }
  return { customerId, accounts };
}

type Spend = (store: Store, account: Spender['accounts'][0]) => Promise<unknown>;

const pay: Spend = (store, { id, payee }) =>
  payAll(store, createCall(), id, [{ recipientAccountId: payee, amount: '1' }]);
const payBatch: Spend = (store, { id, payee }) => {
  const payment = { recipientAccountId: payee, amount: '1' };
  return payAll(store, createCall(), id, [payment, payment, payment]);
};
const revoke: Spend = (store, { id }) =>
  store.virtualCurrencies.revoke(createCall(), { accountId: id, amount: '1' });
const settle: Spend = async (store, { id, payee }) => {
  const blockage = await store.blockages.create(createCall(), id, { amount: '1', type: 'test' });
  const payment = { recipientAccountId: payee, amount: '1' };
  return await store.blockages.settle(createCall(), blockage.id, payment);
};

/** A switch that stops spending, and the reasons for which what is spent is then refused. */
interface Guard {
  readonly close: (store: Store, spender: Spender) => Promise<unknown>;
  readonly open: (store: Store, spender: Spender) => Promise<unknown>;
  readonly reasons: readonly string[];
}

const disabled: Guard = {
  close: (store, { customerId: id }) => store.customers.transition(createCall(), { id }, disabling),
  open: (store, { customerId: id }) => store.customers.transition(createCall(), { id }, enabling),
  reasons: ['SENDER_CUSTOMER_DISABLED', 'VIRTUAL_CURRENCY_BALANCE'],
};

const frozen: Guard = {
  close: (store, { accounts }) =>
    Promise.all(accounts.map(({ id }) => store.accounts.transition(createCall(), id, freezing))),
  open: (store, { accounts }) =>
    Promise.all(accounts.map(({ id }) => store.accounts.transition(createCall(), id, unfreezing))),
  reasons: ['SENDER_ACCOUNT_FROZEN', 'VIRTUAL_CURRENCY_BALANCE'],
};

/** What of a race came out how. */
const createOutcomes = () => ({ accepted: 0, refused: 0 });

/** Spends from all accounts by all services at once, over and over, until it is told to stop. */
async function spendUntil(
  isOver: () => boolean,
  { accounts }: Spender,
  race: { spend: Spend; reasons: readonly string[]; outcomes: ReturnType<typeof createOutcomes> },
): Promise<void> {
  const spendOn = async (store: Store, index: number) => {
    const account = accounts[index % accounts.length] as Spender['accounts'][0];
    do {
      const reason = await reasonOf(race.spend(store, account));
      if (reason !== undefined) expect(race.reasons).toContain(reason);
      race.outcomes[reason === undefined ? 'accepted' : 'refused'] += 1;
    } while (!isOver());
  };
  await Promise.all(stores.all.map(spendOn));
}

/** Closes the guard while all services spend; once that is acknowledged, nothing is spent any more. */
async function raceOnce(
  spender: Spender,
  race: { guard: Guard; spend: Spend; outcomes: ReturnType<typeof createOutcomes> },
  random: Random,
): Promise<void> {
  const { guard, spend } = race;
  const countDebits = async () =>
    await test.collections.records.countDocuments({
      customerId: new ObjectId(spender.customerId),
      transactionType: 'DEBIT_PAYMENT',
    });
  let isClosed = false;
  const spending = spendUntil(() => isClosed, spender, { ...race, reasons: guard.reasons });
  const enough = race.outcomes.accepted + 1 + random.below(4);
  await vi.waitUntil(() => race.outcomes.accepted >= enough, { timeout: 20_000, interval: 1 });
  await new Promise((resolve) => setTimeout(resolve, random.below(4)));
  await guard.close(stores.next(), spender);
  isClosed = true;
  const acknowledged = await countDebits();
  const late = await Promise.all(
    spender.accounts.map((account) => reasonOf(spend(stores.next(), account))),
  );
  for (const reason of late) expect(guard.reasons).toContain(reason);
  await spending;
  expect(await countDebits()).toBe(acknowledged);
  await guard.open(stores.next(), spender);
}

describe.each([
  { name: 'a disable against payments', guard: disabled, spend: pay },
  { name: 'a disable against batches of payments', guard: disabled, spend: payBatch },
  { name: 'a disable against revocations', guard: disabled, spend: revoke },
  { name: 'a disable against the settlement of blockages', guard: disabled, spend: settle },
  { name: 'a freeze against payments', guard: frozen, spend: pay },
  { name: 'a freeze against batches of payments', guard: frozen, spend: payBatch },
  { name: 'a freeze against revocations', guard: frozen, spend: revoke },
  { name: 'a freeze against the settlement of blockages', guard: frozen, spend: settle },
])('$name by several services', ({ guard, spend }) => {
  it('lets nothing be spent once it is acknowledged, and until it is undone', {
    timeout: 120_000,
  }, async () => {
    const spender = await createSpender();
    const commits = await followCommits(test);
    const observer = observeInvariants(test.collections);
    const outcomes = createOutcomes();
    const random = createRandom(rounds);
    for (let round = 0; round < rounds; round += 1) {
      await raceOnce(spender, { guard, spend, outcomes }, random);
    }
    expect(await observer.stop()).toBeGreaterThan(0);
    expect(expectAllowedRecords(await commits.end())).toBeGreaterThanOrEqual(rounds);
    await expectInvariants(test.collections);
    // Had one side always won, there would be no race.
    expect(outcomes.refused).toBeGreaterThan(rounds / 10);
  });
});
