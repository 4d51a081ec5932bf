import type { Logger } from 'pino';
import type { Authenticate } from '../domain/api-key.ts';
import type { Ledger } from '../domain/ledger.ts';
import { createAccounts } from './accounts.ts';
import { createApiKeys } from './api-keys.ts';
import { createAuthentication } from './authentication.ts';
import { createBlockages } from './blockages.ts';
import { boundMethods, settleBefore } from './bounded.ts';
import { createChanges } from './changes.ts';
import { connectDatabase, createClient, type DatabaseLocation } from './connection.ts';
import { createHolders, type StoreContext } from './context.ts';
import { createCustomers } from './customers.ts';
import { openCollections } from './documents.ts';
import { createIndexes } from './indexes.ts';
import { createKeys, type Keys } from './keys.ts';
import { createLanes } from './lanes.ts';
import { assertFormKnown } from './ledger-form.ts';
import { createLeftCustomers } from './left-customer.ts';
import { trackReachability } from './reachability.ts';
import { startRelay } from './relay.ts';
import { createTenants, type Tenants } from './tenants.ts';
import { createTransactions } from './transactions.ts';
import { createVirtualCurrencies } from './virtual-currencies.ts';
import { createWatch, watchesMax } from './watch.ts';

/** How long the probe of the database may take, in milliseconds. */
const probeMaxMs = 1_000;

/** How long the answer of a probe stands for those that follow, in milliseconds: who asks needs no key. */
const probeSharedMs = 250;

/** The ledger on a database, and what its operators do with it. */
export interface Store extends Ledger {
  readonly keys: Keys;
  readonly tenants: Tenants;
  readonly authenticate: Authenticate;
  /** Asks whether the database answers and has a primary, within a second. */
  isReady(): Promise<boolean>;
  /** Writes what is still to be written of the history, and closes the connections. */
  close(): Promise<void>;
}

/**
 * Opens the store: connects, creates the indexes that are missing, and starts the relay of the history.
 *
 * @param signal gives up the wait for a database that is away
 * @throws DatabaseUnusableError with a sentence that says what to do
 */
export async function openStore(
  location: DatabaseLocation,
  log: Logger,
  signal?: AbortSignal,
): Promise<Store> {
  const client = createClient(location.uri);
  // A watch holds a connection for as long as it waits, which must not keep calls from theirs. It connects at the first watch.
  const watchClient = createClient(location.uri, { minPoolSize: 0, maxPoolSize: watchesMax });
  const reachability = trackReachability(client);
  try {
    const db = await connectDatabase(client, location, log, signal);
    const collections = openCollections(db);
    await assertFormKnown(collections);
    await createIndexes(collections);
    const relay = startRelay(collections, log);
    const context: StoreContext = {
      client,
      collections,
      relay,
      lanes: createLanes(),
      holders: createHolders(),
      leftCustomers: createLeftCustomers(),
    };
    let probe = { time: 0, answer: Promise.resolve(false) };
    return {
      customers: boundMethods(reachability, createCustomers(context)),
      changes: {
        ...boundMethods(reachability, createChanges(context)),
        watch: createWatch(context, watchClient.db(db.databaseName)),
      },
      accounts: boundMethods(reachability, createAccounts(context)),
      blockages: boundMethods(reachability, createBlockages(context)),
      transactions: boundMethods(reachability, createTransactions(context)),
      virtualCurrencies: boundMethods(reachability, createVirtualCurrencies(context)),
      apiKeys: boundMethods(reachability, createApiKeys(context)),
      keys: createKeys(context),
      tenants: createTenants(collections),
      authenticate: createAuthentication(collections, reachability),
      async isReady() {
        if (!reachability.isReachable()) return false;
        if (Date.now() - probe.time > probeSharedMs) {
          const ping = db.command({ ping: 1 }).then(() => true);
          const deadline = Date.now() + probeMaxMs;
          const answer = settleBefore(deadline, reachability, ping).catch(() => false);
          probe = { time: Date.now(), answer };
        }
        return await probe.answer;
      },
      async close() {
        await relay.close();
        await Promise.all([client.close(), watchClient.close()]);
      },
    };
  } catch (error) {
    await client.close();
    throw error;
  }
}
