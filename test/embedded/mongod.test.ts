import { chmod, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { findFreePort } from '../../src/embedded/free-port.ts';
import { ensureKey } from '../../src/embedded/key-file.ts';
import {
  type EmbeddedMongod,
  type MongodOptions,
  startEmbeddedMongod,
} from '../../src/embedded/mongod.ts';
import {
  findIds,
  insertOne,
  makeTemporaryDir,
  occupy,
  recordLog,
  silent,
  until,
  untilGone,
  withClient,
  writeScript,
} from './support.ts';

// Starting and ending servers takes its time on a busy machine.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const binary = inject('mongodBinary');

async function start(dbPath: string, more: Partial<MongodOptions> = {}): Promise<EmbeddedMongod> {
  const options = { binary, dbPath, env: process.env, log: silent, ...more };
  const mongod = await startEmbeddedMongod(options);
  onTestFinished(() => mongod.stop());
  return mongod;
}

async function makeDbPath(): Promise<string> {
  return join(await makeTemporaryDir(), 'mongodb');
}

describe('a mongod that runs', () => {
  let dbPath: string;
  let mongod: EmbeddedMongod;

  beforeAll(async () => {
    dbPath = join(await mkdtemp(join(tmpdir(), 'ledger-embedded-')), 'mongodb');
    mongod = await startEmbeddedMongod({ binary, dbPath, env: process.env, log: silent });
  });

  afterAll(async () => {
    await mongod.stop();
    await rm(dirname(dbPath), { recursive: true });
  });

  test('is a replica set of one', async () => {
    const status = await withClient(mongod.uri, (client) =>
      client.db('admin').command({ replSetGetStatus: 1 }),
    );
    expect(status.members).toMatchObject([
      { name: `127.0.0.1:${mongod.port}`, stateStr: 'PRIMARY' },
    ]);
  });

  test('is there for its owner alone', async () => {
    expect((await stat(dbPath)).mode & 0o777).toBe(0o700);
    expect((await stat(join(dbPath, 'customer-ledger.key'))).mode & 0o777).toBe(0o600);
    const stranger = new MongoClient(`mongodb://127.0.0.1:${mongod.port}/?directConnection=true`);
    onTestFinished(() => stranger.close());
    const user = { createUser: 'me', pwd: 'me', roles: ['root'] };
    await expect(stranger.db('ledger').collection('kept').findOne()).rejects.toThrow(/auth/);
    await expect(stranger.db('admin').command(user)).rejects.toThrow(/auth/);
  });

  test('refuses a second one on the same data and is not disturbed', async () => {
    await expect(start(dbPath)).rejects.toMatchObject({
      reason: 'data-in-use',
      message: expect.stringContaining(dbPath),
    });
    await insertOne(mongod.uri, { _id: 1 });
    expect(await findIds(mongod.uri)).toEqual([1]);
  });

  test('has its port for itself', async () => {
    const starting = start(await makeDbPath(), { port: mongod.port });
    await expect(starting).rejects.toMatchObject({
      reason: 'port-taken',
      message: expect.stringContaining(String(mongod.port)),
    });
  });

  test('allows failpoints only when it was told to', async () => {
    const setFailPoint = (uri: string) =>
      withClient(uri, (client) =>
        client.db('admin').command({ configureFailPoint: 'failCommand', mode: 'off' }),
      );
    await expect(setFailPoint(mongod.uri)).rejects.toThrow(/no such command/);
    await setFailPoint(inject('mongodbUri'));
  });
});

test('finds the data again on the same port, and on another one', async () => {
  const dbPath = await makeDbPath();
  const first = await start(dbPath);
  await insertOne(first.uri, { _id: 1 });
  await first.stop();
  const second = await start(dbPath);
  expect(second.uri).toBe(first.uri);
  await insertOne(second.uri, { _id: 2 });
  await second.stop();
  const port = await findFreePort();
  const third = await start(dbPath, { port });
  expect(third.port).toBe(port);
  expect(await findIds(third.uri)).toEqual([1, 2]);
});

test('does not wait for a silent stranger on the old port', async () => {
  const dbPath = await makeDbPath();
  const first = await start(dbPath);
  await insertOne(first.uri, { _id: 1 });
  await first.stop();
  await occupy(first.port);
  const begin = Date.now();
  const second = await start(dbPath);
  // A mongod that asked the stranger first would wait for 30 s.
  expect(Date.now() - begin).toBeLessThan(25_000);
  expect(second.port).not.toBe(first.port);
  expect(await findIds(second.uri)).toEqual([1]);
});

test('tells of an end that was not asked for, and the lock left behind is not in the way', async () => {
  const dbPath = await makeDbPath();
  const exits: string[] = [];
  const first = await start(dbPath, { onExit: (sentence) => exits.push(sentence) });
  await insertOne(first.uri, { _id: 1 });
  process.kill(first.pid, 'SIGKILL');
  await until(() => exits.length > 0, 'the exit is told');
  expect(exits).toEqual([expect.stringContaining('SIGKILL')]);
  expect((await stat(join(dbPath, 'mongod.lock'))).size).toBeGreaterThan(0);
  const second = await start(dbPath, { onExit: (sentence) => exits.push(sentence) });
  expect(await findIds(second.uri)).toEqual([1]);
  await Promise.all([second.stop(), second.stop()]);
  await untilGone(second.pid);
  expect(exits).toHaveLength(1);
});

const newerData = JSON.stringify({
  t: { $date: '2026-01-01T00:00:00.000Z' },
  s: 'E',
  c: 'STORAGE',
  id: 22_347,
  msg: 'Failed to start up WiredTiger under any compatibility version.',
});

test.each([
  ['data of an older major version', 'exit 62', 'data-incompatible', /one major version at a time/],
  [
    'data of a newer major version',
    `echo '${newerData}'; exit 14`,
    'data-incompatible',
    /one major version at a time/,
  ],
  [
    'a missing library',
    'echo "libcurl.so.4: cannot open shared object file" >&2; exit 127',
    'start-failed',
    /status 127: libcurl\.so\.4/,
  ],
])('explains a start that fails because of %s', async (_case, body, reason, message) => {
  const dir = await makeTemporaryDir();
  const broken = await writeScript(join(dir, 'mongod'), body);
  await expect(start(join(dir, 'mongodb'), { binary: broken })).rejects.toMatchObject({
    reason,
    message: expect.stringMatching(message),
  });
});

test('explains a data directory that cannot be used', async () => {
  const dir = await makeTemporaryDir();
  const file = await writeScript(join(dir, 'file'), '');
  await expect(start(join(file, 'mongodb'))).rejects.toMatchObject({
    reason: 'start-failed',
    message: expect.stringContaining(`${file}/mongodb cannot be used`),
  });
});

test('gives up a start when it is told to, and no mongod remains', async () => {
  const dbPath = await makeDbPath();
  const stopping = new AbortController();
  const starting = start(dbPath, { signal: stopping.signal }).catch(String);
  await until(async () => (await readdir(dbPath).catch(() => [])).length > 5, 'mongod has begun');
  stopping.abort();
  expect(await starting).toMatch(/abort/);
  await start(dbPath);
});

test('keeps the key to its owner, and out of the log', async () => {
  const dbPath = await makeDbPath();
  await mkdir(dbPath);
  const key = await ensureKey(dbPath);
  await chmod(join(dbPath, 'customer-ledger.key'), 0o644);
  const { log, lines } = recordLog();
  const mongod = await start(dbPath, { log });
  expect(decodeURIComponent(new URL(mongod.uri).password)).toBe(key);
  expect((await stat(join(dbPath, 'customer-ledger.key'))).mode & 0o777).toBe(0o600);
  expect(JSON.stringify(lines)).not.toContain(key);
});
