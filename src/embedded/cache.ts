import { chmod, mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Environment } from './environment.ts';
import { isAlive } from './is-alive.ts';

/** A fetch is bounded far below this; what is older belongs to nobody, on whatever machine it began. */
const abandonedMs = 24 * 60 * 60 * 1_000;

/** Gives the directory in which fetched binaries are kept, by the habits of the platform. */
export function defaultCacheDir(env: Environment, platform: NodeJS.Platform, home: string): string {
  if (platform === 'win32' && env.LOCALAPPDATA) {
    return join(env.LOCALAPPDATA, 'customer-ledger', 'cache');
  }
  // The XDG specification says that a relative path is to be ignored.
  const base = env.XDG_CACHE_HOME?.startsWith('/') ? env.XDG_CACHE_HOME : join(home, '.cache');
  return join(base, 'customer-ledger');
}

/** Gives the place of a server version in the cache; the name tells platforms that share a home apart. */
export function pathInCache(cacheDir: string, version: string): string {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return join(cacheDir, `mongod-${version}-${process.platform}-${process.arch}${suffix}`);
}

/**
 * Runs a fetch in a directory of its own inside the cache, hence on the same file system, and
 * removes the directory afterwards. Directories left behind by killed processes go first.
 */
export async function withFetchDir<T>(
  cacheDir: string,
  fetchInto: (dir: string) => Promise<T>,
): Promise<T> {
  await mkdir(cacheDir, { recursive: true });
  await removeAbandoned(cacheDir);
  const dir = await mkdtemp(join(cacheDir, `.fetch-${hostLabel()}-${process.pid}-`));
  try {
    return await fetchInto(dir);
  } finally {
    // A killed program may still be writing its last file.
    await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/**
 * Puts a complete and tried binary in its place. The rename is atomic: others see all of it or
 * nothing, and of two that fetched at once the later one replaces an equal file.
 */
export async function installBinary(from: string, to: string): Promise<void> {
  await chmod(from, 0o755);
  const file = await open(from, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(from, to);
}

async function removeAbandoned(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    const owner = /^\.fetch-(.+)-(\d+)-[^-]+$/.exec(name);
    if (!owner) {
      continue;
    }
    const [, host, pid] = owner;
    const dir = join(cacheDir, name);
    const abandoned =
      host === hostLabel() ? !isAlive(Number(pid)) : (await ageMs(dir)) > abandonedMs;
    if (abandoned) {
      await rm(dir, { recursive: true, force: true });
    }
  }
}

async function ageMs(dir: string): Promise<number> {
  const { mtimeMs } = await stat(dir).catch(() => ({ mtimeMs: Date.now() }));
  return Date.now() - mtimeMs;
}

function hostLabel(): string {
  return hostname().replace(/[^A-Za-z0-9.]/g, '_');
}
