import { readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { startByNpm, waitForEnd } from './child.ts';
import {
  callConnect,
  chosenKey,
  makeDatabase,
  makeDataDir,
  openAccount,
  statusOfKey,
} from './ledger.ts';

// npm compiles the sources first, and a start takes its time on a busy machine.
vi.setConfig({ testTimeout: 90_000 });

test('npm start brings a stranger from nothing to a disabled customer, and npm run keys to a second key', async () => {
  const settings = { DATA_DIR: await makeDataDir() };
  const service = startByNpm(settings);
  const address = String((await service.logged('ready')).address);
  const key = /^ {4}(lk_\S+)$/m.exec(service.stdout())?.[1] ?? '';

  const opened = await openAccount(address, key, 'customer-1');
  const disabled = await callConnect(address, key, 'DisableCustomer', { externalId: 'customer-1' });

  expect(opened.status).toBe(200);
  expect(disabled).toMatchObject({ status: 200, body: { customer: { enabled: false } } });

  const creating = ['run', '--silent', 'keys', '--', 'create', '--tenant', 'default'];
  const command = startByNpm(settings, creating);
  expect(await waitForEnd(command)).toMatchObject({ status: 0 });
  expect(await statusOfKey(address, JSON.parse(command.stdout()).key)).toBe(200);

  service.kill('SIGTERM');
  expect(await waitForEnd(service)).toMatchObject({ status: 0 });
});

test.each([
  ['SIGTERM, which a supervisor sends to npm', 'SIGTERM', 'kill'],
  ['SIGINT, which a terminal sends to npm and the service alike', 'SIGINT', 'killGroup'],
] as const)('npm start drains by %s', async (_, signal, kill) => {
  const database = makeDatabase();
  const service = startByNpm({ ...database.settings, API_KEY: chosenKey });
  const address = String((await service.logged('ready')).address);
  await openAccount(address, chosenKey, 'customer-1');
  const session = database.client.startSession();
  session.startTransaction();
  const { customers } = database.collections;
  // Another transaction holds the customer, so that the call is in flight until it commits.
  await vi.waitUntil(() => customers.findOne({ pending: [] }), { timeout: 10_000 });
  await customers.updateOne({}, { $set: { providerCountry: 'FR' } }, { session });
  const held = callConnect(address, chosenKey, 'DisableCustomer', { externalId: 'customer-1' });
  await vi.waitUntil(
    async () => {
      const operations = await database.client
        .db('admin')
        .aggregate([
          { $currentOp: { allUsers: true } },
          { $match: { ns: customers.namespace, 'command.findAndModify': 'customers' } },
        ])
        .toArray();
      return operations.length > 0;
    },
    { timeout: 10_000, interval: 20 },
  );

  service[kill](signal);
  await service.logged('draining');
  await session.commitTransaction();
  await session.endSession();

  expect(await held).toMatchObject({ status: 200, body: { customer: { enabled: false } } });
  expect(await waitForEnd(service)).toMatchObject({ status: 0 });
});

test.each([
  ['the embedded database', async () => ({ DATA_DIR: await makeDataDir() })],
  ['a database of its own', async () => makeDatabase().settings],
])(
  'a service with %s holds less than 120 MB at rest, mongod not counted',
  async (_, toSettings) => {
    // Compiled code that is read from a cache takes another amount of memory than what node compiles.
    const service = startByNpm({ ...(await toSettings()), NODE_COMPILE_CACHE: '' });
    await service.logged('ready');
    await sleep(3_000);
    // npm's only child is the service, as which the shell that npm started goes on, on the Node of the project.
    const pid = await readChild(service.pid);
    expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).toMatch(/^node\0.*\0dist\/main\.js\0$/);
    expect(await readlink(`/proc/${pid}/exe`)).toMatch(
      /\/node_modules\/node-linux-\w+\/bin\/node$/,
    );
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const megabytes = (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024) / 1e6;
    expect(megabytes).toBeLessThan(120);
    service.kill('SIGTERM');
    expect(await waitForEnd(service)).toMatchObject({ status: 0 });
  },
);

async function readChild(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim();
}
