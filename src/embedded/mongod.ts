import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import { EmbeddedError, isEmbeddedError, toSentence } from './embedded-error.ts';
import type { Environment } from './environment.ts';
import { findFreePort, isFreePort } from './free-port.ts';
import { ensureKey } from './key-file.ts';
import {
  describeEnd,
  explainFailedStart,
  type MongodCommand,
  type MongodProcess,
  spawnMongod,
} from './mongod-process.ts';
import { readLastPort, writeLastPort } from './port-file.ts';
import { ensurePrimary, rewriteMember, toUri } from './replica-set.ts';

const portAttemptsMax = 5;
/** After a crash the journal is replayed first, which takes its time on a large database. */
const startTimeoutMs = 120_000;

export type MongodOptions = {
  /** The path of a supported mongod, as `findMongod` gives it. */
  readonly binary: string;
  /** Where the data is; made with mode 0700 if it is not there. */
  readonly dbPath: string;
  readonly log: Logger;
  readonly env: Environment;
  /** The port to listen on; by default that of the last time, or a free one if it is taken. */
  readonly port?: number | undefined;
  /** Allows failpoints (`configureFailPoint`), for tests. */
  readonly testCommands?: boolean | undefined;
  /** Gives up the start. */
  readonly signal?: AbortSignal | undefined;
  /** Is called once, with a sentence for the log, when mongod ends without having been stopped. */
  readonly onExit?: ((sentence: string) => void) | undefined;
};

export type EmbeddedMongod = {
  /** The address for clients. It contains the key of the database: never to be logged. */
  readonly uri: string;
  readonly port: number;
  readonly pid: number;
  readonly version: string;
  /** Ends mongod in good order, within a bound; resolves when it is gone, also the second time. */
  stop(): Promise<void>;
};

/**
 * Starts a real mongod as a replica set of one on 127.0.0.1 and waits until it takes writes. The data
 * in `dbPath` is found again, whatever port it was served on before, and after a crash too.
 *
 * It is spawned here and not by the replica set class of mongodb-memory-server-core 11.3, which cannot
 * do what is needed: data that was served on another port never gets a primary; Ctrl-C in a terminal
 * ends mongod before the service has drained; MONGOMS_ variables steer it past the binary it was given;
 * and what ends mongod after a kill is a second Node process of 47 MB that polls.
 *
 * @throws EmbeddedError `data-in-use`, `data-incompatible`, `port-taken` or `start-failed`.
 */
export async function startEmbeddedMongod(options: MongodOptions): Promise<EmbeddedMongod> {
  const { binary, env, log, testCommands = false } = options;
  const dbPath = resolve(options.dbPath);
  const key = await prepareData(dbPath);
  for (let attempt = 1; ; attempt += 1) {
    options.signal?.throwIfAborted();
    const lastPort = await readLastPort(dbPath);
    const lastIsFree = lastPort !== undefined && (await isFreePort(lastPort));
    const port = options.port ?? (lastIsFree ? lastPort : await findFreePort());
    const command = { binary, dbPath, port, testCommands, env, log };
    try {
      if (lastPort !== undefined && lastPort !== port && !lastIsFree) {
        await moveMember(command, key, options);
      }
      return await startMember(command, key, options);
    } catch (error) {
      // Between finding a port and taking it, another program may have come first.
      const again = isEmbeddedError(error, 'port-taken') && options.port === undefined;
      if (!again || attempt === portAttemptsMax) {
        throw error;
      }
    }
  }
}

async function prepareData(dbPath: string): Promise<string> {
  try {
    await mkdir(dbPath, { recursive: true, mode: 0o700 });
    return await ensureKey(dbPath);
  } catch (error) {
    if (error instanceof EmbeddedError) {
      throw error;
    }
    throw new EmbeddedError(
      'start-failed',
      `The data directory ${dbPath} cannot be used: ${toSentence(error)}.`,
      { cause: error },
    );
  }
}

async function startMember(
  command: MongodCommand,
  key: string,
  options: MongodOptions,
): Promise<EmbeddedMongod> {
  const { dbPath, port } = command;
  const mongod = spawnMongod(command);
  const { version } = await whileItRuns(mongod, command, options, async (signal) => {
    await mongod.log.listening;
    const primary = await ensurePrimary(port, key, signal);
    await writeLastPort(dbPath, port);
    return primary;
  });
  mongod.log.forward();
  return toEmbeddedMongod(mongod, { port, key, version }, options.onExit);
}

async function moveMember(
  command: MongodCommand,
  key: string,
  options: MongodOptions,
): Promise<void> {
  const mongod = spawnMongod({ ...command, alone: true });
  await whileItRuns(mongod, command, options, async () => {
    await mongod.log.listening;
    await rewriteMember(command.port, key);
  });
  await mongod.stop();
}

/** Does a step of the start; ends the mongod when it fails, takes too long or is given up. */
async function whileItRuns<T>(
  mongod: MongodProcess,
  command: MongodCommand,
  { signal }: MongodOptions,
  step: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const bounds = [over.signal, AbortSignal.timeout(startTimeoutMs), ...(signal ? [signal] : [])];
  try {
    return await Promise.race([
      step(over.signal),
      rejectOnExit(mongod, command),
      rejectOnAbort(AbortSignal.any(bounds)),
    ]);
  } catch (error) {
    over.abort();
    mongod.kill();
    await mongod.exited;
    signal?.throwIfAborted();
    throw toEmbeddedError(error);
  }
}

function toEmbeddedMongod(
  mongod: MongodProcess,
  { port, key, version }: { port: number; key: string; version: string },
  onExit: MongodOptions['onExit'],
): EmbeddedMongod {
  let stopped: Promise<void> | undefined;
  void mongod.exited.then((end) => {
    if (!stopped) {
      onExit?.(describeEnd(end, mongod.log));
    }
  });
  const stop = (): Promise<void> => {
    stopped ??= mongod.stop();
    return stopped;
  };
  return { uri: toUri(port, key), port, pid: mongod.pid, version, stop };
}

async function rejectOnExit(mongod: MongodProcess, command: MongodCommand): Promise<never> {
  const end = await mongod.exited;
  throw explainFailedStart(end, mongod.log, command);
}

async function rejectOnAbort(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) {
    await once(signal, 'abort');
  }
  throw signal.reason;
}

function toEmbeddedError(error: unknown): EmbeddedError {
  if (error instanceof EmbeddedError) {
    return error;
  }
  const timedOut = error instanceof DOMException && error.name === 'TimeoutError';
  const why = timedOut ? `not ready after ${startTimeoutMs / 1_000} s` : toSentence(error);
  return new EmbeddedError('start-failed', `The embedded mongod did not start: ${why}.`, {
    cause: error,
  });
}
