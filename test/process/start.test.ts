import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { findFreePort } from '../../src/embedded/free-port.ts';
import { startOwnDatabase } from '../support/own-database.ts';
import {
  expectRefusedStart,
  outputOf,
  readShownKey,
  startChild,
  startService,
  stopService,
  waitForEnd,
} from './child.ts';
import { chosenKey, makeDatabase, makeDataDir, statusOfKey } from './ledger.ts';

// Every test starts processes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

test('takes the first key from API_KEY, and shows it nowhere', async () => {
  const { settings } = makeDatabase();
  const service = await startService({ ...settings, API_KEY: chosenKey, LOG_LEVEL: 'trace' });
  expect(await statusOfKey(service.address, chosenKey)).toBe(200);
  await stopService(service);
  expect(service.stdout()).toContain('The key is the one of API_KEY.');
  expect(service.stdout().match(/"x-api-key: \$API_KEY"/g)).toHaveLength(3);
  expect(outputOf(service)).not.toContain(chosenKey);
});

test('says that API_KEY is not used where the ledger has another key, and does not let it in', async () => {
  const { settings } = makeDatabase();
  await stopService(await startService({ ...settings, API_KEY: chosenKey }));
  const other = 'another-key-of-the-operator';
  const service = await startService({ ...settings, API_KEY: other });
  expect(await statusOfKey(service.address, other)).toBe(401);
  expect(await statusOfKey(service.address, chosenKey)).toBe(200);
  expect(service.log()).toContainEqual(
    expect.objectContaining({ msg: expect.stringContaining('API_KEY is not used') }),
  );
  expect(outputOf(service)).not.toContain(other);
});

test('shows the key it makes at the first start alone, and in no line of the log', async () => {
  const { settings } = makeDatabase();
  const first = await startService({ ...settings, LOG_LEVEL: 'trace' });
  const key = readShownKey(first);
  expect(await statusOfKey(first.address, key)).toBe(200);
  await stopService(first);
  // The notice, and the three commands to paste.
  expect(first.stdout().split(key)).toHaveLength(1 + 1 + 3);
  expect(
    first
      .stdout()
      .match(/\blk_[\w-]{43}\b/g)
      ?.filter((found) => found !== key),
  ).toEqual([]);
  expect(first.stderr()).not.toContain(key);
  expect(JSON.stringify(first.log())).not.toContain(key);

  const second = await startService(settings);
  expect(await statusOfKey(second.address, key)).toBe(200);
  await stopService(second);
  expect(outputOf(second)).not.toMatch(/lk_/);
  expect(second.stdout()).not.toContain('curl');
});

test('shows three commands that work as they are: grpcurl, curl for Connect, curl for REST', async () => {
  const { settings } = makeDatabase();
  const service = await startService(settings);
  const commands = service.stdout().match(/^ +(?:grpcurl|curl) .*$/gm) ?? [];
  const [grpc = '', connect = '', rest = '', ...others] = commands;
  expect(others).toEqual([]);

  const { host } = new URL(service.address);
  const [, hostGiven, method] = grpc.match(/ ([\d.:]+) (ledger\.v1\.\w+\/\w+)$/) ?? [];
  expect(grpc).toMatch(/^ +grpcurl -plaintext /);
  expect(hostGiven).toBe(host);
  const opened = await fetch(`http://${hostGiven}/${method}`, {
    ...toRequest(grpc),
    headers: { ...toRequest(grpc).headers, 'content-type': 'application/json' },
  });
  expect(opened.status).toBe(200);

  const read = await fetch(urlOf(connect), toRequest(connect));
  expect(await read.json()).toMatchObject({ customer: { externalId: 'customer-1' } });
  const listed = await fetch(urlOf(rest), toRequest(rest));
  expect(await listed.json()).toMatchObject([{ externalId: 'customer-1' }]);
});

/** Reads the headers and the body of a command in the way that a shell and curl do. */
function toRequest(command: string): RequestInit {
  const headers = [...command.matchAll(/ -H '([^:']+): ([^']+)'/g)].map(
    ([, name = '', value = '']) => [name, value] as [string, string],
  );
  const body = command.match(/ -d '([^']+)'/)?.[1];
  return {
    headers: Object.fromEntries(headers),
    ...(body !== undefined && { method: 'POST', body }),
  };
}

function urlOf(command: string): string {
  return command.match(/(http:[^' ]+)'?$/)?.[1] ?? '';
}

test('makes one key when two services start at once on an empty database', async () => {
  const { settings, collections } = makeDatabase();
  const services = await Promise.all([startService(settings), startService(settings)]);
  expect(await collections.keys.countDocuments()).toBe(1);
  const shown = services.filter((service) => service.stdout().includes('lk_'));
  expect(shown).toHaveLength(1);
  const key = readShownKey(shown[0]!);
  for (const { address } of services) expect(await statusOfKey(address, key)).toBe(200);
});

test('refuses a standalone mongod at once, and says what to do', async () => {
  const port = await findFreePort();
  const dbPath = await makeDataDir();
  const mongod = spawn(
    inject('mongodBinary'),
    ['--dbpath', dbPath, '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const gone = once(mongod, 'close');
  onTestFinished(async () => {
    mongod.kill('SIGKILL');
    await gone;
  });
  let output = '';
  mongod.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await vi.waitUntil(() => output.includes('Waiting for connections'), { timeout: 30_000 });

  const child = startChild('main.ts', { MONGODB_URI: `mongodb://127.0.0.1:${port}/ledger` });
  const sentence = await expectRefusedStart(child);
  expect(sentence).toMatch(/standalone.*--replSet.*rs\.initiate\(\)/);
  expect(child.stdout()).toBe('');
});

test('names every variable that is wrong, without its value', async () => {
  const wrong = {
    API_KEY: 'a secret with spaces in it',
    PORT: '99999',
    DRAIN_TIMEOUT_MS: '-17',
    BODY_BYTES_MAX: '17seventeen',
    LOG_LEVEL: 'chatty',
  };
  const child = startChild('main.ts', wrong);
  const sentences = await expectRefusedStart(child);
  for (const [name, value] of Object.entries(wrong)) {
    expect(sentences).toContain(`${name} must be `);
    expect(outputOf(child)).not.toContain(value);
  }
});

test.each([
  ['is none', 'postgres://ledger:hunter2hunter2@127.0.0.1/ledger'],
  ['cannot be parsed', 'mongodb://ledger:hunter2@hunter2@127.0.0.1/ledger'],
  ['has an unknown option', 'mongodb://ledger:hunter2hunter2@127.0.0.1/ledger?hunter2=17'],
])('names MONGODB_URI when it %s, without its value', async (_, uri) => {
  const child = startChild('main.ts', { MONGODB_URI: uri });
  expect(await expectRefusedStart(child)).toContain('MONGODB_URI');
  expect(outputOf(child)).not.toContain('hunter2');
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  'ends well by %s while it waits for a database that is away, and tells no password',
  async (signal) => {
    const password = 'hunter2hunter2';
    const port = await findFreePort();
    const child = startChild('main.ts', {
      MONGODB_URI: `mongodb://ledger:${password}@127.0.0.1:${port}/?replicaSet=rs0`,
      LOG_LEVEL: 'trace',
    });
    await child.logged('waiting for the database');
    child.kill(signal);
    // A service that waited on would end with status 1 when its patience is over.
    expect(await waitForEnd(child)).toEqual({ status: 0, signal: null });
    expect(outputOf(child)).not.toContain(password);
    expect(child.stderr()).toBe('');
  },
);

test('waits for a database that starts later than it does', async () => {
  const database = await startOwnDatabase();
  onTestFinished(() => database.close());
  await database.stop();
  const child = startChild('main.ts', { MONGODB_URI: database.uri, MONGODB_DATABASE: 'late' });
  await vi.waitUntil(
    () => child.log().filter(({ msg }) => msg === 'waiting for the database').length >= 2,
    { timeout: 20_000, interval: 50 },
  );
  await database.start();
  await child.logged('ready');
  child.kill('SIGTERM');
  expect(await waitForEnd(child)).toEqual({ status: 0, signal: null });
});

test('tells a wrong password of the database without repeating it', async () => {
  const uri = new URL(inject('mongodbUri'));
  uri.username = 'nobody';
  uri.password = 'hunter2hunter2';
  const child = startChild('main.ts', { MONGODB_URI: uri.href, LOG_LEVEL: 'trace' });
  expect(await expectRefusedStart(child)).toContain('MONGODB_URI');
  expect(outputOf(child)).not.toContain('hunter2');
});

test('refuses a port that is taken, and makes no key that nobody sees', async () => {
  const { settings, collections } = makeDatabase();
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const port = String((server.address() as { port: number }).port);
  const child = startChild('main.ts', { ...settings, PORT: port });
  expect(await expectRefusedStart(child)).toContain(port);
  expect(await collections.keys.countDocuments()).toBe(0);
  expect(child.stdout()).not.toContain('lk_');
  expect(child.stdout()).not.toContain('stack');
});
