import { ObjectId } from 'mongodb';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { disabling, enabling } from '../../src/domain/customer.ts';
import type { Call } from '../../src/domain/ledger.ts';
import { isLedgerError } from '../../src/domain/ledger-error.ts';
import { type Collections, openCollections } from '../../src/store/documents.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { createCall, createExternalId, silent } from '../support/database.ts';
import { countRequest } from '../support/effects.ts';
import { expectWholeHistory } from '../support/history.ts';
import { expectInvariants } from '../support/invariants.ts';
import { openFunded } from '../support/mutations.ts';
import { type OwnDatabase, startOwnDatabase } from '../support/own-database.ts';

// A primary that stepped down is back after a few seconds, each time.
vi.setConfig({ testTimeout: 120_000 });

const clientCount = 8;
const stepDowns = 3;

/** What may be told of a change while there is no primary. */
const mayBeMade = ['DATABASE_UNAVAILABLE', 'DEADLINE_EXCEEDED', 'WRITE_CONFLICT'];

let database: OwnDatabase;
let collections: Collections;
let store: Store;
beforeAll(async () => {
  database = await startOwnDatabase();
  // A transaction whose end does not reach the server holds what it has written: a minute by default.
  const parameters = { setParameter: 1, transactionLifetimeLimitSeconds: 2 };
  await database.client.db('admin').command(parameters);
  collections = openCollections(database.client.db('elections'));
  store = await openStore({ uri: database.uri, name: 'elections' }, silent);
});
afterAll(async () => {
  await store.close();
  await database.close();
});

/** The request ids of the changes that were answered well. */
const answered: string[] = [];

/** Makes a change with one request id until it is answered well, and once more. */
async function insist(make: (call: Call) => Promise<unknown>): Promise<void> {
  const requestId = createExternalId();
  const attempt = () => make(createCall({ deadline: Date.now() + 2_000, intent: { requestId } }));
  const insistOn = async (): Promise<unknown> => {
    try {
      return await attempt();
    } catch (error) {
      if (!isLedgerError(error)) throw error;
      expect(mayBeMade).toContain(error.reason);
      return await insistOn();
    }
  };
  const answer = await insistOn();
  expect(await insistOn()).toEqual(answer);
  answered.push(requestId);
}

/** Changes a customer and pays out of its account, again and again; gives how often it did all of it. */
async function work(isOver: () => boolean) {
  const { id, customerId, currency } = await openFunded(store);
  const { id: recipientAccountId } = await store.accounts.open(createCall(), { currency });
  const ref = { id: customerId };
  let rounds = 0;
  while (!isOver()) {
    await insist((call) => store.customers.transition(call, ref, disabling));
    await insist((call) => store.customers.transition(call, ref, enabling));
    await insist((call) =>
      store.transactions.pay(call, id, { recipientAccountId, amount: '0.001' }),
    );
    rounds += 1;
  }
  return { customerId, recipientAccountId, rounds };
}

/** Gives how many elections there were. */
async function readTerm(): Promise<number> {
  const { term } = await database.client.db('admin').command({ replSetGetStatus: 1 });
  return Number(term);
}

/** Has the primary step down and become primary again. */
async function stepDown(): Promise<void> {
  const admin = database.client.db('admin');
  await admin.command({ replSetStepDown: 1, secondaryCatchUpPeriodSecs: 0, force: true });
  const isPrimary = async () => (await admin.command({ hello: 1 })).isWritablePrimary === true;
  await vi.waitUntil(() => isPrimary().catch(() => false), { timeout: 30_000, interval: 50 });
}

it('makes each change once while its primary steps down again and again', async () => {
  let isOver = false;
  const firstTerm = await readTerm();
  const clients = Promise.all(Array.from({ length: clientCount }, () => work(() => isOver)));
  for (let count = 0; count < stepDowns; count += 1) {
    const before = answered.length;
    await vi.waitUntil(() => answered.length > before + 50, { timeout: 30_000 });
    await stepDown();
  }
  isOver = true;
  const done = await clients;
  // Whether a client was told of it or not: each time there was none, then another primary.
  expect(await readTerm()).toBe(firstTerm + stepDowns);
  for (const { customerId, recipientAccountId, rounds } of done) {
    const { version } = await store.customers.get(createCall(), { id: customerId });
    // It came to be with the first version.
    expect(version).toBe(1 + 2 * rounds);
    const _id = new ObjectId(recipientAccountId);
    expect(await collections.accounts.findOne({ _id })).toMatchObject({ records: rounds });
  }
  for (const requestId of answered) {
    expect(await countRequest(collections, requestId)).toBe(1);
  }
  await expectInvariants(collections);
  await expectWholeHistory(collections, 'customer');
  await expectWholeHistory(collections, 'account');
});
