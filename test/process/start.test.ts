import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  expectRefusedStart,
  outputOf,
  readShownKey,
  startChild,
  startService,
  stopService,
} from './child.ts';
import { chosenKey, makeDatabase, statusOfKey } from './ledger.ts';

// Every test starts processes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

test.each([
  ['the IPv4 loopback unless it is told another', {}, 'http://127.0.0.1:'],
  ['HOST', { HOST: '::1' }, 'http://[::1]:'],
])('listens on %s, and says once that it is ready and where', async (_, host, expected) => {
  const { settings } = makeDatabase();
  const service = await startService({ ...settings, ...host });
  expect(service.address.startsWith(expected)).toBe(true);
  expect(service.log().filter(({ msg }) => msg === 'ready')).toHaveLength(1);
  for (const path of ['/healthz', '/readyz']) {
    expect((await fetch(service.address + path)).status).toBe(200);
  }
});

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
