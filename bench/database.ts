import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Db, MongoClient, ObjectId } from 'mongodb';
import { pino } from 'pino';
import { defaultCacheDir } from '../src/embedded/cache.ts';
import { findMongod } from '../src/embedded/find-mongod.ts';
import { startEmbeddedMongod } from '../src/embedded/mongod.ts';
import { type CustomerDocument, openCollections } from '../src/store/documents.ts';

/** How many customers each side has. */
export const customersCount = 10_000;

/** The tenant of all of them, that of the service's first key. */
const tenant = 'default';

/** The mongod that all sides share, each with a database of its own. */
export interface Database {
  readonly uri: string;
  readonly version: string;
  /** Opens a database of it. */
  open(name: string): Db;
  /**
   * Fills the database of a side with the same customers as every other one.
   *
   * @param isPlain whether the side is written by hand, and so brings neither keys nor indexes
   */
  seed(name: string, key: string, isPlain: boolean): Promise<void>;
  /** Counts the changes that some customers have seen, and those of them that are disabled. */
  countChanges(
    name: string,
    ids: readonly string[],
  ): Promise<{ changes: number; disabled: number }>;
  stop(): Promise<void>;
}

/** Starts the mongod that the service itself would run, on a directory of its own. */
export async function startDatabase(): Promise<Database> {
  const log = pino({ level: 'warn' }, process.stderr);
  const { env } = process;
  const cacheDir = env.CACHE_DIR ?? defaultCacheDir(env, process.platform, homedir());
  const found = await findMongod({ binary: env.MONGOD_BINARY, cacheDir, env, log });
  const dbPath = await mkdtemp(join(tmpdir(), 'customer-ledger-bench-'));
  const mongod = await startEmbeddedMongod({ binary: found.path, dbPath, log, env });
  const client = new MongoClient(mongod.uri, { writeConcern: { w: 'majority' } });
  return {
    uri: mongod.uri,
    version: mongod.version,
    open: (name) => client.db(name),

    async seed(name, key, isPlain) {
      const { customers, keys } = openCollections(client.db(name));
      const documents = createCustomers();
      if (!isPlain) {
        await customers.insertMany(documents);
        return;
      }
      await customers.insertMany(
        documents.map(({ pending: _, ...document }) => document as CustomerDocument),
      );
      await customers.createIndexes([
        { key: { tenant: 1, externalId: 1 }, unique: true },
        { key: { tenant: 1, _id: 1 } },
      ]);
      const hash = createHash('sha256').update(key).digest('base64');
      const document = { _id: 'key_bench', tenant, name: 'bench', hash, createTime: new Date() };
      await keys.insertOne(document);
      await keys.createIndex({ hash: 1 }, { unique: true });
    },

    async countChanges(name, ids) {
      const { customers } = openCollections(client.db(name));
      const filter = { tenant, _id: { $in: ids.map((id) => new ObjectId(id)) } };
      const documents = await customers.find(filter).toArray();
      return {
        changes: documents.reduce((sum, { version }) => sum + version - 1, 0),
        disabled: documents.filter(({ enabled }) => !enabled).length,
      };
    },

    async stop() {
      await client.close();
      await mongod.stop();
      await rm(dbPath, { recursive: true, force: true });
    },
  };
}

/** Gives the internal id of a customer by its number: the same on every side. */
export function customerId(number: number): string {
  return '6'.repeat(16) + number.toString(16).padStart(8, '0');
}

function createCustomers(): CustomerDocument[] {
  const time = new Date('2026-01-02T03:04:05.678Z');
  return Array.from({ length: customersCount }, (_, number) => ({
    _id: new ObjectId(customerId(number)),
    tenant,
    externalId: `customer-${number}`,
    active: true,
    enabled: true,
    accountingCurrency: 'EUR',
    customerCountry: 'DE',
    openAccounts: 1,
    spends: 0,
    requestMarks: [],
    version: 1,
    createTime: time,
    updateTime: time,
    pending: [],
  }));
}
