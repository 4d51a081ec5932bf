import { randomBytes } from 'node:crypto';
import { type Db, MongoClient } from 'mongodb';
import { type Logger, pino } from 'pino';
import { inject } from 'vitest';
import type { Call, LongCall } from '../../src/domain/ledger.ts';
import { type Collections, openCollections } from '../../src/store/documents.ts';
import { openStore, type Store } from '../../src/store/store.ts';

/** A store on a database of its own, and the database itself, to read invariants from. */
export interface TestStore {
  readonly store: Store;
  readonly client: MongoClient;
  readonly db: Db;
  readonly collections: Collections;
  close(): Promise<void>;
}

/** The tenant of tests that need one. */
export const tenant = 'default';

/** A log that says nothing, since the tests provoke what it would tell. */
export const silent: Logger = pino({ level: 'silent' });

/** Gives the name of a database that no other test has. */
export function createDatabaseName(): string {
  return `test_${randomBytes(8).toString('hex')}`;
}

/** Opens a store on a new database of the shared mongod. */
export async function openTestStore(log: Logger = silent): Promise<TestStore> {
  const uri = inject('mongodbUri');
  const name = createDatabaseName();
  const client = new MongoClient(uri);
  const db = client.db(name);
  const store = await openStore({ uri, name }, log);
  return {
    store,
    client,
    db,
    collections: openCollections(db),
    async close() {
      await store.close();
      await db.dropDatabase();
      await client.close();
    },
  };
}

/** Makes a call of a tenant that has ten seconds. */
export function createCall(overrides: Partial<Call> = {}): Call {
  return { tenant, actor: 'key_test', deadline: Date.now() + 10_000, ...overrides };
}

/** Makes a call that goes on until its signal is aborted. */
export function createLongCall(
  signal: AbortSignal,
  overrides: Partial<Omit<LongCall, 'signal'>> = {},
): LongCall {
  const always = { assertAllowed: async () => undefined, hangUp: () => undefined };
  return { ...createCall(), signal, ...always, ...overrides };
}

/** Makes an id that no customer has. */
export function createExternalId(): string {
  return `ext-${randomBytes(6).toString('hex')}`;
}
