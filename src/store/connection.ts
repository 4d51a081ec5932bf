import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, MongoClient, type MongoClientOptions, MongoError } from 'mongodb';
import type { Logger } from 'pino';
import { toLedgerError } from './driver-error.ts';
import { isStandalone, watchForStandalones } from './standalone.ts';

/** The versions of the MongoDB server that are supported: from 6.0 up to, and not including, 9.0. */
const majorVersionMin = 6;
const majorVersionMax = 8;

/** How long a start waits for the database, in milliseconds. */
const startWaitMaxMs = 30_000;

/** How long it rests between two tries, in milliseconds. */
const retryMs = 500;

/** The name of the database when neither the URI nor the configuration gives one. */
const databaseDefault = 'ledger';

const standaloneRefusal =
  'The server of MONGODB_URI is a standalone, which has no transactions: start it with --replSet and run rs.initiate(), or leave MONGODB_URI out to use the embedded database.';
/** How long the database may leave a request without an answer, in milliseconds. */
const answerWaitMaxMs = 30_000;

/** Why a database cannot be used, in a sentence that says what to do. It never holds the URI, which may hold a password. */
export class DatabaseUnusableError extends Error {
  override readonly name = 'DatabaseUnusableError';
}

/** Where the ledger is kept. */
export interface DatabaseLocation {
  readonly uri: string;
  /** The name of the database; that of the URI, or "ledger", when it is not given. */
  readonly name?: string | undefined;
}

/** The connections of the pool that calls are made on. */
const callPool = {
  // A burst on a service that has just started must not wait for connections that are made two at a time.
  minPoolSize: 8,
  maxConnecting: 8,
  maxPoolSize: 64,
};

/** The options in which clients differ. */
type ClientOptions = Pick<MongoClientOptions, 'minPoolSize' | 'maxPoolSize' | 'socketTimeoutMS'>;

/**
 * Creates a client that is not connected. Writes are acknowledged by the majority, reads see only what the majority has, and a
 * single failure of the network is retried by the driver.
 *
 * @param options what is other than for calls
 */
export function createClient(uri: string, options: ClientOptions = {}): MongoClient {
  try {
    return new MongoClient(uri, {
      appName: 'customer-ledger',
      retryWrites: true,
      retryReads: true,
      writeConcern: { w: 'majority' },
      readConcern: { level: 'majority' },
      readPreference: 'primary',
      ...callPool,
      maxIdleTimeMS: 60_000,
      serverSelectionTimeoutMS: 2_000,
      connectTimeoutMS: 2_000,
      waitQueueTimeoutMS: 3_000,
      socketTimeoutMS: answerWaitMaxMs,
      heartbeatFrequencyMS: 5_000,
      ...options,
    });
  } catch (error) {
    throw new DatabaseUnusableError(
      `MONGODB_URI is not a connection string of MongoDB, or the driver refuses an option of it (${(error as Error).name}).`,
    );
  }
}

/**
 * Connects a client, waiting up to half a minute for a database that is starting too, and refuses a server that the ledger cannot
 * be kept on.
 *
 * @throws DatabaseUnusableError with a sentence that says what to do
 */
export async function connectDatabase(
  client: MongoClient,
  location: DatabaseLocation,
  log: Logger,
  signal?: AbortSignal,
): Promise<Db> {
  const giveUpAt = Date.now() + startWaitMaxMs;
  const watch = watchForStandalones(client);
  try {
    for (;;) {
      const version = await askVersion(client);
      if (version !== undefined) {
        const db = client.db(location.name ?? nameInUri(location.uri) ?? databaseDefault);
        log.info({ database: db.databaseName, version }, 'connected to the database');
        return db;
      }
      if (watch.sawOnlyStandalones()) throw new DatabaseUnusableError(standaloneRefusal);
      if (Date.now() > giveUpAt) {
        throw new DatabaseUnusableError(
          'The database cannot be reached. Check MONGODB_URI, that its servers run and have a primary, and that they belong to the replica set it names.',
        );
      }
      log.info('waiting for the database');
      await sleep(retryMs, undefined, { signal });
    }
  } finally {
    watch.close();
  }
}

/** Connects and gives the version of a server that the ledger can be kept on; undefined while none is there that takes writes. */
async function askVersion(client: MongoClient): Promise<string | undefined> {
  try {
    // Named, so that a try after a failed one connects anew: by itself the driver does so once.
    await client.connect();
    const admin = client.db('admin');
    const hello = await admin.command({ hello: 1 });
    if (isStandalone(hello)) throw new DatabaseUnusableError(standaloneRefusal);
    // A direct connection finds any server, also a member of a set that is not initiated or has no primary yet.
    if (hello.isWritablePrimary !== true) return undefined;
    const { version } = await admin.command({ buildInfo: 1 });
    assertSupported(String(version));
    return String(version);
  } catch (error) {
    if (toLedgerError(error).reason === 'DATABASE_UNAVAILABLE') return undefined;
    throw explain(error);
  }
}

function assertSupported(version: string): void {
  const major = Number.parseInt(version, 10);
  if (major < majorVersionMin || major > majorVersionMax) {
    throw new DatabaseUnusableError(
      `The server of MONGODB_URI is MongoDB ${version}; the ledger needs ${majorVersionMin}.0 to ${majorVersionMax}.x: use a server of one of these versions.`,
    );
  }
}

/** Gives the name of the database that a connection string holds, which may name several hosts and so be no URL. */
function nameInUri(uri: string): string | undefined {
  const name = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(uri)?.[1];
  return name === undefined ? undefined : decodeURIComponent(name);
}

/** Messages of the driver can repeat parts of the connection string: only its codes and names are told. */
function explain(error: unknown): Error {
  if (!(error instanceof MongoError)) return error as Error;
  const code = error.code === undefined ? '' : `, code ${error.code}`;
  return new DatabaseUnusableError(
    `The database refused the connection (${error.name}${code}). Check the user, the password and the options in MONGODB_URI.`,
  );
}
