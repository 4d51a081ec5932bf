import { ObjectId } from 'mongodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Breach } from '../../src/verification/breach.ts';
import { verifyLedger } from '../../src/verification/verify.ts';
import { type BusyLedger, makeBusyLedger } from '../support/busy-ledger.ts';
import { openTestStore, type TestStore } from '../support/database.ts';
import { takeSnapshot } from '../support/snapshot.ts';
import { createTools, id, type Tools } from './breakage.ts';
import { linesOf, runOn } from './command.ts';

let test: TestStore;
let ledger: BusyLedger;
let tools: Tools;
beforeAll(async () => {
  test = await openTestStore();
  ledger = await makeBusyLedger(test.store);
  tools = createTools(test, ledger, await makeBusyLedger(test.store, 'other'));
  // Waits until the history is copied.
  await test.store.close();
});
afterAll(() => test.close());
afterEach(() => tools.repair());

/** Verifies in pages of so many documents. */
async function verifyInPages(pageSize: number) {
  const breaches: Breach[] = [];
  const onBreach = (breach: Breach) => breaches.push(breach);
  const { tenants, counts } = await verifyLedger(test.collections, { onBreach }, { pageSize });
  return { breaches, tenants, counts };
}

/** Counts all that there is, another way. */
async function countAll() {
  const { accounts, blockages, changes, customers, records, virtualCurrencies } = test.collections;
  return {
    customers: await customers.countDocuments(),
    accounts: await accounts.countDocuments(),
    blockages: await blockages.countDocuments({ live: true }),
    records: await records.countDocuments(),
    payments: (await records.countDocuments({ operationType: 'PAYMENT' })) / 2,
    // Besides these only EUR, in each tenant.
    currencies: (await virtualCurrencies.countDocuments()) + 2,
    changes: await changes.countDocuments(),
  };
}

describe('verify', () => {
  it('finds no breach in a ledger in which all was done that can be done, and has looked at all of it', async () => {
    const clean = { tenants: 2, counts: await countAll(), breaches: [] };
    expect(clean.counts).toMatchObject({ customers: 6, accounts: 14, blockages: 4 });
    for (const pageSize of [1, 2, 3, 7, 5_000]) {
      expect(await verifyInPages(pageSize)).toEqual(clean);
    }
  });

  it('finds the same breaches whatever the size of its pages', async () => {
    const { change, set, insert, findPayment } = tools;
    const [record] = await findPayment(ledger.open);
    await insert('records', { ...record, _id: new ObjectId(), sequence: 1_000 });
    for (const accountId of [ledger.issuer, ledger.payee, ledger.loose, ledger.closed]) {
      await change('accounts', { _id: id(accountId) }, { $inc: { records: 1 } });
    }
    await set('virtualCurrencies', { name: ledger.currency }, { name: 'VC_😀' });
    const { breaches } = await verifyInPages(5_000);
    expect(breaches.length).toBeGreaterThan(8);
    for (const pageSize of [1, 2, 3, 7]) {
      expect((await verifyInPages(pageSize)).breaches).toEqual(breaches);
    }
  });

  it('takes a change that waits in its document for one of the history', async () => {
    const resource = id(ledger.issuer);
    const entries = await test.collections.changes
      .find({ '_id.resource': resource, version: { $in: [2, 5, 6, 10] } })
      .toArray();
    const pending = entries.map((entry) => ({ ...entry, _id: new ObjectId() })).reverse();
    const { counts } = await verifyInPages(5_000);
    // As the relay leaves it between its two steps, and as it finds it before them.
    await tools.set('accounts', { _id: resource }, { pending });
    expect(await verifyInPages(5_000)).toMatchObject({ breaches: [], counts });
    for (const { _id } of entries) await tools.remove('changes', { _id });
    expect(await verifyInPages(5_000)).toMatchObject({ breaches: [], counts });
    await tools.set('accounts', { _id: resource }, { pending: pending.slice(1) });
    expect((await verifyInPages(5_000)).breaches).toEqual([
      expect.objectContaining({ invariant: 'HISTORY_VERSIONS' }),
    ]);
  });
});

describe('npm run verify', () => {
  it('prints what it looked at, ends with 0 when there is no breach, and writes nothing', async () => {
    const before = await takeSnapshot(test.collections);
    expect(await runOn(test, [])).toEqual({
      status: 0,
      stdout: [
        `The ledger in the database ${test.db.databaseName}:`,
        'default: 3 customers, 7 accounts, 2 blockages, 22 records, 9 payments, 2 currencies, 95 changes',
        'other: 3 customers, 7 accounts, 2 blockages, 22 records, 9 payments, 2 currencies, 95 changes',
        '2 tenants: 6 customers, 14 accounts, 4 blockages, 44 records, 18 payments, 4 currencies, 190 changes',
        '32 invariants, no breach',
        '',
      ].join('\n'),
      stderr: '',
    });
    expect(await takeSnapshot(test.collections)).toEqual(before);
  });

  it('prints the same for machines, one JSON object a line', async () => {
    const outcome = await runOn(test, ['--json']);
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(linesOf(outcome, 'tenant')).toHaveLength(2);
    expect(linesOf(outcome, 'summary')).toEqual([
      {
        type: 'summary',
        database: test.db.databaseName,
        invariants: 32,
        tenants: 2,
        counts: await countAll(),
        breaches: {},
      },
    ]);
  });

  it('looks at one tenant alone when it is told to, and refuses one that is unknown', async () => {
    await tools.set('customers', { _id: id(ledger.customerId) }, { openAccounts: 2 });
    const ofOther = await runOn(test, ['--tenant', 'other']);
    expect(ofOther.status).toBe(0);
    expect(ofOther.stdout).toContain('\nother: 3 customers');
    expect(ofOther.stdout).not.toContain('default');
    const ofBroken = await runOn(test, ['--tenant', 'default']);
    expect(ofBroken.status).toBe(1);
    expect(ofBroken.stdout).toContain(
      `\nBREACH CUSTOMER_OPEN_ACCOUNTS in default: customerId ${ledger.customerId}, openAccounts 2, active accounts 1\n`,
    );
    expect(ofBroken.stdout).toContain('\n32 invariants, 1 breach\n');

    const unknown = await runOn(test, ['--tenant', 'nobody']);
    expect(unknown).toMatchObject({ status: 2, stdout: '' });
    expect(unknown.stderr).toMatch(/^verify: there is no tenant nobody .*\n\nUsage:\n/);
  });

  it('creates nothing in a database that holds no ledger', async () => {
    const empty = await openTestStore();
    await empty.store.close();
    await empty.db.dropDatabase();
    const outcome = await runOn(empty, []);
    expect(outcome.status).toBe(0);
    expect(outcome.stdout).toContain('\n0 tenants: 0 customers, ');
    expect(await empty.db.listCollections().toArray()).toEqual([]);
    await empty.close();
  });
});
