import type { Logger } from 'pino';
import { type Server, startServer } from '../../src/server.ts';
import type { OperatorKey } from '../../src/store/keys.ts';
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

/** The settings of a service that a test may want otherwise. */
export interface TestServiceOptions {
  readonly log?: Logger;
  readonly drainTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  readonly bodyBytesMax?: number;
}

/** Starts a service in this process, with every protocol on one free port. */
export async function startTestService(options: TestServiceOptions = {}): Promise<TestService> {
  const { log = silent } = options;
  const testStore = await openTestStore(log);
  const { keys } = testStore.store;
  const createKey = async (tenantName: string) => {
    const created = await keys.create({ tenant: tenantName, name: 'test' });
    if (!created) throw new Error('a key that was just generated exists already');
    return created;
  };
  const { key } = await createKey(tenant);
  const server = await startServer(
    {
      host: '127.0.0.1',
      port: 0,
      drainTimeoutMs: options.drainTimeoutMs ?? 1_000,
      requestTimeoutMs: options.requestTimeoutMs ?? 10_000,
      bodyBytesMax: options.bodyBytesMax ?? 1_048_576,
    },
    testStore.store,
    log,
  );
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
