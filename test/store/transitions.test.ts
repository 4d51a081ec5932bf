import { ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountActivation, accountDeactivation } from '../../src/domain/account.ts';
import {
  activation,
  type CustomerTransition,
  deactivation,
  disabling,
  enabling,
} from '../../src/domain/customer.ts';
import type { ChangeEntry } from '../../src/store/documents.ts';
import {
  createCall,
  createExternalId,
  openTestStore,
  type TestStore,
} from '../support/database.ts';
import { readHistory } from '../support/history.ts';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

/** Opens an account for a new customer, and closes it again where the customer is to have none. */
async function createCustomer({ withAccount = false } = {}) {
  const { accounts } = test.store;
  const externalId = createExternalId();
  const account = await accounts.open(createCall(), { currency: 'EUR', customer: { externalId } });
  if (!withAccount) await accounts.transition(createCall(), account.id, accountDeactivation);
  return { id: account.customerId as string, externalId, accountId: account.id };
}

/** Follows the writes that set a field, as the database tells them. */
async function watchWrites(name: 'customers' | 'accounts', field: string) {
  const setsField = { [`updateDescription.updatedFields.${field}`]: { $exists: true } };
  const stream = test.db.collection(name).watch([{ $match: setsField }], {
    maxAwaitTimeMS: 20,
  });
  // The stream begins with the first attempt to read of it.
  await stream.tryNext();
  return stream;
}

/** Takes the path through the states that ends with the transition. */
const steps: readonly (readonly [CustomerTransition, readonly CustomerTransition[], object])[] = [
  [deactivation, [], { active: false, enabled: true }],
  [activation, [deactivation], { active: true, enabled: true }],
  [disabling, [], { active: true, enabled: false }],
  [enabling, [disabling], { active: true, enabled: true }],
];

describe('a transition of a customer', () => {
  it.each(steps.map(([transition, before, after]) => ({ transition, before, after })))(
    'is one write with its history entry: $transition.verb',
    async ({ transition, before, after }) => {
      const customer = await createCustomer();
      for (const step of before) {
        await test.store.customers.transition(createCall(), customer, step);
      }
      const [field = ''] = Object.keys(transition.set);
      const writes = await watchWrites('customers', field);
      const { version } = await test.store.customers.get(createCall(), customer);
      const call = createCall({ actor: 'key_of_the_actor' });
      const changed = await test.store.customers.transition(call, customer, transition);

      const write = await writes.next();
      await writes.close();
      if (write.operationType !== 'update')
        throw new Error(`not an update: ${write.operationType}`);
      const fields = write.updateDescription.updatedFields ?? {};
      const entry = Object.entries(fields)
        .filter(([name]) => name.startsWith('pending'))
        .flatMap(([, value]) => value as ChangeEntry | ChangeEntry[])
        .at(-1);
      expect(fields).toMatchObject({ ...transition.set, version: version + 1 });
      expect(entry).toMatchObject({
        version: version + 1,
        verb: transition.verb,
        actor: 'key_of_the_actor',
        time: fields.updateTime,
        was: invert(transition.set),
      });
      const history = await readHistory(test.collections, 'customer', new ObjectId(customer.id));
      const whole = history.at(-1);
      expect(whole?.after).toMatchObject({ externalId: customer.externalId, ...after });
      expect(whole?.before).toEqual({ ...whole?.after, ...invert(transition.set) });
      expect(changed).toMatchObject({ ...after, version: version + 1, updateTime: entry?.time });
    },
  );

  it('leaves no entry and no trace when it is refused', async () => {
    const customer = await createCustomer({ withAccount: true });
    const _id = new ObjectId(customer.id);
    const before = await test.collections.customers.findOne(
      { _id },
      { projection: { pending: 0 } },
    );
    for (const refused of [activation, deactivation, enabling]) {
      await expect(
        test.store.customers.transition(createCall(), customer, refused),
      ).rejects.toMatchObject({ name: 'LedgerError' });
    }
    const after = await test.collections.customers.findOne({ _id }, { projection: { pending: 0 } });
    expect(after).toEqual(before);
    expect(await readHistory(test.collections, 'customer', _id)).toMatchObject([
      { verb: 'CREATE' },
    ]);
  });

  it('numbers the entries of its customer without a gap', async () => {
    const customer = await createCustomer();
    const round = [disabling, enabling, deactivation, activation];
    for (let count = 0; count < 3; count += 1) {
      for (const step of round) {
        await test.store.customers.transition(createCall(), { id: customer.id }, step);
      }
      await test.store.customers.update(
        createCall(),
        { id: customer.id },
        { customerCountry: 'DE' },
      );
    }
    const history = await readHistory(test.collections, 'customer', new ObjectId(customer.id));
    expect(history.map(({ version, verb }) => `${version} ${verb}`)).toEqual(
      [
        'CREATE',
        ...Array.from({ length: 3 }, () => [...round.map(({ verb }) => verb), 'UPDATE']).flat(),
      ].map((verb, index) => `${index + 1} ${verb}`),
    );
    expect(history[0]?.before).toBeNull();
    for (const [index, entry] of history.slice(1).entries()) {
      expect(entry.before).toEqual(history[index]?.after);
    }
  });
});

describe('a transition of an account', () => {
  it.each([
    { transition: accountDeactivation, openAccounts: 0, active: false },
    { transition: accountActivation, openAccounts: 1, active: true },
  ])('counts in the same transaction: $transition.verb', async (expected) => {
    const { transition, openAccounts, active } = expected;
    const customer = await createCustomer({ withAccount: !active });
    const writes = await Promise.all([
      watchWrites('accounts', 'active'),
      watchWrites('customers', 'openAccounts'),
    ]);
    await test.store.accounts.transition(createCall(), customer.accountId, transition);

    const [account, holder] = await Promise.all(writes.map((stream) => stream.next()));
    await Promise.all(writes.map((stream) => stream.close()));
    if (account?.operationType !== 'update' || holder?.operationType !== 'update') {
      throw new Error('not two updates');
    }
    expect(account.updateDescription.updatedFields).toMatchObject({ active });
    expect(Object.keys(account.updateDescription.updatedFields ?? {}).join()).toContain('pending');
    expect(holder.updateDescription.updatedFields).toEqual({ openAccounts });
    expect(account.txnNumber).toBeDefined();
    expect(account.txnNumber).toEqual(holder.txnNumber);
    expect(account.lsid).toEqual(holder.lsid);
    const history = await readHistory(
      test.collections,
      'account',
      new ObjectId(customer.accountId),
    );
    expect(history.at(-1)).toMatchObject({
      verb: transition.verb,
      before: { active: !active },
      after: { active },
    });
  });

  it('asks for balances that are really zero, not for one that shows zero', async () => {
    const customer = await createCustomer({ withAccount: true });
    const _id = new ObjectId(customer.accountId);
    await test.store.customers.transition(createCall(), { id: customer.id }, disabling);
    for (const field of ['balance', 'blocked'] as const) {
      await test.collections.accounts.updateOne({ _id }, [
        { $set: { [field]: { $toDecimal: '1E-30' } } },
      ]);
      await expect(
        test.store.accounts.transition(createCall(), customer.accountId, accountDeactivation),
      ).rejects.toMatchObject({ reason: 'ACCOUNT_BALANCE_NOT_ZERO' });
      await test.collections.accounts.updateOne({ _id }, [
        { $set: { [field]: { $toDecimal: '0.00' } } },
      ]);
    }
    await test.store.accounts.transition(createCall(), customer.accountId, accountDeactivation);
  });
});

/** What the fields of a transition were before it: each state is a boolean. */
function invert(set: object): object {
  return Object.fromEntries(Object.entries(set).map(([field, value]) => [field, !value]));
}
