import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { inject } from 'vitest';
import { type EmbeddedMongod, startEmbeddedMongod } from '../../src/embedded/mongod.ts';
import { silent } from './database.ts';

/** A mongod of a test's own, which the test may kill, stop, freeze and make fail. */
export interface OwnDatabase {
  readonly uri: string;
  /** A client that failpoints do not hit. */
  readonly client: MongoClient;
  /** Ends mongod at once, as a crash does. */
  kill(): Promise<void>;
  /** Ends mongod in good order. */
  stop(): Promise<void>;
  /** Starts it again, on the same port and data. */
  start(): Promise<void>;
  /** Leaves mongod its connections, and no time to answer them. */
  freeze(): void;
  thaw(): void;
  /** Makes commands of the ledger's own connections fail, until the returned function is called. */
  failCommands(commands: readonly string[], failure: Failure): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** How commands fail: the fields of MongoDB's failpoint failCommand, and how often. */
export interface Failure {
  readonly times?: number;
  readonly errorCode?: number;
  readonly errorLabels?: readonly string[];
  readonly closeConnection?: boolean;
  readonly writeConcernError?: { readonly code: number; readonly errmsg: string };
  readonly blockConnection?: boolean;
  readonly blockTimeMS?: number;
  /** The only collection whose commands fail, behind the name of its database. */
  readonly namespace?: string;
}

/** Starts a mongod of a test's own. */
export async function startOwnDatabase(): Promise<OwnDatabase> {
  const dbPath = await mkdtemp(join(tmpdir(), 'customer-ledger-own-'));
  let exited: Promise<unknown> = Promise.resolve();
  const start = async (port?: number): Promise<EmbeddedMongod> => {
    const exit = Promise.withResolvers<unknown>();
    exited = exit.promise;
    return await startEmbeddedMongod({
      binary: inject('mongodBinary'),
      dbPath,
      port,
      log: silent,
      env: process.env,
      testCommands: true,
      onExit: exit.resolve,
    });
  };
  let mongod = await start();
  let isFrozen = false;
  const { uri, port } = mongod;
  const client = new MongoClient(uri);
  const signal = (name: NodeJS.Signals) => process.kill(mongod.pid, name);
  const thaw = () => {
    if (isFrozen) signal('SIGCONT');
    isFrozen = false;
  };
  const configure = async (mode: object | string, failure: object = {}) => {
    const failPoint = { configureFailPoint: 'failCommand', mode };
    await client.db('admin').command({ ...failPoint, data: failure });
  };
  return {
    uri,
    client,
    async kill() {
      signal('SIGKILL');
      await exited;
    },
    stop: () => mongod.stop(),
    async start() {
      mongod = await start(port);
    },
    freeze() {
      signal('SIGSTOP');
      isFrozen = true;
    },
    thaw,
    async failCommands(commands, { times, ...failure }) {
      const data = { ...failure, failCommands: commands, appName: 'customer-ledger' };
      await configure(times === undefined ? 'alwaysOn' : { times }, data);
      return async () => await configure('off');
    },
    async close() {
      thaw();
      await client.close();
      await mongod.stop();
      await rm(dbPath, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
