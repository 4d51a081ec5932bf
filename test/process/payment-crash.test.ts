import { expect, test, vi } from 'vitest';
import { openStore, type Store } from '../../src/store/store.ts';
import { silent } from '../support/database.ts';
import { createFunds } from '../support/funds.ts';
import { expectInvariants } from '../support/invariants.ts';
import { type Settings, startChild } from './child.ts';
import { makeForgetfulDatabase, waitUntilForgotten } from './forgetful-database.ts';
import type { TestDatabase } from './ledger.ts';

// It starts processes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const kills = 3;

/** How many batches are under way at a time. */
const senders = 16;

/** How many batches are acknowledged before the service is killed. */
const acknowledgedMin = 150;

/** The batches that were acknowledged, and how many payments each has. */
type Told = Map<string, number>;

/** Opens accounts of customers of their own, with funds. */
async function openAccounts(store: Store): Promise<string[]> {
  const funds = await createFunds(store);
  const accounts = [];
  for (let index = 0; index < 2 * senders; index += 1) {
    const customer = { externalId: `${funds.currency}-${index}` };
    accounts.push((await funds.open({ customer }, '1000')).id);
  }
  return accounts;
}

/** Has a service pay, and kills it in the middle of it; adds what it was told. */
async function killWhilePaying(settings: Settings, round: number, told: Told): Promise<void> {
  const program = '../test/process/programs/pay.ts';
  const service = startChild(program, { ...settings, ROUND: String(round) });
  const readTold = () => service.stdout().split('\n').slice(0, -1);
  await vi.waitUntil(() => readTold().length >= acknowledgedMin, { timeout: 60_000, interval: 5 });
  service.kill('SIGKILL');
  expect(await service.ended).toEqual({ status: null, signal: 'SIGKILL' });
  expect(service.stderr()).toBe('');
  for (const line of readTold()) {
    const [batch = '', size] = line.split(' ');
    told.set(batch, Number(size));
  }
}

/** Asserts that every batch that was told is there once, and of the others all or none. */
async function expectTold({ collections }: TestDatabase, told: Told): Promise<number> {
  const records = await collections.records.find({ operationType: 'PAYMENT' }).toArray();
  const batches = Map.groupBy(records, ({ transactionCode }) => transactionCode ?? '');
  for (const [batch, size] of told) {
    expect(batches.get(batch), batch).toHaveLength(2 * size);
  }
  for (const [batch, ofBatch] of batches) {
    const size = Number(ofBatch[0]?.paymentId?.split(' of ')[1]);
    expect(ofBatch.map(({ paymentId }) => paymentId).sort(), batch).toEqual(
      Array.from({ length: 2 * size }, (_, index) => `${Math.floor(index / 2)} of ${size}`),
    );
  }
  return batches.size;
}

test('batches of payments are there wholly or not at all, and once when they were acknowledged, after a service is killed', async () => {
  const database = await makeForgetfulDatabase();
  const { MONGODB_URI: uri = '', MONGODB_DATABASE: name } = database.settings;
  const store = await openStore({ uri, name }, silent);
  const accounts = await openAccounts(store);
  await store.close();
  const settings = { ...database.settings, ACCOUNTS: accounts.join(',') };
  const told: Told = new Map();
  for (let round = 0; round < kills; round += 1) {
    await killWhilePaying(settings, round, told);
    await waitUntilForgotten(database);
    await expectInvariants(database.collections);
    const made = await expectTold(database, told);
    expect(made - told.size).toBeLessThanOrEqual(senders * (round + 1));
  }
  expect(told.size).toBeGreaterThanOrEqual(kills * acknowledgedMin);
});
