import { extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installBinary, pathInCache, withFetchDir } from './cache.ts';
import { type Environment, pick } from './environment.ts';
import { runFetchProgram } from './fetch-program.ts';
import type { FindOptions, FoundMongod } from './find-mongod.ts';
import { tryFetchedMongod } from './mongod-version.ts';

/** The server version that is downloaded: a patch release of the line that is supported longest. */
export const downloadVersion = '8.0.30';

export const downloadSite = 'https://fastdl.mongodb.org';

const limits = { firstBytesMs: 8_000, stallMs: 20_000, totalMs: 15 * 60_000 };
/** Beside this file, in the sources as in the build. */
const workerUrl = new URL(`./download-worker${extname(import.meta.url)}`, import.meta.url);
const bytesPerMebibyte = 1_048_576;

/**
 * Downloads the pinned server from MongoDB's site with its checksum verified, tries it, and puts it
 * into the cache.
 *
 * @throws Error that says why not: no build for this platform, the site is out of reach, the
 *   checksum differs, the binary does not run.
 */
export async function downloadMongod(options: FindOptions): Promise<FoundMongod> {
  const { cacheDir, env, log, signal } = options;
  return withFetchDir(cacheDir, async (dir) => {
    const output = await runFetchProgram({
      command: process.execPath,
      args: [fileURLToPath(workerUrl), downloadVersion, dir],
      env: environmentOfDownload(env, dir, options.downloadSite ?? downloadSite),
      dir,
      limits,
      what: `MongoDB ${downloadVersion}`,
      totalBytes: parseTotalBytes,
      log,
      signal,
    });
    const fetched = resolve(output.trimEnd().split('\n').at(-1) ?? '');
    const version = await tryFetchedMongod(fetched, downloadVersion, env, signal);
    const path = pathInCache(cacheDir, downloadVersion);
    await installBinary(fetched, path);
    return { path, version };
  });
}

/**
 * Gives the download exactly this environment. mongodb-memory-server-core takes every setting from
 * MONGOMS_ variables first, then from the package.json files around the working directory, and looks
 * into the caches of other projects under HOME and INIT_CWD: with all of that said here, nothing on
 * the machine steers it. It verifies the certificate of the site only when npm's `strict_ssl` says so,
 * and a checksum that comes from the same site proves nothing without that.
 */
function environmentOfDownload(env: Environment, dir: string, site: string): Environment {
  const network = Object.keys(env).filter(
    (name) => /^(?:npm_config_)?(?:https?|no)[-_]proxy$/i.test(name) || networkKeeps.includes(name),
  );
  return {
    ...pick(env, network),
    HOME: dir,
    USERPROFILE: dir,
    INIT_CWD: dir,
    TMPDIR: dir,
    npm_config_strict_ssl: 'true',
    MONGOMS_ARCHIVE_NAME: '',
    MONGOMS_DISTRO: '',
    MONGOMS_DOWNLOAD_DIR: dir,
    MONGOMS_DOWNLOAD_IGNORE_MISSING_HEADER: 'false',
    MONGOMS_DOWNLOAD_MIRROR: site,
    MONGOMS_DOWNLOAD_URL: '',
    MONGOMS_MAX_REDIRECTS: '2',
    MONGOMS_MAX_RETRIES: '1',
    MONGOMS_PREFER_GLOBAL_PATH: 'false',
    MONGOMS_RESUME_DOWNLOAD: 'false',
    MONGOMS_RUNTIME_DOWNLOAD: 'true',
    MONGOMS_SYSTEM_BINARY: '',
    MONGOMS_USE_ARCHIVE_NAME_FOR_BINARY_NAME: 'false',
    MONGOMS_USE_HTTP: String(site.startsWith('http:')),
    MONGOMS_VERSION: downloadVersion,
  };
}

const networkKeeps = ['PATH', 'NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'SystemRoot'];

/** The library prints lines such as `Downloading MongoDB "8.0.30": 12.5% (9.1mb / 72.6mb)`. */
function parseTotalBytes(output: string): number | undefined {
  const mebibytes = /\/ ([\d.]+)mb\)/.exec(output)?.[1];
  return mebibytes === undefined ? undefined : Number(mebibytes) * bytesPerMebibyte;
}
