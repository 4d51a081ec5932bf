import { MongoServerError } from 'mongodb';
import type { Logger } from 'pino';
import { connectDatabase, createClient, type DatabaseLocation } from '../store/connection.ts';
import { type Collections, openCollections } from '../store/documents.ts';

/** How long the server may take for a batch, in milliseconds: it keeps a snapshot no longer by default. */
const batchTimeMaxMs = 300_000;

/** Codes by which the server says that it does not keep a snapshot any longer, or cannot give one. */
const snapshotCodes: ReadonlySet<unknown> = new Set([239, 246]);

/** A ledger that is open to be looked at. */
export interface VerifiedLedger {
  /** The name of its database. */
  readonly database: string;
  readonly collections: Collections;
  close(): Promise<void>;
}

/**
 * Opens a ledger to look at it: nothing is created or written.
 *
 * @throws DatabaseUnusableError with a sentence that says what to do
 */
export async function openVerifiedLedger(
  location: DatabaseLocation,
  log: Logger,
): Promise<VerifiedLedger> {
  const client = createClient(location.uri, { socketTimeoutMS: batchTimeMaxMs });
  try {
    const db = await connectDatabase(client, location, log);
    return {
      database: db.databaseName,
      collections: openCollections(db),
      close: () => client.close(),
    };
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** Asks whether an error says that the server could not keep a snapshot for as long as it was read. */
export function isSnapshotLost(error: unknown): boolean {
  return error instanceof MongoServerError && snapshotCodes.has(error.code);
}
