import { expect, test, vi } from 'vitest';
import { startByNpm, waitForEnd } from './child.ts';
import { callConnect, chosenKey, makeDatabase, makeDataDir, openAccount } from './ledger.ts';

// npm compiles the sources first, and a start takes its time on a busy machine.
vi.setConfig({ testTimeout: 90_000 });

test('npm start brings a stranger from nothing to a disabled customer', async () => {
  const service = startByNpm({ DATA_DIR: await makeDataDir() });
  const address = String((await service.logged('ready')).address);
  const key = /^ {4}(lk_\S+)$/m.exec(service.stdout())?.[1] ?? '';

  const opened = await openAccount(address, key, 'customer-1');
  const disabled = await callConnect(address, key, 'DisableCustomer', { externalId: 'customer-1' });

  expect(opened.status).toBe(200);
  expect(disabled).toMatchObject({ status: 200, body: { customer: { enabled: false } } });
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
