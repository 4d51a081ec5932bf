import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountActivation, accountDeactivation } from '../../src/domain/account.ts';
import { activation, deactivation } from '../../src/domain/customer.ts';
import type { Store } from '../../src/store/store.ts';
import { expectAllowedRecords, followCommits } from '../support/commit-order.ts';
import {
  createCall,
  createExternalId,
  openTestStore,
  type TestStore,
} from '../support/database.ts';
import { createFunds, createTally, type Funds } from '../support/funds.ts';
import { expectInvariants, observeInvariants } from '../support/invariants.ts';
import { payAll } from '../support/pay.ts';
import { createRandom } from '../support/random.ts';
import { openStoresBeside, type Stores } from '../support/stores.ts';

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

/** Why a call may be refused: another one came first. */
const due = [
  'ACCOUNT_ACTIVE',
  'ACCOUNT_BALANCE_NOT_ZERO',
  'ACCOUNT_CUSTOMER_INACTIVE',
  'ACCOUNT_INACTIVE',
  'ACCOUNT_NOT_FOUND',
  'BALANCE_INSUFFICIENT',
  'CUSTOMER_ACTIVE',
  'CUSTOMER_HAS_ACTIVE_ACCOUNTS',
  'CUSTOMER_INACTIVE',
  'RECIPIENT_ACCOUNT_NOT_FOUND',
  'SENDER_ACCOUNT_NOT_FOUND',
  'VIRTUAL_CURRENCY_BALANCE',
];

/** What is done at once with an account and its customer: what closes and opens them, and what needs them to be open. */
function createActions(account: { id: string; customerId?: string }, other: string) {
  const { id, customerId = '' } = account;
  const supply = { accountId: id, amount: '1' };
  const pay = (store: Store, from: string, to: string) =>
    payAll(store, createCall(), from, [{ recipientAccountId: to, amount: '1' }]);
  return {
    deactivate: (store: Store) => store.accounts.transition(createCall(), id, accountDeactivation),
    activate: (store: Store) => store.accounts.transition(createCall(), id, accountActivation),
    deactivateCustomer: (store: Store) =>
      store.customers.transition(createCall(), { id: customerId }, deactivation),
    activateCustomer: (store: Store) =>
      store.customers.transition(createCall(), { id: customerId }, activation),
    payIn: (store: Store) => pay(store, other, id),
    payOut: (store: Store) => pay(store, id, other),
    mint: (store: Store) => store.virtualCurrencies.mint(createCall(), supply),
    revoke: (store: Store) => store.virtualCurrencies.revoke(createCall(), supply),
    block: (store: Store) => store.blockages.create(createCall(), id, { ...supply, type: 'test' }),
    releaseAll: (store: Store) => store.blockages.releaseAll(createCall(), id),
  };
}

/** What is done more often, so that the account is empty and open often enough. */
const more = ['deactivate', 'deactivate', 'activate', 'activateCustomer', 'payOut', 'releaseAll'];

describe('deactivating an account and its customer against payments, mints and blockages', () => {
  it('never leaves anything on what is inactive, and lets nothing move there', {
    timeout: 120_000,
  }, async () => {
    const commits = await followCommits(test);
    const observer = observeInvariants(test.collections);
    const tally = createTally(due);
    const work = async (_: unknown, seed: number) => {
      const random = createRandom(seed);
      const account = await funds.open({ customer: { externalId: createExternalId() } });
      const { id: other } = await funds.open({}, '1000');
      const actions = createActions(account, other);
      const names = [...Object.keys(actions), ...more] as (keyof typeof actions)[];
      for (let round = 0; round < 60; round += 1) {
        await Promise.all(
          Array.from({ length: 4 }, async () => {
            const name = random.pick(names);
            await tally.take(name, actions[name](stores.next()));
          }),
        );
      }
    };
    await Promise.all(Array.from({ length: 6 }, work));
    await observer.stop();
    expect(expectAllowedRecords(await commits.end())).toBeGreaterThan(10);
    await expectInvariants(test.collections);
    // Had one side always won, there would be no race.
    expect(tally.accepted.size).toBe(10);
    expect(Math.min(...tally.accepted.values())).toBeGreaterThan(2);
  });
});
