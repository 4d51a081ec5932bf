import { setTimeout as delay } from 'node:timers/promises';
import { type Db, MongoClient, MongoNetworkError, MongoServerError } from 'mongodb';
import { EmbeddedError } from './embedded-error.ts';

const setName = 'ledger';
export const replicaSetArguments = ['--replSet', setName];

const primaryTimeoutMs = 60_000;
const connectTimeoutMs = 10_000;
/** A mongod that is there answers on the loopback at once, if it can answer at all. */
const lookTimeoutMs = 2_000;
const pollMs = 20;

/** Error codes of the server, as in its `error_codes.yml`. */
const alreadyInitialized = 23;
/** While a member loads its configuration or changes its state, it refuses, or closes connections. */
const passing = new Set([94, 109, 10_107, 11_602]);

/**
 * Gives the address by which clients use the embedded database. It contains the key: not for logs.
 *
 * `__system` is the user that comes with a key file: it is there before any data is, so that there is
 * no second secret in the database to keep in step with the file.
 */
export function toUri(port: number, key: string): string {
  return toUriWith(port, key, { replicaSet: setName });
}

/**
 * Makes the mongod on `port` the primary of a set of one. The set knows its member by address: when
 * the data was last served on another port, that is put right first, as no member would find itself.
 *
 * @throws EmbeddedError `start-failed` when it is not primary within a minute.
 */
export async function ensurePrimary(
  port: number,
  key: string,
  signal: AbortSignal,
): Promise<{ version: string }> {
  return withAdmin(port, key, connectTimeoutMs, async (admin) => {
    const deadline = Date.now() + primaryTimeoutMs;
    while (!(await tryBecomePrimary(admin, toHost(port)))) {
      if (Date.now() > deadline) {
        throw new EmbeddedError(
          'start-failed',
          `The embedded mongod did not become primary within ${primaryTimeoutMs / 1_000} s.`,
        );
      }
      await delay(pollMs, undefined, { signal });
    }
    const { version } = await admin.command({ buildInfo: 1 });
    return { version };
  });
}

/**
 * Writes `port` into the configuration of the set, while the mongod on it runs outside of any set.
 *
 * A mongod whose configuration names another port asks there first whether that is itself, and waits
 * for half a minute when a program that has come to own the port takes the connection and is silent.
 */
export async function rewriteMember(port: number, key: string): Promise<void> {
  await withAdmin(port, key, connectTimeoutMs, async (_admin, client) => {
    await client
      .db('local')
      .collection('system.replset')
      .updateOne({}, { $set: { 'members.0.host': toHost(port) } });
  });
}

/** Tells whether the mongod on `port` is there, is the one with this key, and takes writes. */
export async function isPrimary(port: number, key: string): Promise<boolean> {
  return withAdmin(port, key, lookTimeoutMs, async (admin) => {
    const hello = await admin.command({ hello: 1 });
    return hello.isWritablePrimary === true;
  }).catch(() => false);
}

async function withAdmin<T>(
  port: number,
  key: string,
  timeoutMs: number,
  use: (admin: Db, client: MongoClient) => Promise<T>,
): Promise<T> {
  const client = new MongoClient(toUriWith(port, key, { directConnection: 'true' }), {
    appName: 'customer-ledger start',
    maxPoolSize: 1,
    serverSelectionTimeoutMS: timeoutMs,
    connectTimeoutMS: timeoutMs,
    socketTimeoutMS: primaryTimeoutMs,
  });
  try {
    return await use(client.db('admin'), client);
  } finally {
    await client.close();
  }
}

async function tryBecomePrimary(admin: Db, host: string): Promise<boolean> {
  try {
    await ensureConfiguration(admin, host);
    const hello = await admin.command({ hello: 1 });
    return hello.isWritablePrimary === true;
  } catch (error) {
    if (error instanceof MongoNetworkError || passing.has(codeOf(error))) {
      return false;
    }
    throw error;
  }
}

async function ensureConfiguration(admin: Db, host: string): Promise<void> {
  try {
    await admin.command({ replSetInitiate: { _id: setName, members: [{ _id: 0, host }] } });
    return;
  } catch (error) {
    if (codeOf(error) !== alreadyInitialized) {
      throw error;
    }
  }
  const { config } = await admin.command({ replSetGetConfig: 1 });
  const [member] = config.members;
  if (member.host !== host) {
    const moved = { ...config, version: config.version + 1, members: [{ ...member, host }] };
    await admin.command({ replSetReconfig: moved, force: true });
  }
}

function codeOf(error: unknown): number {
  return error instanceof MongoServerError ? Number(error.code) : 0;
}

function toHost(port: number): string {
  return `127.0.0.1:${port}`;
}

function toUriWith(port: number, key: string, options: Record<string, string>): string {
  const query = new URLSearchParams({
    ...options,
    authSource: 'local',
    authMechanism: 'SCRAM-SHA-256',
  });
  return `mongodb://__system:${encodeURIComponent(key)}@${toHost(port)}/?${query}`;
}
