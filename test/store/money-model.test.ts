import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCall, openTestStore, type TestStore } from '../support/database.ts';
import { createFunds } from '../support/funds.ts';
import { expectInvariants } from '../support/invariants.ts';
import { createRandom } from '../support/random.ts';
import { openStoresBeside, type Stores } from '../support/stores.ts';
import { fromUnits, toUnits } from '../support/units.ts';
import {
  blockedOf,
  createModel,
  type LedgerModel,
  type ModelAccount,
  openAccountsOf,
  shownOf,
} from './model/ledger-model.ts';
import { createSupplyChange, moneyDrafts } from './model/money-operations.ts';
import type { Operation } from './model/operation.ts';
import { draftOpening, stateDrafts } from './model/state-operations.ts';

const operations = 300;

let test: TestStore;
let stores: Stores;
beforeAll(async () => {
  test = await openTestStore();
  stores = await openStoresBeside(test, 2);
});
afterAll(async () => {
  await stores.close();
  await test.close();
});

/** Begins a ledger with two virtual currencies, and the model of it. */
async function beginLedger(): Promise<LedgerModel> {
  const model = createModel();
  for (const supply of ['100', '3']) {
    const { currency, issuer } = await createFunds(test.store, supply);
    const balance = toUnits(supply);
    const state = { active: true, frozen: false, balance, records: 1 };
    model.accounts.push({
      id: issuer,
      customer: undefined,
      currency,
      blockages: new Map(),
      ...state,
    });
    model.supplies.set(currency, balance);
  }
  return model;
}

/** Makes a call, and expects of it what the model foresees. */
async function run(operation: Operation, where: string): Promise<void> {
  const told = `${where}: ${operation.name} ${JSON.stringify(operation.content)}`;
  const answer = await operation.make(stores.next(), createCall()).catch((error: unknown) => {
    expect((error as { reason?: unknown }).reason ?? error, told).toBe(operation.refusal);
  });
  if (operation.refusal !== undefined) expect(answer, told).toBeUndefined();
  else operation.apply(answer);
}

async function expectShown(account: ModelAccount, where: string): Promise<void> {
  const { balance, active, frozen } = await stores.next().accounts.get(createCall(), account.id);
  expect({ ...balance, active, frozen }, where).toEqual({
    accountBalance: fromUnits(account.balance),
    availableBalance: fromUnits(shownOf(account)),
    active: account.active,
    frozen: account.frozen,
  });
}

/** Asserts that the ledger keeps what the model does. */
async function expectSame(model: LedgerModel): Promise<void> {
  const { store, collections } = test;
  for (const account of model.accounts) {
    await expectShown(account, account.id);
    const page = { size: 1_000, token: '' };
    const { items } = await store.blockages.list(createCall(), account.id, page);
    const blockages = new Map(items.map(({ id, amount }) => [id, toUnits(amount)]));
    expect(blockages).toEqual(account.blockages);
  }
  const currencies = [...model.supplies.keys()];
  const kept = await collections.accounts.find({ currency: { $in: currencies } }).toArray();
  const modelled = model.accounts.filter(({ currency }) => currencies.includes(currency));
  expect(kept.map(({ blocked, records }) => [toUnits(String(blocked)), records])).toEqual(
    modelled.map((account) => [blockedOf(account), account.records]),
  );
  for (const customer of model.customers) {
    const { id, active, enabled } = customer;
    const openAccounts = openAccountsOf(model, customer);
    const found = await store.customers.get(createCall(), { id });
    expect(found).toMatchObject({ active, enabled, openAccounts });
  }
  for (const [name, supply] of model.supplies) {
    const currency = await store.virtualCurrencies.get(createCall(), name);
    expect(currency.supply).toBe(fromUnits(supply));
  }
}

describe('a ledger to which anything is done in any order', () => {
  const accepted = new Set<string>();
  const refused = new Set<string>();

  it.each([1, 2, 3, 4])(
    'does and refuses what a model of the contract does: seed %i',
    {
      timeout: 120_000,
    },
    async (seed) => {
      const random = createRandom(seed);
      const model = await beginLedger();
      while (model.accounts.length < 8 || model.customers.length < 3) {
        await run(draftOpening(model, random), 'begin');
      }
      for (const { id } of model.accounts) {
        await run(createSupplyChange(model, 'mint', id, '20'), 'begin');
      }
      for (let step = 0; step < operations; step += 1) {
        const drafts = random.below(3) === 0 ? stateDrafts : moneyDrafts;
        const operation = random.pick(drafts)(model, random);
        await run(operation, `step ${step}`);
        if (operation.refusal === undefined) accepted.add(operation.name);
        else refused.add(operation.refusal);
        await expectShown(random.pick(model.accounts), `after step ${step}: ${operation.name}`);
      }
      await expectSame(model);
      await expectInvariants(test.collections);
    },
  );

  // What a change of the drafts leaves out, more seeds bring back.
  it('has done everything by then, and refused for every reason that there is for it', () => {
    expect([...accepted].sort()).toEqual(verbs.sort());
    expect([...refused].sort()).toEqual(reasons.sort());
  });
});

const verbs = [
  ...['ACTIVATE', 'DEACTIVATE', 'FREEZE', 'UNFREEZE', 'open'],
  ...['ACTIVATE customer', 'DEACTIVATE customer', 'ENABLE customer', 'DISABLE customer'],
  ...['block', 'release', 'releaseAll', 'settle', 'pay', 'mint', 'revoke'],
];

const reasons = [
  ...['ACCOUNT_ACTIVE', 'ACCOUNT_INACTIVE', 'ACCOUNT_FROZEN', 'ACCOUNT_NOT_FROZEN'],
  ...['ACCOUNT_NOT_FOUND', 'ACCOUNT_BALANCE_NOT_ZERO', 'ACCOUNT_CUSTOMER_INACTIVE'],
  ...['ACCOUNT_OPENING_CUSTOMER_INACTIVE', 'ACCOUNT_OPENING_CUSTOMER_DISABLED'],
  ...['CUSTOMER_ACTIVE', 'CUSTOMER_INACTIVE', 'CUSTOMER_ENABLED', 'CUSTOMER_DISABLED'],
  ...['CUSTOMER_HAS_ACTIVE_ACCOUNTS', 'CURRENCY_UNSUPPORTED', 'CURRENCY_INCOMPATIBLE'],
  ...['AMOUNT_FORMAT', 'BALANCE_FORMAT', 'BALANCE_INSUFFICIENT', 'PAYMENT_TO_SELF'],
  ...['SENDER_ACCOUNT_NOT_FOUND', 'SENDER_ACCOUNT_FROZEN', 'SENDER_CUSTOMER_DISABLED'],
  ...['RECIPIENT_ACCOUNT_NOT_FOUND', 'TRANSACTION_NOT_COMPLIANT'],
  ...['BLOCKAGE_NOT_FOUND', 'BLOCKAGE_AMOUNT_EXCEEDED'],
  ...['VIRTUAL_CURRENCY_NOT_FOUND', 'VIRTUAL_CURRENCY_BALANCE'],
];
