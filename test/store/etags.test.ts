import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freezing } from '../../src/domain/account.ts';
import { deactivation, disabling, enabling } from '../../src/domain/customer.ts';
import type { Call, Intent } from '../../src/domain/ledger.ts';
import { createCall, openTestStore, type TestStore } from '../support/database.ts';
import { mutations, openFunded, openWithCustomer } from '../support/mutations.ts';
import { expectUnchanged, takeSnapshot } from '../support/snapshot.ts';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

function expecting(etags: readonly string[], intent: Intent = {}): Call {
  return createCall({ intent: { ...intent, etags } });
}

describe.each(Object.entries(mutations))('an etag that %s expects', (name, arrange) => {
  it('must be that of the resource, otherwise nothing changes', async () => {
    const { make, readEtag } = await arrange(test.store);
    // Openings and virtual currencies have no resource that the change could be made of.
    if (!readEtag) return expect(name).toMatch(/open|virtualCurrencies\.(create|update)/);
    const etag = await readEtag();
    const before = await takeSnapshot(test.collections);
    for (const stale of ['0', '0-0', '1-9', `${etag}0`, 'nonsense', '', '-', 'NaN']) {
      await expect(make(expecting([stale]))).rejects.toMatchObject({ reason: 'ETAG_MISMATCH' });
    }
    await expect(make(expecting([]))).rejects.toMatchObject({ reason: 'ETAG_MISMATCH' });
    await expectUnchanged(test.collections, before);
    await make(expecting(['nonsense', etag]));
    expect(await readEtag()).not.toBe(etag);
  });

  it('is of no more account for a change that is made already', async () => {
    const { make, readEtag } = await arrange(test.store);
    if (!readEtag) return expect(name).toMatch(/open|virtualCurrencies\.(create|update)/);
    const requestId = `etag-${name}`.replaceAll(' ', '-');
    const etag = await readEtag();
    const answer = await make(expecting([etag], { requestId }));
    expect(await make(expecting([etag], { requestId }))).toEqual(answer);
  });
});

describe('the etag', () => {
  it('of a customer changes with its own fields and states alone', async () => {
    const { customers, accounts, transactions, virtualCurrencies } = test.store;
    const { id, customerId, currency } = await openFunded(test.store);
    const { id: other } = await accounts.open(createCall(), { currency });
    const readEtag = async () => (await customers.get(createCall(), { id: customerId })).etag;
    const { externalId, etag } = await customers.get(createCall(), { id: customerId });
    await accounts.open(createCall(), { currency, customer: { externalId } });
    await transactions.pay(createCall(), id, { recipientAccountId: other, amount: '1' });
    await virtualCurrencies.revoke(createCall(), { accountId: id, amount: '1' });
    expect(await readEtag()).toBe(etag);
    await accounts.open(createCall(), {
      currency,
      customer: { externalId, customerCountry: 'DE' },
    });
    const told = await readEtag();
    expect(told).not.toBe(etag);
    await customers.transition(createCall(), { id: customerId }, disabling);
    expect(await readEtag()).not.toBe(told);
  });

  it('of an account changes with what comes in, and not with the state of its customer', async () => {
    const { customers, accounts, transactions } = test.store;
    const { id, currency } = await openFunded(test.store);
    const externalId = `holder-${currency}`;
    const recipient = await accounts.open(createCall(), { currency, customer: { externalId } });
    const readEtag = async () => (await accounts.get(createCall(), recipient.id)).etag;
    await customers.transition(createCall(), { externalId }, disabling);
    await customers.transition(createCall(), { externalId }, enabling);
    expect(await readEtag()).toBe(recipient.etag);
    await transactions.pay(createCall(), id, { recipientAccountId: recipient.id, amount: '1' });
    expect(await readEtag()).not.toBe(recipient.etag);
  });

  it('lets one of many changes at once pass', async () => {
    const { customers } = test.store;
    const { customerId: id } = await openWithCustomer(test.store);
    const { etag } = await customers.get(createCall(), { id });
    const outcomes = await Promise.allSettled(
      ['DE', 'FR', 'IT', 'ES', 'AT'].map((customerCountry) =>
        customers.update(expecting([etag]), { id }, { customerCountry }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        expect(outcome.reason).toMatchObject({ reason: 'ETAG_MISMATCH' });
      }
    }
    expect((await customers.get(createCall(), { id })).version).toBe(2);
  });
});

describe('validating a transition', () => {
  const validating = (intent: Intent = {}) =>
    createCall({ intent: { ...intent, validateOnly: true } });

  it.each(Object.keys(mutations).filter((name) => name.includes('transition')))(
    'changes nothing and tells no refusal where there is none: %s',
    async (name) => {
      const { make, readEtag } = (await mutations[name]?.(test.store)) ?? {};
      const before = await takeSnapshot(test.collections);
      expect(await make?.(validating({ requestId: `validate-${name}` }))).toMatchObject({
        etag: await readEtag?.(),
      });
      await expectUnchanged(test.collections, before);
      await make?.(createCall());
      // By then it would be repeated.
      await expect(make?.(validating())).rejects.toMatchObject({
        reason: expect.stringMatching(/^(CUSTOMER|ACCOUNT)_/),
      });
    },
  );

  it('tells why not as the transition does, with what stands in the way', async () => {
    const { customers, accounts } = test.store;
    const { customerId: id, id: accountId } = await openWithCustomer(test.store);
    const { externalId } = await customers.get(createCall(), { id });
    const opened = await accounts.openAll(
      createCall(),
      Array.from({ length: 11 }, () => ({ currency: 'EUR', customer: { externalId } })),
    );
    const refused = {
      reason: 'CUSTOMER_HAS_ACTIVE_ACCOUNTS',
      blockers: { count: 12, ids: [accountId, ...opened.map((each) => each.id)].slice(0, 10) },
    };
    for (const call of [createCall(), validating()]) {
      await expect(customers.transition(call, { id }, deactivation)).rejects.toMatchObject(refused);
    }
    await expect(
      customers.transition(validating({ etags: ['0'] }), { id }, deactivation),
    ).rejects.toMatchObject({ reason: 'ETAG_MISMATCH' });
    await accounts.transition(createCall(), accountId, freezing);
    await expect(accounts.transition(validating(), accountId, freezing)).rejects.toMatchObject({
      reason: 'ACCOUNT_FROZEN',
    });
  });
});
