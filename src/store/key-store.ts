import type { Logger } from 'pino';
import { connectDatabase, createClient, type DatabaseLocation } from './connection.ts';
import { openCollections } from './documents.ts';
import { createIndexes } from './indexes.ts';
import { createKeys, type Keys } from './keys.ts';

/**
 * Opens the keys of a ledger alone, for commands: nothing else of the store is started.
 *
 * @throws DatabaseUnusableError with a sentence that says what to do
 */
export async function openKeys(
  location: DatabaseLocation,
  log: Logger,
): Promise<Keys & { close(): Promise<void> }> {
  const client = createClient(location.uri);
  try {
    const db = await connectDatabase(client, location, log);
    const collections = openCollections(db);
    await createIndexes(collections);
    return { ...createKeys(client, collections), close: () => client.close() };
  } catch (error) {
    await client.close();
    throw error;
  }
}
