import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { type DatabaseUser, startDatabase } from './database.ts';
import { startServer } from './server.ts';
import type { OperatorKey } from './store/keys.ts';
import { openStore, type Store } from './store/store.ts';

/** The tenant of an empty ledger. */
const firstTenant = 'default';

export interface Service {
  readonly address: string;
  /** The key of a ledger that was empty; undefined when there were keys. */
  readonly firstKey: OperatorKey | undefined;
  /** Lets finish what is in flight, then ends the connections and the embedded database. */
  stop(): Promise<void>;
}

/**
 * Starts the service: the database, the store on it, the server, the first key. What was started is ended again when a later
 * step fails.
 */
export async function startService(
  user: DatabaseUser & { config: Config },
  onLost: (error: Error) => void,
): Promise<Service> {
  const { config, log } = user;
  const ends: (() => Promise<void>)[] = [];
  const endAll = async () => {
    for (const end of ends.reverse()) await end();
  };
  try {
    const database = await startDatabase(user, onLost);
    ends.push(() => database.close());
    const store = await openStore(database, log, user.signal);
    ends.push(() => store.close());
    const server = await startServer(config, store, log);
    ends.push(() => server.stop());
    // Last, so that no start fails between making the key and showing it.
    const firstKey = await createFirstKey(store, config.apiKey, log);
    return { address: server.address, firstKey, stop: endAll };
  } catch (error) {
    await endAll();
    throw error;
  }
}

async function createFirstKey(
  store: Store,
  key: string | undefined,
  log: Logger,
): Promise<OperatorKey | undefined> {
  const created = await store.keys.createFirst({
    tenant: firstTenant,
    name: 'first',
    ...(key !== undefined && { key }),
  });
  if (!created && key !== undefined && !(await store.keys.isKnown(key))) {
    log.warn('API_KEY is not used: the ledger has keys already. Register it with npm run keys.');
  }
  return created;
}
