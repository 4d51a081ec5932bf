import { ObjectId } from 'mongodb';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { LedgerError } from '../../src/domain/ledger-error.ts';
import { type Collections, openCollections } from '../../src/store/documents.ts';
import { hasPending } from '../../src/store/indexes.ts';
import { groupsMax } from '../../src/store/payment.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { createCall, silent } from '../support/database.ts';
import { expectInvariants } from '../support/invariants.ts';
import { openFunded } from '../support/mutations.ts';
import { type Failure, type OwnDatabase, startOwnDatabase } from '../support/own-database.ts';

let database: OwnDatabase;
let collections: Collections;
let store: Store;
beforeAll(async () => {
  database = await startOwnDatabase();
  collections = openCollections(database.client.db('together'));
  store = await openStore({ uri: database.uri, name: 'together' }, silent);
});
afterAll(async () => {
  await expectInvariants(collections);
  await store.close();
  await database.close();
});

/** Makes a payment that is refused. */
const payUnknown = async () => {
  const [from, to] = [new ObjectId(), new ObjectId()].map((id) => id.toHexString());
  const payment = { recipientAccountId: to ?? '', amount: '1' };
  return await store.transactions.pay(createCall(), from ?? '', payment);
};

/** How many payments come together. */
const count = 10;

/** Has payments come together while commands fail. Gives what became of each, and the references of those that were made. */
async function payDuring(commands: readonly string[], failure: Failure) {
  const { id, currency } = await openFunded(store);
  const { id: recipientAccountId } = await store.accounts.open(createCall(), { currency });
  const pay = async () =>
    await store.transactions.pay(createCall(), id, { recipientAccountId, amount: '1' });
  // The commands of the relay are to be over before some are made to fail.
  await vi.waitFor(async () => {
    expect(await collections.customers.countDocuments(hasPending)).toBe(0);
    expect(await collections.accounts.countDocuments(hasPending)).toBe(0);
  });
  const recover = await database.failCommands(commands, failure);
  // As many as are under way at once are refused, and so write nothing; all others come meanwhile.
  const refusing = Promise.allSettled(Array.from({ length: groupsMax }, payUnknown));
  const settling = Promise.allSettled(Array.from({ length: count }, pay));
  await refusing;
  const outcomes = (await settling).map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : (outcome.reason as LedgerError).reason,
  );
  await recover();
  const made = await collections.records
    .find({ accountId: new ObjectId(recipientAccountId) })
    .toArray();
  return { outcomes, made: made.map(({ reference }) => reference).sort() };
}

it.each([
  [
    'conflicts',
    ['update'],
    { times: 1, errorCode: 112, errorLabels: ['TransientTransactionError'] },
  ],
  ['fails for another reason', ['insert'], { times: 1, errorCode: 2 }],
  ['loses its connection', ['insert'], { times: 1, closeConnection: true }],
])('payments whose transaction %s are made one by one, each once', async (_, commands, failure) => {
  const { outcomes, made } = await payDuring(commands, failure);
  expect(made).toHaveLength(count);
  expect([...outcomes].sort()).toEqual(made);
});

it('payments whose commit is not answered are made once', async () => {
  const failure = { times: 1, closeConnection: true };
  const { outcomes, made } = await payDuring(['commitTransaction'], failure);
  expect(made).toHaveLength(count);
  expect([...outcomes].sort()).toEqual(made);
});

it('payments that may have been committed are not made again', async () => {
  const maxTimeMSExpired = 50;
  const { outcomes, made } = await payDuring(['commitTransaction'], {
    times: 1,
    writeConcernError: { code: maxTimeMSExpired, errmsg: 'the time of the commit is over' },
  });
  expect(new Set(outcomes)).toEqual(new Set(['DEADLINE_EXCEEDED']));
  expect(made).toHaveLength(count);
});
