import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { MongoClient } from 'mongodb';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { findFreePort } from '../../src/embedded/free-port.ts';
import { startOwnDatabase } from '../support/own-database.ts';
import {
  expectRefusedStart,
  outputOf,
  startChild,
  startService,
  stopService,
  waitForEnd,
} from './child.ts';
import { makeDatabase, makeDataDir } from './ledger.ts';

// Every test starts processes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

/** Starts a mongod that is no replica set of one, as the tests' own are, and gives its address. */
async function startMongod(...args: string[]): Promise<string> {
  const port = await findFreePort();
  const dbPath = await makeDataDir();
  const mongod = spawn(
    inject('mongodBinary'),
    [
      '--dbpath',
      dbPath,
      '--port',
      String(port),
      '--bind_ip',
      '127.0.0.1',
      '--nounixsocket',
      ...args,
    ],
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
  return `127.0.0.1:${port}`;
}

test('refuses a standalone mongod at once however it is named, and says what to do', async () => {
  const host = await startMongod();
  const nobody = `127.0.0.1:${await findFreePort()}`;
  const user = 'ledger:hunter2hunter2@';
  const uris = [
    `mongodb://${host}/ledger`,
    `mongodb://${host}/?replicaSet=rs0`,
    `mongodb://${user}${host}/?replicaSet=rs0`,
    `mongodb://${host}/?directConnection=true`,
    `mongodb://${host}/?directConnection=true&replicaSet=rs0`,
    `mongodb://${host},${nobody}/`,
    `mongodb://${nobody},${host}/?replicaSet=rs0`,
  ];
  const starts = uris.map((uri) => startChild('main.ts', { MONGODB_URI: uri }));
  for (const child of starts) {
    const sentence = await expectRefusedStart(child);
    expect(sentence).toMatch(/standalone.*--replSet.*rs\.initiate\(\)/);
    for (const part of ['mongodb://', host, 'hunter2']) expect(sentence).not.toContain(part);
    // It has not waited as for a database that is late, which it would say.
    expect(child.stdout()).toBe('');
  }
});

test.each([
  ['by its replica set', (host: string) => `mongodb://${host}/?replicaSet=rs0`],
  ['directly', (host: string) => `mongodb://${host}/?directConnection=true`],
  [
    'beside a standalone',
    async (host: string) => `mongodb://${await startMongod()},${host}/?replicaSet=rs0`,
  ],
])(
  'waits for the member of a replica set that is not initiated yet, named %s',
  async (_, toUri) => {
    const host = await startMongod('--replSet', 'rs0');
    const child = startChild('main.ts', { MONGODB_URI: await toUri(host) });
    await child.logged('waiting for the database');
    const member = new MongoClient(`mongodb://${host}/?directConnection=true`);
    onTestFinished(() => member.close());
    const config = { _id: 'rs0', members: [{ _id: 0, host }] };
    await member.db('admin').command({ replSetInitiate: config });
    await child.logged('ready');
  },
);

/** Stands between a service and the mongod of the tests, and gives another major version for the server's own. */
async function startProxy(major: string): Promise<string> {
  const uri = new URL(inject('mongodbUri'));
  const server = { host: uri.hostname, port: Number(uri.port) };
  const proxy = createServer((socket) => {
    const upstream = connect(server);
    for (const end of [socket, upstream]) end.on('error', () => undefined);
    socket.on('close', () => upstream.destroy()).pipe(upstream);
    upstream.on('close', () => socket.destroy());
    upstream.on('data', (chunk) => {
      // A text in BSON is its name and a zero, its length in four bytes, and then its characters.
      const name = Buffer.from('\x02version\0');
      const index = chunk.indexOf(name);
      if (index >= 0) chunk.write(major, index + name.length + 4);
      socket.write(chunk);
    });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void proxy.close());
  await once(proxy, 'listening');
  uri.port = String((proxy.address() as { port: number }).port);
  uri.searchParams.delete('replicaSet');
  uri.searchParams.set('directConnection', 'true');
  return uri.href;
}

test.each(['5', '9'])('refuses MongoDB %s at once, and says which it needs', async (major) => {
  const child = startChild('main.ts', { MONGODB_URI: await startProxy(major) });
  expect(await expectRefusedStart(child)).toMatch(
    new RegExp(`is MongoDB ${major}\\.\\d.*; the ledger needs 6\\.0 to 8\\.x: use a server of one`),
  );
  expect(child.stdout()).toBe('');
});

test.each(['6', '8'])('takes MongoDB %s', async (major) => {
  const { settings } = makeDatabase();
  const service = await startService({ ...settings, MONGODB_URI: await startProxy(major) });
  const version = expect.stringMatching(`^${major}\\.`);
  expect(service.log()).toContainEqual(expect.objectContaining({ version }));
  await stopService(service);
});

test('waits for a database that goes away while it connects', async () => {
  const database = await startOwnDatabase();
  onTestFinished(() => database.close());
  await database.failCommands(['buildInfo'], { times: 1, closeConnection: true });
  const child = startChild('main.ts', { MONGODB_URI: database.uri });
  await child.logged('waiting for the database');
  await child.logged('ready');
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
