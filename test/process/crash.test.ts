import { ObjectId } from 'mongodb';
import { expect, test, vi } from 'vitest';
import { expectWholeHistory, readHistory } from '../support/history.ts';
import { expectInvariants } from '../support/invariants.ts';
import { type Service, startService, stopService } from './child.ts';
import { makeForgetfulDatabase, waitUntilForgotten } from './forgetful-database.ts';
import { callConnect, chosenKey, openAccount, type TestDatabase } from './ledger.ts';

// Every test starts processes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 90_000 });

const clientCount = 8;

/** How many changes are acknowledged before the service is killed. */
const acknowledgedMin = 120;

const kills = 3;

const sharedCustomer = 'customer-of-all';

/** What a client was told of the changes of its own customer, and of the accounts it opened. */
interface Told {
  readonly externalId: string;
  readonly verbs: string[];
  readonly accounts: string[];
}

/** Changes its customer and opens accounts until the service is gone. */
async function changeUntilGone(service: Service, told: Told, count: () => void): Promise<void> {
  const { externalId, verbs, accounts } = told;
  for (let round = 0; ; round += 1) {
    for (const [method, verb] of [
      ['DisableCustomer', 'DISABLE'],
      ['EnableCustomer', 'ENABLE'],
    ] as const) {
      const changed = await callConnect(service.address, chosenKey, method, { externalId });
      expect(changed.status).toBe(200);
      verbs.push(verb);
      count();
    }
    const holder = round % 2 === 0 ? externalId : sharedCustomer;
    const opened = await openAccount(service.address, chosenKey, holder);
    expect(opened.status).toBe(200);
    accounts.push(String((opened.body.account as { id: string }).id));
    count();
  }
}

/** Has all clients change the ledger, and kills the service in the middle of it. */
async function killWhileChanging(service: Service, all: readonly Told[]): Promise<void> {
  let acknowledged = 0;
  const count = () => {
    acknowledged += 1;
    if (acknowledged === acknowledgedMin) service.kill('SIGKILL');
  };
  const outcomes = await Promise.allSettled(
    all.map((told) => changeUntilGone(service, told, count)),
  );
  expect(await service.ended).toEqual({ status: null, signal: 'SIGKILL' });
  // A connection that breaks is what a kill looks like; an answer that is a refusal is not.
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'fetch failed' } });
  }
}

/** Asserts that the history of a customer tells what was acknowledged, and at most one change that was not. */
async function expectTold({ collections }: TestDatabase, told: Told): Promise<void> {
  const customer = await collections.customers.findOne({ externalId: told.externalId });
  expect(customer).not.toBeNull();
  const history = await readHistory(collections, 'customer', customer!._id);
  const verbs = history.map(({ verb }) => verb).filter((verb) => /^(?:DIS|EN)ABLE$/.test(verb));
  expect(verbs.slice(0, told.verbs.length)).toEqual(told.verbs);
  expect(verbs.length - told.verbs.length).toBeLessThanOrEqual(1);
  const ids = told.accounts.map((id) => new ObjectId(id));
  expect(await collections.accounts.countDocuments({ _id: { $in: ids } })).toBe(ids.length);
}

/** Asserts that what the ledger keeps does not contradict itself, and that its history is whole. */
async function expectSound({ collections }: TestDatabase): Promise<void> {
  await expectInvariants(collections);
  await expectWholeHistory(collections, 'customer');
  await expectWholeHistory(collections, 'account');
}

test('keeps every acknowledged change exactly once when it is killed under load', async () => {
  const database = await makeForgetfulDatabase();
  const settings = { ...database.settings, API_KEY: chosenKey };
  let service = await startService(settings);
  const everyone: Told[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    const all = Array.from({ length: clientCount }, (_, index) => ({
      externalId: `customer-${kill}-${index}`,
      verbs: [],
      accounts: [],
    }));
    everyone.push(...all);
    for (const { externalId } of all) {
      expect((await openAccount(service.address, chosenKey, externalId)).status).toBe(200);
    }
    await killWhileChanging(service, all);
    await waitUntilForgotten(database);
    await expectSound(database);
    service = await startService(settings);
  }
  // The next service finds what the killed ones had not copied into the history.
  const { customers, accounts, changes } = database.collections;
  const waiting = { 'pending.0': { $exists: true } };
  await vi.waitUntil(
    async () =>
      (await customers.countDocuments(waiting)) + (await accounts.countDocuments(waiting)) === 0,
    { timeout: 20_000 },
  );
  await expectSound(database);
  for (const told of everyone) await expectTold(database, told);
  const versions = [...(await customers.find().toArray()), ...(await accounts.find().toArray())];
  expect(await changes.countDocuments()).toBe(
    versions.reduce((sum, { version }) => sum + version, 0),
  );
  await stopService(service);
});
