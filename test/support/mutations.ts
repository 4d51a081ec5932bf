import {
  type AccountTransition,
  accountActivation,
  accountDeactivation,
  freezing,
  unfreezing,
} from '../../src/domain/account.ts';
import {
  activation,
  type CustomerTransition,
  deactivation,
  disabling,
  enabling,
} from '../../src/domain/customer.ts';
import type { Call, Ledger } from '../../src/domain/ledger.ts';
import { createCall, createExternalId } from './database.ts';

/** A change that is about to be made: the same however often it is called, and one that asks for something else of the same target. */
export interface Mutation {
  readonly make: (call: Call) => Promise<unknown>;
  readonly makeOther: (call: Call) => Promise<unknown>;
  /** Reads the etag that the change can be made to expect; absent where its target has none. */
  readonly readEtag?: () => Promise<string>;
}

/** Every method of the ledger that changes something, by name, with what it needs arranged. */
export const mutations: Readonly<Record<string, (ledger: Ledger) => Promise<Mutation>>> = {
  'customers.update': async (ledger) => {
    const { customerId } = await openWithCustomer(ledger);
    const update = (customerCountry: string) => (call: Call) =>
      ledger.customers.update(call, { id: customerId }, { customerCountry });
    return { make: update('FR'), makeOther: update('IT'), ...tagCustomer(ledger, customerId) };
  },
  'customers.transition disable': (ledger) => changeCustomer(ledger, [], disabling),
  'customers.transition enable': (ledger) => changeCustomer(ledger, [disabling], enabling),
  'customers.transition deactivate': async (ledger) => {
    const { customerId, id } = await openWithCustomer(ledger);
    await ledger.accounts.transition(createCall(), id, accountDeactivation);
    return ofCustomer(ledger, customerId, deactivation);
  },
  'customers.transition activate': async (ledger) => {
    const { customerId, id } = await openWithCustomer(ledger);
    await ledger.accounts.transition(createCall(), id, accountDeactivation);
    await ledger.customers.transition(createCall(), { id: customerId }, deactivation);
    return ofCustomer(ledger, customerId, activation);
  },
  'accounts.open': async (ledger) => {
    const externalId = createExternalId();
    const open = (currency: string) => (call: Call) =>
      ledger.accounts.open(call, { currency, customer: { externalId } });
    return { make: open('EUR'), makeOther: open('BTC') };
  },
  'accounts.openAll': async (ledger) => {
    const openings = [createExternalId(), createExternalId()].map((externalId) => ({
      currency: 'EUR',
      customer: { externalId },
    }));
    return {
      make: (call) => ledger.accounts.openAll(call, openings),
      makeOther: (call) => ledger.accounts.openAll(call, openings.slice(1)),
    };
  },
  'accounts.update': async (ledger) => {
    const { id } = await openWithCustomer(ledger);
    const update = (accountCode: string) => (call: Call) =>
      ledger.accounts.update(call, id, { accountCode });
    return { make: update('a'), makeOther: update('b'), ...tagAccount(ledger, id) };
  },
  'accounts.transition freeze': (ledger) => changeAccount(ledger, [], freezing),
  'accounts.transition unfreeze': (ledger) => changeAccount(ledger, [freezing], unfreezing),
  'accounts.transition deactivate': (ledger) => changeAccount(ledger, [], accountDeactivation),
  'accounts.transition activate': (ledger) =>
    changeAccount(ledger, [accountDeactivation], accountActivation),
  'blockages.create': async (ledger) => {
    const { id } = await openFunded(ledger);
    const create = (amount: string) => (call: Call) =>
      ledger.blockages.create(call, id, { amount, type: 'hold' });
    return { make: create('2'), makeOther: create('3'), ...tagAccount(ledger, id) };
  },
  'blockages.release': async (ledger) => {
    const { id } = await openFunded(ledger);
    const [one, other] = await Promise.all(
      ['1', '2'].map((amount) => ledger.blockages.create(createCall(), id, { amount, type: 't' })),
    );
    return {
      make: (call) => ledger.blockages.release(call, one?.id ?? ''),
      makeOther: (call) => ledger.blockages.release(call, other?.id ?? ''),
      ...tagAccount(ledger, id),
    };
  },
  'blockages.releaseAll': async (ledger) => {
    const { id } = await openFunded(ledger);
    const { id: blockageId } = await ledger.blockages.create(createCall(), id, {
      amount: '1',
      type: 't',
    });
    return {
      make: (call) => ledger.blockages.releaseAll(call, id),
      makeOther: (call) => ledger.blockages.release(call, blockageId),
      ...tagAccount(ledger, id),
    };
  },
  'blockages.settle': async (ledger) => {
    const { id, currency } = await openFunded(ledger);
    const { id: recipientAccountId } = await ledger.accounts.open(createCall(), { currency });
    const blockage = await ledger.blockages.create(createCall(), id, { amount: '5', type: 't' });
    const settle = (amount: string) => (call: Call) =>
      ledger.blockages.settle(call, blockage.id, { recipientAccountId, amount });
    return { make: settle('4'), makeOther: settle('3'), ...tagAccount(ledger, id) };
  },
  'transactions.pay': async (ledger) => {
    const { id, currency } = await openFunded(ledger);
    const { id: recipientAccountId } = await ledger.accounts.open(createCall(), { currency });
    const pay = (amount: string) => (call: Call) =>
      ledger.transactions.pay(call, id, { recipientAccountId, amount });
    return { make: pay('1'), makeOther: pay('2'), ...tagAccount(ledger, id) };
  },
  'transactions.payAll': async (ledger) => {
    const { id, currency } = await openFunded(ledger);
    const { id: recipientAccountId } = await ledger.accounts.open(createCall(), { currency });
    const payAll = (amounts: readonly string[]) => (call: Call) =>
      ledger.transactions.payAll(
        call,
        id,
        amounts.map((amount) => ({ recipientAccountId, amount })),
      );
    return { make: payAll(['1', '2']), makeOther: payAll(['2', '1']), ...tagAccount(ledger, id) };
  },
  'virtualCurrencies.create': async (ledger) => {
    const create = (name: string) => (call: Call) =>
      ledger.virtualCurrencies.create(call, { name, supply: '10', basePair: 'EUR' });
    return { make: create(createCurrencyName()), makeOther: create(createCurrencyName()) };
  },
  'virtualCurrencies.update': async (ledger) => {
    const { currency } = await openFunded(ledger);
    const update = (baseRate: number) => (call: Call) =>
      ledger.virtualCurrencies.update(call, currency, { baseRate });
    return { make: update(2), makeOther: update(3) };
  },
  'virtualCurrencies.mint': async (ledger) => {
    const { id: accountId } = await openFunded(ledger);
    const mint = (amount: string) => (call: Call) =>
      ledger.virtualCurrencies.mint(call, { accountId, amount });
    return { make: mint('1'), makeOther: mint('2'), ...tagAccount(ledger, accountId) };
  },
  'virtualCurrencies.revoke': async (ledger) => {
    const { id: accountId } = await openFunded(ledger);
    const revoke = (amount: string) => (call: Call) =>
      ledger.virtualCurrencies.revoke(call, { accountId, amount });
    return { make: revoke('1'), makeOther: revoke('2'), ...tagAccount(ledger, accountId) };
  },
};

/** Opens an empty account of a new customer. */
export async function openWithCustomer(
  ledger: Ledger,
): Promise<{ id: string; customerId: string }> {
  const customer = { externalId: createExternalId() };
  const { id, customerId = '' } = await ledger.accounts.open(createCall(), {
    currency: 'EUR',
    customer,
  });
  return { id, customerId };
}

/** Opens an account of a new customer that holds 100 of a new virtual currency. */
export async function openFunded(
  ledger: Ledger,
): Promise<{ id: string; customerId: string; currency: string }> {
  const customer = { externalId: createExternalId() };
  const creation = { name: createCurrencyName(), supply: '100', basePair: 'EUR', customer };
  const {
    id,
    customerId = '',
    currency,
  } = await ledger.virtualCurrencies.create(createCall(), creation);
  return { id, customerId, currency };
}

/** Makes the name of a virtual currency that does not exist. */
export function createCurrencyName(): string {
  return `VC_${createExternalId().replace('-', '_')}`;
}

async function changeCustomer(
  ledger: Ledger,
  before: readonly CustomerTransition[],
  transition: CustomerTransition,
): Promise<Mutation> {
  const { customerId } = await openWithCustomer(ledger);
  for (const step of before) {
    await ledger.customers.transition(createCall(), { id: customerId }, step);
  }
  return ofCustomer(ledger, customerId, transition);
}

function ofCustomer(ledger: Ledger, id: string, transition: CustomerTransition): Mutation {
  return {
    make: (call) => ledger.customers.transition(call, { id }, transition),
    makeOther: (call) => ledger.customers.update(call, { id }, { providerCountry: 'DE' }),
    ...tagCustomer(ledger, id),
  };
}

async function changeAccount(
  ledger: Ledger,
  before: readonly AccountTransition[],
  transition: AccountTransition,
): Promise<Mutation> {
  const { id } = await openWithCustomer(ledger);
  for (const step of before) await ledger.accounts.transition(createCall(), id, step);
  return {
    make: (call) => ledger.accounts.transition(call, id, transition),
    makeOther: (call) => ledger.accounts.update(call, id, { accountNumber: 'other' }),
    ...tagAccount(ledger, id),
  };
}

function tagCustomer(ledger: Ledger, id: string) {
  return { readEtag: async () => (await ledger.customers.get(createCall(), { id })).etag };
}

function tagAccount(ledger: Ledger, id: string) {
  return { readEtag: async () => (await ledger.accounts.get(createCall(), id)).etag };
}
