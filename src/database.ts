import { homedir } from 'node:os';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { defaultCacheDir } from './embedded/cache.ts';
import type { EmbeddedOptions } from './embedded/embedded.ts';
import type { Environment } from './embedded/environment.ts';
import type { DatabaseLocation } from './store/connection.ts';

/** A database to keep the ledger in, for as long as it is not closed. */
export interface Database extends DatabaseLocation {
  /** Ends the embedded database; leaves another one as it is. */
  close(): Promise<void>;
}

/** The process that asks for a database: a service, or a command beside it. */
export interface DatabaseUser {
  readonly config: Pick<
    Config,
    'mongodbUri' | 'mongodbDatabase' | 'dataDir' | 'mongodBinary' | 'cacheDir'
  >;
  readonly env: Environment;
  readonly log: Logger;
  readonly signal?: AbortSignal;
}

/**
 * Starts the database of a service: that of MONGODB_URI, or else the embedded one.
 *
 * @param onLost called once when the embedded database ends and cannot be started again
 * @throws EmbeddedError when the embedded one cannot be started
 */
export async function startDatabase(
  user: DatabaseUser,
  onLost: (error: Error) => void,
): Promise<Database> {
  const { mongodbUri: uri, mongodbDatabase: name } = user.config;
  if (uri !== undefined) return { uri, name, close: async () => undefined };
  // Loaded only here, to spare the memory of a service with a database of its own.
  const { startEmbedded } = await import('./embedded/embedded.ts');
  const embedded = await startEmbedded({ ...toEmbeddedOptions(user), onLost });
  return { uri: embedded.uri, name, close: () => embedded.stop() };
}

/**
 * Opens the database for a command: that of MONGODB_URI, else the embedded one of a running service, else the embedded one for as
 * long as the command runs.
 *
 * @throws EmbeddedError when the embedded one cannot be started
 */
export async function openDatabase(user: DatabaseUser): Promise<Database> {
  const { mongodbUri: uri, mongodbDatabase: name } = user.config;
  if (uri !== undefined) return { uri, name, close: async () => undefined };
  const { openEmbedded } = await import('./embedded/embedded.ts');
  const embedded = await openEmbedded(toEmbeddedOptions(user));
  return { uri: embedded.uri, name, close: () => embedded.close() };
}

function toEmbeddedOptions({ config, env, log, signal }: DatabaseUser): EmbeddedOptions {
  return {
    dataDir: config.dataDir,
    binary: config.mongodBinary,
    cacheDir: config.cacheDir ?? defaultCacheDir(env, process.platform, homedir()),
    env,
    log,
    signal,
  };
}
