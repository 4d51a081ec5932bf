import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { TestProject } from 'vitest/node';
import { defaultCacheDir } from '../../src/embedded/cache.ts';
import { findMongod } from '../../src/embedded/find-mongod.ts';
import { startEmbeddedMongod } from '../../src/embedded/mongod.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The connection string of the mongod that all test files share, each with a database of its own. */
    mongodbUri: string;
    /** The mongod that the service itself would find. */
    mongodBinary: string;
  }
}

/** Starts the mongod that all tests share: the one that the service would run, found in the same way. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const log = pino({ level: 'warn' }, process.stderr);
  const env = process.env;
  const cacheDir = env.CACHE_DIR ?? defaultCacheDir(env, process.platform, homedir());
  const found = await findMongod({ binary: env.MONGOD_BINARY, cacheDir, env, log });
  const dbPath = await mkdtemp(join(tmpdir(), 'customer-ledger-test-'));
  const mongod = await startEmbeddedMongod({
    binary: found.path,
    dbPath,
    log,
    env,
    testCommands: true,
  });
  project.provide('mongodbUri', mongod.uri);
  project.provide('mongodBinary', found.path);
  return async () => {
    await mongod.stop();
    await rm(dbPath, { recursive: true, force: true });
  };
}
