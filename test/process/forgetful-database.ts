import { inject, onTestFinished, vi } from 'vitest';
import { startEmbeddedMongod } from '../../src/embedded/mongod.ts';
import { silent } from '../support/database.ts';
import { makeDatabase, makeDataDir, type TestDatabase } from './ledger.ts';

/**
 * Makes a database on a mongod of its own. A killed service leaves open transactions, which hold what they have written until the
 * server gives them up: after a minute by default, after two seconds here.
 */
export async function makeForgetfulDatabase(): Promise<TestDatabase> {
  const mongod = await startEmbeddedMongod({
    binary: inject('mongodBinary'),
    dbPath: await makeDataDir(),
    log: silent,
    env: process.env,
  });
  onTestFinished(() => mongod.stop());
  const database = makeDatabase(mongod.uri);
  await database.client
    .db('admin')
    .command({ setParameter: 1, transactionLifetimeLimitSeconds: 2 });
  return database;
}

/** Waits until the server has ended every transaction of a service that is gone. */
export async function waitUntilForgotten({ client }: TestDatabase): Promise<void> {
  await vi.waitUntil(
    async () => {
      const { transactions } = await client.db('admin').command({ serverStatus: 1 });
      return transactions.currentOpen === 0;
    },
    { timeout: 20_000, interval: 50 },
  );
}
