import type { Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { disabling, enabling } from '../../src/domain/customer.ts';
import type { Call, Intent } from '../../src/domain/ledger.ts';
import { marksMax } from '../../src/store/request-mark.ts';
import { openStore } from '../../src/store/store.ts';
import { listenToCommands, withMonitoring } from '../support/commands.ts';
import { createCall, openTestStore, silent, type TestStore } from '../support/database.ts';
import { expectWholeHistory } from '../support/history.ts';
import {
  createCurrencyName,
  mutations,
  openFunded,
  openWithCustomer,
} from '../support/mutations.ts';
import { expectUnchanged, takeSnapshot } from '../support/snapshot.ts';
import { openStoresBeside, type Stores } from '../support/stores.ts';

let test: TestStore;
let stores: Stores;
beforeAll(async () => {
  test = await openTestStore();
  stores = await openStoresBeside(test, 3);
});
afterAll(async () => {
  await stores.close();
  await test.close();
});

/** Makes a call with a request id, and counts how often it is answered from an earlier one. */
function createOnce(requestId: string, intent: Intent = {}): { call: () => Call; replays: number } {
  const once = {
    replays: 0,
    call: () =>
      createCall({
        intent: { ...intent, requestId },
        onReplay: () => {
          once.replays += 1;
        },
      }),
  };
  return once;
}

describe.each(Object.entries(mutations))('a request id of %s', (name, arrange) => {
  it('makes the change once, and answers a retry alike', async () => {
    const { make } = await arrange(test.store);
    const once = createOnce(`once ${name}`.replaceAll(' ', '-'), { reason: 'why' });
    const answer = await make(once.call());
    expect(once.replays).toBe(0);
    const after = await takeSnapshot(test.collections);
    expect(await make(once.call())).toEqual(answer);
    expect(once.replays).toBe(1);
    await expectUnchanged(test.collections, after);
  });

  it('makes the change once for many at once, by several services', async () => {
    const { make } = await arrange(stores.ledger);
    const once = createOnce(`many ${name}`.replaceAll(' ', '-'));
    const answers = await Promise.all(Array.from({ length: 8 }, () => make(once.call())));
    expect(once.replays).toBe(answers.length - 1);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it('is refused for other content, which changes nothing', async () => {
    const { make, makeOther } = await arrange(test.store);
    const once = createOnce(`other ${name}`.replaceAll(' ', '-'));
    await make(once.call());
    const after = await takeSnapshot(test.collections);
    await expect(makeOther(once.call())).rejects.toMatchObject({ reason: 'REQUEST_ID_REUSED' });
    const reasoned = createOnce(`other ${name}`.replaceAll(' ', '-'), { reason: 'another' });
    await expect(make(reasoned.call())).rejects.toMatchObject({ reason: 'REQUEST_ID_REUSED' });
    expect(once.replays + reasoned.replays).toBe(0);
    await expectUnchanged(test.collections, after);
  });

  it('is one of its own in another tenant', async () => {
    const { make } = await arrange(test.store);
    const once = createOnce(`tenant ${name}`.replaceAll(' ', '-'));
    await make(once.call());
    await make({ ...once.call(), tenant: 'another' }).catch(() => undefined);
    expect(once.replays).toBe(0);
  });
});

describe('a request id', () => {
  it('of a change of a customer answers what was answered, whatever happened since', async () => {
    const { customers, accounts } = test.store;
    const { customerId: id } = await openWithCustomer(test.store);
    const once = createOnce('whatever');
    const disabled = await customers.transition(once.call(), { id }, disabling);
    await customers.transition(createCall(), { id }, enabling);
    const { externalId } = await customers.update(
      createCall(),
      { id },
      { externalId: `renamed-${id}`, customerCountry: 'AQ' },
    );
    await accounts.open(createCall(), { currency: 'EUR', customer: { externalId } });
    // Relayed by now or not, by either of the customer's ids: the same.
    for (const ref of [{ id }, { externalId }]) {
      expect(await customers.transition(once.call(), ref, disabling)).toEqual(disabled);
    }
    expect(await customers.get(createCall(), { id })).toMatchObject({
      enabled: true,
      openAccounts: 2,
    });
  });

  it('is found in the history as well as in the customer', async () => {
    const { customers, changes } = test.store;
    const { customerId: id } = await openWithCustomer(test.store);
    const once = createOnce('relayed');
    const disabled = await customers.transition(once.call(), { id }, disabling);
    // Reading the history relays it.
    const { items } = await changes.listOfCustomer(
      createCall(),
      { id },
      {},
      { size: 10, offset: 0 },
    );
    expect(items.at(-1)).toMatchObject({ verb: 'DISABLE', requestId: 'relayed' });
    expect(await customers.transition(once.call(), { id }, disabling)).toEqual(disabled);
    expect(once.replays).toBe(1);
  });

  it('of a refused change is tried afresh', async () => {
    const { customers, transactions, accounts } = test.store;
    const { customerId: id } = await openWithCustomer(test.store);
    const once = createOnce('afresh');
    await expect(customers.transition(once.call(), { id }, enabling)).rejects.toMatchObject({
      reason: 'CUSTOMER_ENABLED',
    });
    expect(await customers.transition(once.call(), { id }, disabling)).toMatchObject({
      enabled: false,
    });
    const { id: sender, currency } = await openFunded(test.store);
    const { id: recipientAccountId } = await accounts.open(createCall(), { currency });
    const payment = { recipientAccountId, amount: '101' };
    await expect(transactions.pay(once.call(), sender, payment)).rejects.toMatchObject({
      reason: 'BALANCE_INSUFFICIENT',
    });
    await test.store.virtualCurrencies.mint(createCall(), { accountId: sender, amount: '1' });
    await transactions.pay(once.call(), sender, payment);
    expect(once.replays).toBe(0);
  });

  it('belongs to its target: another customer, another account, openings, payments and currencies', async () => {
    const { customers, accounts, blockages, transactions, virtualCurrencies } = test.store;
    const once = createOnce('targets');
    const [one, other] = [await openFunded(test.store), await openFunded(test.store)];
    await customers.transition(once.call(), { id: one.customerId }, disabling);
    await customers.transition(once.call(), { id: other.customerId }, disabling);
    await customers.transition(createCall(), { id: one.customerId }, enabling);
    await blockages.create(once.call(), one.id, { amount: '1', type: 't' });
    await blockages.create(once.call(), other.id, { amount: '1', type: 't' });
    const opened = await accounts.open(once.call(), { currency: one.currency });
    await transactions.pay(once.call(), one.id, { recipientAccountId: opened.id, amount: '1' });
    await virtualCurrencies.create(once.call(), {
      name: createCurrencyName(),
      supply: '1',
      basePair: 'EUR',
    });
    expect(once.replays).toBe(0);
    // All payments of the tenant have it, and all changes of one account.
    const { id: recipientAccountId } = opened;
    const payment = { recipientAccountId, amount: '1' };
    const reused = { reason: 'REQUEST_ID_REUSED' };
    await expect(transactions.pay(once.call(), other.id, payment)).rejects.toMatchObject(reused);
    await expect(accounts.update(once.call(), one.id, { accountCode: 'c' })).rejects.toMatchObject(
      reused,
    );
    await expect(blockages.releaseAll(once.call(), one.id)).rejects.toMatchObject(reused);
  });

  it('of an opening is not taken for one of its customer', async () => {
    const { customers } = test.store;
    const { make } = (await mutations['accounts.open']?.(test.store)) ?? {};
    const once = createOnce('opening-and-customer');
    const account = (await make?.(once.call())) as { customerId: string };
    await customers.transition(once.call(), { id: account.customerId }, disabling);
    expect(once.replays).toBe(0);
  });

  it('is known again among many of a customer, whichever service made the change', async () => {
    const { customerId: id } = await openWithCustomer(test.store);
    const made: { call: () => Call; country: string; answer: object }[] = [];
    const countries = ['DE', 'FR', 'IT', 'ES', 'AT', 'CH', 'PL', 'NL'];
    // More than can be marked. Each service in turn, then one alone, which remembers them.
    for (let round = 0; round < marksMax + 8; round += 1) {
      const { customers } = round < marksMax + 2 ? stores.next() : test.store;
      const country = countries[round % countries.length] ?? '';
      const { call } = createOnce(`known-${round}`);
      const answer = await customers.update(call(), { id }, { customerCountry: country });
      made.push({ call, country, answer });
    }
    const before = await takeSnapshot(test.collections);
    for (const { customers } of stores.all) {
      for (const { call, country, answer } of made) {
        expect(await customers.update(call(), { id }, { customerCountry: country })).toEqual(
          answer,
        );
      }
    }
    await expectUnchanged(test.collections, before);
  });

  it('never changes a customer by the name that it has given up', async () => {
    const { customerId: id } = await openWithCustomer(test.store);
    const { customers, accounts } = test.store;
    // More than can be marked, so that the customer is remembered, by this name.
    const name = `given-up-${id}`;
    await customers.update(createOnce('name').call(), { id }, { externalId: name });
    for (let round = 0; round < marksMax; round += 1) {
      const call = createOnce(`named-${round}`).call();
      await customers.update(call, { externalId: name }, { customerCountry: 'DE' });
    }
    const rename = createOnce('rename').call();
    await customers.update(rename, { externalId: name }, { externalId: `${name}-new` });
    const disable = () =>
      customers.transition(createOnce('by-name').call(), { externalId: name }, disabling);
    await expect(disable()).rejects.toMatchObject({ reason: 'CUSTOMER_NOT_FOUND' });
    await accounts.open(createCall(), { currency: 'EUR', customer: { externalId: name } });
    expect(await disable()).toMatchObject({ externalId: name, enabled: false });
    expect(await customers.get(createCall(), { id })).toMatchObject({ enabled: true });
  });

  it('answers by a name that the customer has given up, by this change or since', async () => {
    const { customers, accounts, changes } = test.store;
    const { customerId: id } = await openWithCustomer(test.store);
    const { externalId } = await customers.get(createCall(), { id });
    const name = `renamed-${id}`;
    const [disable, rename] = [createOnce('former'), createOnce('rename-former')];
    const disabled = await customers.transition(disable.call(), { externalId }, disabling);
    const renamed = await customers.update(rename.call(), { externalId }, { externalId: name });
    const expectReplays = async () => {
      const again = customers.update(rename.call(), { externalId }, { externalId: name });
      expect(await again).toEqual(renamed);
    };
    await expectReplays();
    const late = customers.transition(disable.call(), { externalId }, disabling);
    expect(await late).toEqual(disabled);
    // Reading the history relays it.
    await changes.listOfCustomer(createCall(), { id }, {}, { size: 10, offset: 0 });
    await expectReplays();
    const other = customers.update(rename.call(), { externalId }, { externalId: 'another' });
    await expect(other).rejects.toMatchObject({ reason: 'REQUEST_ID_REUSED' });

    // Another customer of the name is left alone, also when the new one is free.
    const customer = { externalId };
    const opened = await accounts.open(createCall(), { currency: 'EUR', customer });
    await customers.update(createCall(), { id }, { externalId: `${name}-again` });
    await expectReplays();
    const namesake = await customers.get(createCall(), { id: opened.customerId ?? '' });
    expect(namesake).toMatchObject({ externalId, version: 1 });
    expect(rename.replays).toBe(3);
  });

  it('renames once for many calls by the former name at once, by several services', async () => {
    const { customerId: id } = await openWithCustomer(test.store);
    const { externalId } = await test.store.customers.get(createCall(), { id });
    const once = createOnce('rename-race');
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        stores
          .next()
          .customers.update(once.call(), { externalId }, { externalId: `raced-${externalId}` }),
      ),
    );
    expect(once.replays).toBe(answers.length - 1);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it('is looked for in the history as it was when the customer was read, or later', async () => {
    const { customerId: id } = await openWithCustomer(test.store);
    const reads: Document[] = [];
    const deafen = listenToCommands({
      onSend: ({ name, isOfRelay, document }) =>
        void (name === 'find' && !isOfRelay && reads.push(document)),
    });
    const uri = withMonitoring(inject('mongodbUri'));
    const store = await openStore({ uri, name: test.db.databaseName }, silent);
    const once = createOnce('in-order');
    await store.customers.transition(once.call(), { id }, disabling);
    await store.changes.listOfCustomer(createCall(), { id }, {}, { size: 10, offset: 0 });
    reads.length = 0;
    await store.customers.transition(once.call(), { id }, disabling);
    await store.close();
    deafen();
    expect(reads.map(({ find }) => find)).toEqual(['customers', 'changes']);
    const [customer, history] = reads.map(({ readConcern }) => readConcern);
    expect(customer).toMatchObject({ level: 'majority' });
    expect(history).toMatchObject({ level: 'majority', afterClusterTime: expect.anything() });
  });

  it('survives many changes of one customer at once, each with an id of its own', async () => {
    const { customerId: id } = await openWithCustomer(test.store);
    const countries = ['DE', 'FR', 'IT', 'ES', 'AT', 'CH', 'PL', 'NL'];
    await Promise.all(
      countries.flatMap((customerCountry, index) =>
        [0, 1].map(() =>
          stores
            .next()
            .customers.update(createOnce(`race-${index}`).call(), { id }, { customerCountry }),
        ),
      ),
    );
    const { version } = await test.store.customers.get(createCall(), { id });
    expect(version).toBe(1 + countries.length);
    await expectWholeHistory(test.collections, 'customer');
  });
});
