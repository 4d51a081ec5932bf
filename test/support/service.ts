import type { Logger } from 'pino';
import { inject } from 'vitest';
import { type Server, startServer } from '../../src/server.ts';
import type { OperatorKey } from '../../src/store/keys.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { openTestStore, silent, type TestStore, tenant } from './database.ts';

/** A service on a free port and a database of its own. */
export interface TestService extends TestStore {
  /** The address, such as http://127.0.0.1:40123. */
  readonly address: string;
  /** A key of the tenant "default". */
  readonly key: string;
  readonly server: Server;
  /** Makes a key of another tenant. */
  createKey(tenantName: string): Promise<OperatorKey>;
}

/** The settings of a service unless a test wants them otherwise. */
const defaults = {
  host: '127.0.0.1',
  port: 0,
  drainTimeoutMs: 1_000,
  requestTimeoutMs: 10_000,
  bodyBytesMax: 1_048_576,
};

/** The settings of a service that a test may want otherwise. */
export interface TestServiceOptions {
  readonly log?: Logger;
  readonly drainTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  readonly bodyBytesMax?: number;
}

/** A service on a database that outlives it. */
export interface Instance {
  readonly address: string;
  readonly store: Store;
  close(): Promise<void>;
}

/** Starts a service in this process on a database that there is. */
export async function startServiceOn(database: Parameters<typeof openStore>[0]): Promise<Instance> {
  const store = await openStore(database, silent);
  const server = await startServer(defaults, store, silent);
  return {
    address: server.address,
    store,
    async close() {
      await server.stop();
      await store.close();
    },
  };
}

/** Starts another service on the database of one, as it is started again, or beside it. */
export async function startServiceBeside({ db }: TestStore): Promise<Instance> {
  return await startServiceOn({ uri: inject('mongodbUri'), name: db.databaseName });
}

/** Starts a service in this process, with every protocol on one free port. */
export async function startTestService(options: TestServiceOptions = {}): Promise<TestService> {
  const { log = silent, ...settings } = options;
  const testStore = await openTestStore(log);
  const { keys } = testStore.store;
  const createKey = async (tenantName: string) => {
    const created = await keys.create({ tenant: tenantName, name: 'test' });
    if (!created) throw new Error('a key that was just generated exists already');
    return created;
  };
  const { key } = await createKey(tenant);
  const server = await startServer({ ...defaults, ...settings }, testStore.store, log);
  return {
    ...testStore,
    address: server.address,
    key,
    server,
    createKey,
    async close() {
      await server.stop();
      await testStore.close();
    },
  };
}
