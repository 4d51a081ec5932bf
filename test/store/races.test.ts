import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountActivation, accountDeactivation } from '../../src/domain/account.ts';
import { activation, deactivation } from '../../src/domain/customer.ts';
import type { LedgerError } from '../../src/domain/ledger-error.ts';
import {
  createCall,
  createExternalId,
  openTestStore,
  type TestStore,
} from '../support/database.ts';
import { expectWholeHistory } from '../support/history.ts';
import { expectInvariants, observeInvariants } from '../support/invariants.ts';
import { createRandom, type Random } from '../support/random.ts';
import { openStoresBeside, type Stores } from '../support/stores.ts';

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

describe('a hundred openings at once with one external id that is not taken', () => {
  it.each([1, 4])('give one customer with a hundred accounts, by %i services', async (count) => {
    const services = stores.all.slice(0, count);
    const externalId = createExternalId();
    const opened = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        services[index % count]?.accounts.open(createCall({ deadline: Date.now() + 25_000 }), {
          currency: 'EUR',
          customer: { externalId },
        }),
      ),
    );
    const customers = await test.collections.customers.find({ externalId }).toArray();
    expect(customers).toMatchObject([{ openAccounts: 100, version: 1, active: true }]);
    const customerId = customers[0]?._id;
    expect(new Set(opened.map((account) => account?.customerId))).toEqual(
      new Set([customerId?.toHexString()]),
    );
    expect(new Set(opened.map((account) => account?.id)).size).toBe(100);
    const active = { customerId: customerId as NonNullable<typeof customerId>, active: true };
    expect(await test.collections.accounts.countDocuments(active)).toBe(100);
    await expectInvariants(test.collections);
  });
});

/** A customer that is raced about, as its answered calls left it; the rounds about the same one do not overlap. */
interface Contested {
  readonly id: string;
  readonly externalId: string;
  /** An account that is activated when it is closed. */
  readonly spare: string;
  readonly open: Set<string>;
  active: boolean;
}

/** Why a call of a round may be refused: another one of the round came first. */
const overtaken: ReadonlySet<string> = new Set([
  'CUSTOMER_INACTIVE',
  'CUSTOMER_HAS_ACTIVE_ACCOUNTS',
  'ACCOUNT_CUSTOMER_INACTIVE',
  'ACCOUNT_OPENING_CUSTOMER_INACTIVE',
]);

/** Waits for a call; tells whether it was accepted, and not overtaken. */
async function accept<T>(change: Promise<T>, then: (value: T) => void): Promise<boolean> {
  try {
    then(await change);
    return true;
  } catch (error) {
    if (!overtaken.has((error as LedgerError).reason)) throw error;
    return false;
  }
}

const deactivateCustomer = async (customer: Contested) =>
  await accept(
    stores.next().customers.transition(createCall(), { id: customer.id }, deactivation),
    () => {
      customer.active = false;
    },
  );
const activateCustomer = async (customer: Contested) =>
  await accept(
    stores.next().customers.transition(createCall(), { id: customer.id }, activation),
    () => {
      customer.active = true;
    },
  );
const openAccount = async (customer: Contested) =>
  await accept(
    stores.next().accounts.open(createCall(), {
      currency: 'EUR',
      customer: { externalId: customer.externalId },
    }),
    ({ id }) => customer.open.add(id),
  );
const activateSpare = async (customer: Contested) =>
  await accept(
    stores.next().accounts.transition(createCall(), customer.spare, accountActivation),
    ({ id }) => customer.open.add(id),
  );
const closeAccount = async (customer: Contested, id: string) =>
  await accept(stores.next().accounts.transition(createCall(), id, accountDeactivation), () =>
    customer.open.delete(id),
  );

/** How often deactivations were accepted and refused against something: had one side always won, there would be no race. */
const outcomes = { accepted: 0, refused: 0 };

/** Does at once what cannot all be accepted, whatever state the customer is in. */
async function race(customer: Contested, random: Random): Promise<void> {
  const other = random.pick([activateSpare, openAccount, activateSpare]);
  if (!customer.active) {
    await Promise.all([activateCustomer(customer), other(customer)]);
    return;
  }
  const deactivating = async () => {
    const isAccepted = await deactivateCustomer(customer);
    outcomes[isAccepted ? 'accepted' : 'refused'] += 1;
  };
  const ids = [...customer.open];
  if (ids.length === 0) {
    // The call that comes first has the shorter way: each of them is to win at times.
    const isFirst = random.below(2) === 0;
    const others = other(customer);
    if (isFirst) await new Promise((resolve) => setTimeout(resolve, random.below(5)));
    await Promise.all([deactivating(), others]);
    return;
  }
  const closing = Promise.all(ids.map((id) => closeAccount(customer, id)));
  await Promise.all([closing, random.below(2) === 0 ? deactivating() : closing.then(deactivating)]);
}

async function createContested(): Promise<Contested> {
  const externalId = createExternalId();
  const account = await test.store.accounts.open(createCall(), {
    currency: 'EUR',
    customer: { externalId },
  });
  const { id: spare, customerId: id = '' } = account;
  return { id, externalId, spare, open: new Set([spare]), active: true };
}

describe('deactivating a customer against opening, activating and deactivating its accounts', () => {
  it('never leaves an active account with an inactive customer, and counts every one', {
    timeout: 120_000,
  }, async () => {
    const observer = observeInvariants(test.collections);
    const roundsMin = 2_000;
    const work = async (_: unknown, seed: number) => {
      const random = createRandom(seed);
      const customer = await createContested();
      while (outcomes.accepted + outcomes.refused < roundsMin) await race(customer, random);
      const { id, active, open } = customer;
      const found = await test.store.customers.get(createCall(), { id });
      expect(found).toMatchObject({ active, openAccounts: open.size });
    };
    await Promise.all(Array.from({ length: 16 }, work));
    expect(await observer.stop()).toBeGreaterThan(5);
    await expectInvariants(test.collections);
    await expectWholeHistory(test.collections, 'customer');
    await expectWholeHistory(test.collections, 'account');
    expect(outcomes.accepted).toBeGreaterThan(roundsMin / 20);
    expect(outcomes.refused).toBeGreaterThan(roundsMin / 20);
  });
});
