import type { Logger } from 'pino';
import { connectDatabase, createClient, type DatabaseLocation } from './connection.ts';
import { openCollections } from './documents.ts';
import { createIndexes } from './indexes.ts';
import { createKeys, type Keys } from './keys.ts';
import { createTenants, type Tenants } from './tenants.ts';

/** The keys and the tenants of a ledger, for its operators. */
export interface KeyStore {
  readonly keys: Keys;
  readonly tenants: Tenants;
  close(): Promise<void>;
}

/**
 * Opens the keys and the tenants of a ledger alone, for commands: nothing else of the store is started.
 *
 * @throws DatabaseUnusableError with a sentence that says what to do
 */
export async function openKeyStore(location: DatabaseLocation, log: Logger): Promise<KeyStore> {
  const client = createClient(location.uri);
  try {
    const db = await connectDatabase(client, location, log);
    const collections = openCollections(db);
    await createIndexes(collections);
    return {
      keys: createKeys({ client, collections }),
      tenants: createTenants(collections),
      close: () => client.close(),
    };
  } catch (error) {
    await client.close();
    throw error;
  }
}
