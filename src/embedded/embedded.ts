import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedError, isEmbeddedError } from './embedded-error.ts';
import { type FindOptions, findMongod } from './find-mongod.ts';
import { type KeptMongod, keepMongodRunning } from './keep-running.ts';
import { type EmbeddedMongod, startEmbeddedMongod } from './mongod.ts';
import { dbPathOf, findLiveState, type LiveState, removeState, writeState } from './state-file.ts';

/** The mongod of a killed service has this long to end; so has a command that came first. */
const claimTimeoutMs = 40_000;
const claimRetryMs = 250;

export type EmbeddedOptions = FindOptions & {
  /** The service's DATA_DIR. */
  readonly dataDir: string;
};

export type ServeOptions = EmbeddedOptions & {
  /** Is called once when mongod keeps ending: the service cannot go on. */
  readonly onLost: (error: EmbeddedError) => void;
};

/** The database of a service. `uri` contains the key of the database: never to be logged. */
export type EmbeddedDatabase = KeptMongod;

/** A database that is open for as long as a command runs. */
export type OpenDatabase = { readonly uri: string; close(): Promise<void> };

/**
 * Starts the embedded database for a service: finds mongod, runs it on the data in `dataDir`, keeps it
 * running, and lets commands find it until it is stopped.
 *
 * @throws EmbeddedError `already-served` when another service serves this data; that one is not
 *   disturbed. Otherwise as `findMongod` and `startEmbeddedMongod`.
 */
export async function startEmbedded(options: ServeOptions): Promise<EmbeddedDatabase> {
  const { dataDir } = options;
  const claimed = await claim(options, (binary) =>
    keepMongodRunning({
      ...options,
      binary,
      dbPath: dbPathOf(dataDir),
      onStart: (mongod) => publish(dataDir, 'service', mongod),
    }),
  );
  if ('ownerPid' in claimed) {
    throw new EmbeddedError(
      'already-served',
      `The data in ${dataDir} is served by a running service (process ${claimed.ownerPid}): stop ` +
        'that one first, or set DATA_DIR to another directory.',
    );
  }
  const { port, version } = claimed;
  options.log.info({ port, version, dataDir }, 'the embedded database is ready');
  return { ...claimed, stop: () => withdraw(dataDir, claimed) };
}

/**
 * Opens the embedded database for a command: that of the running service if there is one, otherwise
 * its own, which ends with `close`. Commands that need their own go one after the other.
 *
 * @throws EmbeddedError as `findMongod` and `startEmbeddedMongod`.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<OpenDatabase> {
  const { dataDir } = options;
  const claimed = await claim(options, async (binary) => {
    const mongod = await startEmbeddedMongod({ ...options, binary, dbPath: dbPathOf(dataDir) });
    await publish(dataDir, 'command', mongod);
    return mongod;
  });
  if ('ownerPid' in claimed) {
    return { uri: claimed.uri, close: async () => {} };
  }
  return { uri: claimed.uri, close: () => withdraw(dataDir, claimed) };
}

/**
 * Gives the running service's state, or what `start` gives. mongod's own lock on its files decides
 * who of several gets the data, so nothing here has to be a lock: whoever is refused looks again.
 */
async function claim<T>(
  options: EmbeddedOptions,
  start: (binary: string) => Promise<T>,
): Promise<T | LiveState> {
  const { dataDir, log, signal } = options;
  const deadline = Date.now() + claimTimeoutMs;
  let binary: string | undefined;
  for (let attempt = 1; ; attempt += 1) {
    const live = await findLiveState(dataDir);
    if (live?.owner === 'service') {
      return live;
    }
    try {
      binary ??= (await findMongod(options)).path;
      return await start(binary);
    } catch (error) {
      if (!isEmbeddedError(error, 'data-in-use') || Date.now() > deadline) {
        throw error;
      }
    }
    if (attempt === 1) {
      log.info({ dataDir }, 'the data is still in use by another mongod: waiting for it to end');
    }
    await delay(claimRetryMs, undefined, { signal });
  }
}

async function publish(
  dataDir: string,
  owner: 'service' | 'command',
  mongod: EmbeddedMongod,
): Promise<void> {
  const { pid: mongodPid, port } = mongod;
  try {
    await writeState(dataDir, { owner, ownerPid: process.pid, mongodPid, port });
  } catch (error) {
    await mongod.stop();
    throw error;
  }
}

async function withdraw(dataDir: string, mongod: { stop(): Promise<void> }): Promise<void> {
  // First the file: no command is to be sent to a database that is about to end.
  await removeState(dataDir);
  await mongod.stop();
}
