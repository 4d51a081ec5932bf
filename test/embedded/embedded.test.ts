import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { openEmbedded, startEmbedded } from '../../src/embedded/embedded.ts';
import { isFreePort } from '../../src/embedded/free-port.ts';
import { isAlive } from '../../src/embedded/is-alive.ts';
import { ensureKey } from '../../src/embedded/key-file.ts';
import { dbPathOf, type EmbeddedState } from '../../src/embedded/state-file.ts';
import {
  findIds,
  insertOne,
  makeTemporaryDir,
  recordLog,
  silent,
  startProgram,
  until,
  writeScript,
} from './support.ts';

// Starting and ending servers takes its time on a busy machine.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const binary = inject('mongodBinary');

async function makeOptions() {
  const dataDir = await makeTemporaryDir();
  return { dataDir, binary, cacheDir: dataDir, env: process.env, log: silent };
}

function lose(error: Error): never {
  throw error;
}

async function readState(dataDir: string): Promise<EmbeddedState> {
  return JSON.parse(await readFile(join(dataDir, 'mongod.json'), 'utf8'));
}

async function startService(dataDir: string, detached = false) {
  const program = startProgram('serve', [dataDir, binary], detached);
  const { uri } = await program.next();
  return { ...program, uri: String(uri), ...(await readState(dataDir)) };
}

test('ends mongod with a service that is killed, and the next service finds everything', async () => {
  const { dataDir } = await makeOptions();
  const first = await startService(dataDir);
  await insertOne(first.uri, { _id: 1 });
  first.child.kill('SIGKILL');
  // At once: the mongod of the killed service may still be ending, and its state file is there.
  const second = await startService(dataDir);
  expect(second.mongodPid).not.toBe(first.mongodPid);
  expect(await findIds(second.uri)).toEqual([1]);
  second.child.kill('SIGKILL');
  // Not by its pid: an orphan that has ended is a zombie where nobody collects it.
  await until(() => isFreePort(second.port), 'no mongod listens');
});

test('keeps mongod running through a Ctrl-C that reaches the whole terminal', async () => {
  const { dataDir } = await makeOptions();
  const service = await startService(dataDir, true);
  process.kill(-service.ownerPid, 'SIGINT');
  expect(await service.next()).toEqual({ interrupted: true });
  // Longer than a mongod takes to end that has been told to.
  await delay(1_500);
  await insertOne(service.uri, { _id: 1 });
  expect(await readState(dataDir)).toMatchObject({ mongodPid: service.mongodPid });
  service.child.kill('SIGTERM');
  expect(await service.next()).toEqual({ stopped: true });
  expect(isAlive(service.mongodPid)).toBe(false);
});

test('lends a command the database of a service, and refuses another service on the data', async () => {
  const options = await makeOptions();
  const service = await startService(options.dataDir);
  const opened = await openEmbedded(options);
  await insertOne(opened.uri, { _id: 1 });
  await opened.close();
  await expect(startEmbedded({ ...options, onLost: lose })).rejects.toMatchObject({
    reason: 'already-served',
    message: expect.stringContaining(`process ${service.ownerPid}`),
  });
  expect(await findIds(service.uri)).toEqual([1]);
  expect(await readState(options.dataDir)).toMatchObject({ ownerPid: service.ownerPid });
});

test('gives a command its own database when no service runs, and ends it', async () => {
  const options = await makeOptions();
  const opened = await openEmbedded(options);
  const { mongodPid } = await readState(options.dataDir);
  await insertOne(opened.uri, { _id: 1 });
  await opened.close();
  expect(isAlive(mongodPid)).toBe(false);
  await expect(readState(options.dataDir)).rejects.toThrow(/ENOENT/);
  const again = await openEmbedded(options);
  expect(await findIds(again.uri)).toEqual([1]);
  await again.close();
});

test('lets a command end first, then a service and another command have their turn', async () => {
  const options = await makeOptions();
  const first = await openEmbedded(options);
  const starting = startEmbedded({ ...options, onLost: lose });
  const opening = openEmbedded(options);
  await insertOne(first.uri, { _id: 1 });
  await first.close();
  const second = await opening;
  await insertOne(second.uri, { _id: 2 });
  await second.close();
  const service = await starting;
  onTestFinished(() => service.stop());
  expect(await findIds(service.uri)).toEqual([1, 2]);
});

test.each([
  ['of a living process whose mongod is gone', { owner: 'service', mongodPid: 1, port: 9 }],
  ['that is none', { owner: 'nobody' }],
])('does not trust a state %s, and puts its own in place', async (_case, state) => {
  const options = await makeOptions();
  const path = join(options.dataDir, 'mongod.json');
  await mkdir(dbPathOf(options.dataDir));
  await ensureKey(dbPathOf(options.dataDir));
  await writeFile(path, JSON.stringify({ ownerPid: process.pid, ...state }));
  const service = await startEmbedded({ ...options, onLost: lose });
  expect(await readState(options.dataDir)).toMatchObject({ owner: 'service', port: service.port });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await service.stop();
  await expect(stat(path)).rejects.toThrow(/ENOENT/);
});

test('starts a mongod again that ends by itself, under the same address', async () => {
  const { log, lines } = recordLog();
  const options = { ...(await makeOptions()), log };
  const service = await startEmbedded({ ...options, onLost: lose });
  onTestFinished(() => service.stop());
  await insertOne(service.uri, { _id: 1 });
  const { mongodPid } = await readState(options.dataDir);
  process.kill(mongodPid, 'SIGKILL');
  await until(() => lines.at(-1)?.msg === 'the embedded mongod runs again', 'it runs again');
  expect(await findIds(service.uri)).toEqual([1]);
  expect(await readState(options.dataDir)).not.toMatchObject({ mongodPid });
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 50, msg: expect.stringContaining('ended by SIGKILL') }),
  );
});

test('says so when mongod cannot be started again', async () => {
  const options = await makeOptions();
  const switchable = join(options.dataDir, 'mongod');
  await writeScript(switchable, `exec ${binary} "$@"`);
  const lost = Promise.withResolvers<Error>();
  const service = await startEmbedded({ ...options, binary: switchable, onLost: lost.resolve });
  onTestFinished(() => service.stop());
  await writeScript(switchable, 'exit 1');
  process.kill((await readState(options.dataDir)).mongodPid, 'SIGKILL');
  expect(await lost.promise).toMatchObject({ reason: 'start-failed' });
});
