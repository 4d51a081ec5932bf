import { ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountDeactivation } from '../../src/domain/account.ts';
import {
  activation,
  type CustomerChanges,
  type CustomerTransition,
  deactivation,
  disabling,
  enabling,
} from '../../src/domain/customer.ts';
import type { LedgerError } from '../../src/domain/ledger-error.ts';
import {
  createCall,
  createExternalId,
  openTestStore,
  type TestStore,
} from '../support/database.ts';
import { expectChain, expectWholeHistory, readHistory } from '../support/history.ts';
import { expectInvariants } from '../support/invariants.ts';
import { createRandom } from '../support/random.ts';
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

async function createCustomer({
  closed = false,
} = {}): Promise<{ id: string; externalId: string }> {
  const externalId = createExternalId();
  const opening = { currency: 'EUR', customer: { externalId } };
  const account = await test.store.accounts.open(createCall(), opening);
  if (closed) await test.store.accounts.transition(createCall(), account.id, accountDeactivation);
  return { id: account.customerId as string, externalId };
}

const update = (id: string, changes: CustomerChanges) =>
  stores.next().customers.update(createCall(), { id }, changes);

/** Gives why a call was refused; undefined when it was not. */
async function reasonOf(change: Promise<unknown>): Promise<string | undefined> {
  return await change.then(
    () => undefined,
    (error: LedgerError) => error.reason,
  );
}

describe('renaming', () => {
  it('to an external id that another customer has is refused and changes nothing', async () => {
    const [one, two] = [await createCustomer(), await createCustomer()];
    const before = await test.store.customers.get(createCall(), one);
    await expect(
      update(one.id, { externalId: two.externalId, customerCountry: 'DE' }),
    ).rejects.toMatchObject({
      reason: 'CUSTOMER_EXTERNAL_ID_TAKEN',
      message: `Customer with given external ID ${two.externalId} already exists.`,
    });
    expect(await test.store.customers.get(createCall(), { id: one.id })).toEqual(before);
    expect(await readHistory(test.collections, 'customer', new ObjectId(one.id))).toHaveLength(1);
  });

  it('to the external id that the customer has is a change like any other', async () => {
    const { id, externalId } = await createCustomer();
    expect(await update(id, { externalId })).toMatchObject({ externalId, version: 2 });
  });

  it('of two customers to each other at once is refused for both', async () => {
    const [one, two] = [await createCustomer(), await createCustomer()];
    for (let round = 0; round < 100; round += 1) {
      const reasons = await Promise.all([
        reasonOf(update(one.id, { externalId: two.externalId })),
        reasonOf(update(two.id, { externalId: one.externalId })),
      ]);
      expect(reasons).toEqual(['CUSTOMER_EXTERNAL_ID_TAKEN', 'CUSTOMER_EXTERNAL_ID_TAKEN']);
    }
    expect(await test.store.customers.get(createCall(), one)).toMatchObject(one);
    expect(await test.store.customers.get(createCall(), two)).toMatchObject(two);
  });

  it('of many customers among few names at once leaves no duplicate, and no answer but yes or taken', async () => {
    const customers = await Promise.all(Array.from({ length: 8 }, () => createCustomer()));
    const prefix = createExternalId();
    const names = Array.from({ length: 10 }, (_, index) => `${prefix}-${index}`);
    const random = createRandom(1);
    const accepted = new Map(customers.map(({ id }) => [id, 0]));
    const rename = async () => {
      for (let round = 0; round < 40; round += 1) {
        const { id } = random.pick(customers);
        const reason = await reasonOf(update(id, { externalId: random.pick(names) }));
        if (reason === undefined) accepted.set(id, (accepted.get(id) ?? 0) + 1);
        else expect(reason).toBe('CUSTOMER_EXTERNAL_ID_TAKEN');
      }
    };
    const open = async () => {
      for (let round = 0; round < 20; round += 1) {
        const customer = { externalId: random.pick(names) };
        await stores.next().accounts.open(createCall(), { currency: 'EUR', customer });
      }
    };
    await Promise.all([...Array.from({ length: 16 }, rename), open(), open()]);

    const found = await test.collections.customers.find({ externalId: { $in: names } }).toArray();
    expect(new Set(found.map(({ externalId }) => externalId)).size).toBe(found.length);
    for (const [id, count] of accepted) {
      const history = await readHistory(test.collections, 'customer', new ObjectId(id));
      expectChain(history, count + 1);
    }
    expect([...accepted.values()].reduce((sum, count) => sum + count)).toBeGreaterThan(8);
    await expectInvariants(test.collections);
    await expectWholeHistory(test.collections, 'customer');
  });
});

describe('two updates of different fields at once', () => {
  it('both survive', { timeout: 60_000 }, async () => {
    const countries = ['DE', 'FR', 'AQ', null];
    const currencies = ['EUR', 'USD', 'SLE'];
    const race = async () => {
      const { id } = await createCustomer();
      for (let round = 0; round < 50; round += 1) {
        const customerCountry = countries[round % countries.length] as string | null;
        const accountingCurrency = currencies[round % currencies.length] as string;
        await Promise.all([update(id, { customerCountry }), update(id, { accountingCurrency })]);
        const found = await test.store.customers.get(createCall(), { id });
        expect(found.customerCountry ?? null).toBe(customerCountry);
        expect(found).toMatchObject({ accountingCurrency, version: 3 + 2 * round });
      }
      expectChain(await readHistory(test.collections, 'customer', new ObjectId(id)), 101);
    };
    await Promise.all(Array.from({ length: 10 }, race));
  });
});

/** What each transition asks and does, told once more: from which states, and to which. */
const legal = {
  ACTIVATE: { from: { active: false }, to: { active: true } },
  DEACTIVATE: { from: { active: true }, to: { active: false } },
  ENABLE: { from: { active: true, enabled: false }, to: { enabled: true } },
  DISABLE: { from: { active: true, enabled: true }, to: { enabled: false } },
};

/** Why a call may be refused: the state is another one, or it moved too often between the guard and the look at why. */
const refusals = /^(?:CUSTOMER_(?:ACTIVE|INACTIVE|ENABLED|DISABLED)|WRITE_CONFLICT)$/;

describe('all transitions of one customer from sixteen clients at once', () => {
  it('form a legal sequence in which each accepted answer has one entry', async () => {
    const { id } = await createCustomer({ closed: true });
    const random = createRandom(2);
    const accepted = new Map<string, CustomerTransition>();
    const client = async (_: unknown, number: number) => {
      for (let count = 0; count < 60; count += 1) {
        const transition = random.pick([activation, deactivation, enabling, disabling]);
        const actor = `key_${number}_${count}`;
        const store = stores.all[number % stores.all.length];
        const change = store?.customers.transition(createCall({ actor }), { id }, transition);
        const reason = await reasonOf(change ?? Promise.reject(new Error('no store')));
        if (reason === undefined) accepted.set(actor, transition);
        else expect(reason).toMatch(refusals);
      }
    };
    await Promise.all(Array.from({ length: 16 }, client));

    const history = await readHistory(test.collections, 'customer', new ObjectId(id));
    expectChain(history, accepted.size + 1);
    let state = { active: true, enabled: true };
    for (const { verb, actor, before, after } of history.slice(1)) {
      expect(verb).toBe(accepted.get(actor)?.verb);
      expect(state).toMatchObject(legal[verb as keyof typeof legal].from);
      expect(before).toMatchObject(state);
      state = { ...state, ...legal[verb as keyof typeof legal].to };
      expect(after).toMatchObject(state);
    }
    expect(new Set(history.map(({ actor }) => actor)).size).toBe(history.length);
    expect(await test.store.customers.get(createCall(), { id })).toMatchObject(state);
    expect(accepted.size).toBeGreaterThan(100);
  });
});

describe('a disable', () => {
  it('lets no account be opened once it is acknowledged', { timeout: 60_000 }, async () => {
    const reasons = new Set<string | undefined>();
    const race = async (_: unknown, seed: number) => {
      const random = createRandom(seed);
      for (let round = 0; round < 10; round += 1) {
        const { id, externalId } = await createCustomer();
        const ofCustomer = { customerId: new ObjectId(id) };
        const opening = { currency: 'EUR', customer: { externalId } };
        const openings = Promise.all(
          Array.from({ length: 6 }, () =>
            reasonOf(stores.next().accounts.open(createCall(), opening)),
          ),
        );
        await new Promise((resolve) => setTimeout(resolve, random.below(40)));
        await stores.next().customers.transition(createCall(), { id }, disabling);
        const count = await test.collections.accounts.countDocuments(ofCustomer);
        for (const reason of await openings) reasons.add(reason);
        expect(await test.collections.accounts.countDocuments(ofCustomer)).toBe(count);
        expect(await test.store.customers.get(createCall(), { id })).toMatchObject({
          enabled: false,
          openAccounts: count,
        });
      }
    };
    await Promise.all(Array.from({ length: 4 }, race));
    // Both happened: some came before the disable, some after it.
    expect(reasons).toEqual(new Set([undefined, 'ACCOUNT_OPENING_CUSTOMER_DISABLED']));
  });
});
