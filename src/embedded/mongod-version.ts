import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Environment, environmentOfMongod } from './environment.ts';

/** The range of server versions, as it is said to people. */
export const supportedVersions = '6.0 to 8.x';

const majorMin = 6;
const majorMax = 8;

/** A binary of 140 MB on a cold disk takes seconds; one that hangs must not hold up the start. */
export const versionTimeoutMs = 15_000;
const outputBytesMax = 65_536;

const run = promisify(execFile);

/**
 * Reads the version of a mongod by running it with `--version`, which also proves that it runs here.
 *
 * @param timeoutMs how long it may take to answer, at least a millisecond
 * @throws Error whose message says why the binary cannot be used: it does not run, it lacks a shared
 *   library, it is no mongod, or its version is not supported.
 */
export async function readMongodVersion(
  path: string,
  env: Environment,
  signal?: AbortSignal,
  timeoutMs = versionTimeoutMs,
): Promise<string> {
  const output = await runVersion(path, env, timeoutMs, signal);
  const version = parseMongodVersion(output);
  if (version === undefined) {
    throw new Error(`${path} --version does not answer as mongod does`);
  }
  if (!isSupported(version)) {
    throw new Error(`${path} is MongoDB ${version}; supported are ${supportedVersions}`);
  }
  return version;
}

/**
 * Tries a mongod that was fetched and gives its version.
 *
 * @throws Error as {@link readMongodVersion}, and when it is another version than the one expected.
 */
export async function tryFetchedMongod(
  path: string,
  expected: string,
  env: Environment,
  signal?: AbortSignal,
): Promise<string> {
  const version = await readMongodVersion(path, env, signal);
  if (version !== expected) {
    throw new Error(`what was fetched is MongoDB ${version} and not ${expected}`);
  }
  return version;
}

/** Parses what `mongod --version` prints; undefined when it is not that. */
export function parseMongodVersion(output: string): string | undefined {
  return /^db version v(\d+\.\d+\.\d+\S*)/m.exec(output)?.[1];
}

/** Tells whether a server version such as `6.0.5` is one the service supports. */
export function isSupported(version: string): boolean {
  const major = Number.parseInt(version, 10);
  return major >= majorMin && major <= majorMax;
}

async function runVersion(
  path: string,
  env: Environment,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<string> {
  try {
    const { stdout } = await run(path, ['--version'], {
      env: environmentOfMongod(env),
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: outputBytesMax,
      ...(signal && { signal }),
    });
    return stdout;
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`${path} does not run: ${explain(error, timeoutMs)}`, { cause: error });
  }
}

function explain(error: unknown, timeoutMs: number): string {
  const { stderr, code, killed } = error as { stderr?: string; code?: unknown; killed?: boolean };
  if (killed) {
    return `no answer to --version within ${timeoutMs / 1000} s`;
  }
  const missing = /(lib\S+): cannot open shared object file/.exec(stderr ?? '')?.[1];
  if (missing) {
    return `the shared library ${missing} is missing (on Debian and Ubuntu, MongoDB needs the packages libcurl4 and libssl3)`;
  }
  const lastLine = stderr?.trim().split('\n').at(-1);
  return lastLine || `--version ended with ${String(code)}`;
}
