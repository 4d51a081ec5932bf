import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import type { ClientSession, WithId } from 'mongodb';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../gen/grpc/health/v1/health_pb.js';
import type { ChangeDocument } from '../../src/store/documents.ts';
import { createHttp1Client, createHttp2Client } from '../support/raw-request.ts';
import { toConnect } from '../support/target.ts';
import { startService, waitForEnd } from './child.ts';
import { chosenKey, makeDatabase, openAccount, type TestDatabase } from './ledger.ts';

// Every test starts processes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const externalId = 'customer-of-stop';

/** Starts a service with a customer that another transaction has just written, so that no change of it can end. */
async function startHeldService(settings: Record<string, string> = {}) {
  const database = makeDatabase();
  const service = await startService({ ...database.settings, API_KEY: chosenKey, ...settings });
  expect((await openAccount(service.address, chosenKey, externalId)).status).toBe(200);
  await waitUntilCopied(database);
  const session = startTransaction(database);
  await database.collections.customers.updateOne(
    { externalId },
    { $set: { providerCountry: 'FR' } },
    { session },
  );
  return { database, service, release: () => session.commitTransaction() };
}

/** Opens a transaction that is given up with the test, if it is not ended before. */
function startTransaction({ client }: TestDatabase): ClientSession {
  const session = client.startSession();
  onTestFinished(() => session.endSession());
  session.startTransaction();
  return session;
}

/** Waits until the history of the customer is where it is kept, so that the relay writes to it no more. */
async function waitUntilCopied({ collections: { customers } }: TestDatabase): Promise<void> {
  await vi.waitUntil(() => customers.findOne({ externalId, pending: [] }), {
    timeout: 10_000,
    interval: 20,
  });
}

/** Waits until the database has a change of a customer that it cannot make yet. */
async function waitUntilHeld({ client, collections }: TestDatabase): Promise<void> {
  const held = [
    { $currentOp: { allUsers: true } },
    {
      $match: {
        ns: collections.customers.namespace,
        'command.findAndModify': 'customers',
        writeConflicts: { $gt: 0 },
      },
    },
  ];
  await vi.waitUntil(async () => (await client.db('admin').aggregate(held).toArray()).length > 0, {
    timeout: 10_000,
    interval: 20,
  });
}

function disable() {
  return toConnect('DisableCustomer', JSON.stringify({ externalId }), { 'x-api-key': chosenKey });
}

/** Tells how the service meets a new connection. */
async function tryToConnect(address: string): Promise<string> {
  const { hostname, port } = new URL(address);
  const socket = connect({ host: hostname, port: Number(port) });
  try {
    await once(socket, 'connect');
    return 'connected';
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  } finally {
    socket.destroy();
  }
}

test.each([
  ['SIGTERM', 'HTTP/1.1', createHttp1Client],
  ['SIGINT', 'HTTP/2', createHttp2Client],
] as const)(
  'finishes a call in flight after %s over %s, and takes no connection any more',
  async (signal, _, createRawClient) => {
    const { database, service, release } = await startHeldService();
    const client = createRawClient(service.address);
    onTestFinished(() => client.close());
    const answering = client.send(disable());
    await waitUntilHeld(database);
    service.kill(signal);
    await service.logged('draining');
    await vi.waitUntil(async () => (await tryToConnect(service.address)) === 'ECONNREFUSED', {
      timeout: 5_000,
      interval: 10,
    });
    // It waits for the call, and for nothing else.
    expect(service.log().at(-1)).toMatchObject({ msg: 'draining', signal });
    await release();
    const answer = await answering;
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      customer: { enabled: false, providerCountry: 'FR' },
    });
    expect(await waitForEnd(service)).toEqual({ status: 0, signal: null });
    expect(service.log()).toContainEqual(
      expect.objectContaining({ msg: 'drained', outcome: 'drained' }),
    );
    expect(service.stderr()).toBe('');
    const kept = await database.collections.customers.findOne({ externalId });
    expect(kept).toMatchObject({ enabled: false });
    // The end waits for the history, too.
    expect(kept?.pending).toEqual([]);
  },
);

test('finishes a call that ends in the last second of the drain', async () => {
  const { database, service, release } = await startHeldService({ DRAIN_TIMEOUT_MS: '6000' });
  const answering = createHttp1Client(service.address).send(disable());
  await waitUntilHeld(database);
  service.kill('SIGTERM');
  await service.logged('draining');
  // From here on long streams are ended, and nothing else.
  await sleep(5_200);
  await release();
  expect((await answering).status).toBe(200);
  expect(await waitForEnd(service)).toEqual({ status: 0, signal: null });
  expect(service.log()).toContainEqual(
    expect.objectContaining({ msg: 'drained', outcome: 'drained' }),
  );
});

test.each([
  ['SIGTERM', 'SIGTERM'],
  ['SIGINT', 'SIGINT'],
  ['SIGTERM', 'SIGINT'],
] as const)(
  'ends at once by %s and then %s, although a call is in flight',
  async (first, second) => {
    const { database, service } = await startHeldService();
    const answering = createHttp1Client(service.address).send(disable());
    answering.catch(() => undefined);
    await waitUntilHeld(database);
    service.kill(first);
    await service.logged('draining');
    // One that comes within half a second is the same one, which a terminal sends twice.
    await sleep(700);
    service.kill(second);
    // The transaction is still open: nothing but the second signal can have ended it.
    expect(await waitForEnd(service)).toEqual({ status: 130, signal: null });
    await expect(answering).rejects.toThrow();
  },
);

test('cuts a call that outlasts DRAIN_TIMEOUT_MS, and ends well', async () => {
  const { database, service } = await startHeldService({ DRAIN_TIMEOUT_MS: '2000' });
  const begin = performance.now();
  const answering = createHttp1Client(service.address)
    .send(disable())
    .then(
      (answer) => answer.status,
      () => 'cut',
    );
  await waitUntilHeld(database);
  const signalled = performance.now();
  service.kill('SIGTERM');
  await answering;
  // Not a moment before its time; where the service's own clock began a little earlier, that is not told.
  expect(performance.now() - signalled).toBeGreaterThan(1_900);
  expect(performance.now() - begin).toBeLessThan(15_000);
  expect(await waitForEnd(service)).toEqual({ status: 0, signal: null });
  expect(['cut', 503]).toContain(await answering);
});

test('ends well although the database does not take the history, and the next service copies it', async () => {
  const database = makeDatabase();
  const { customers, changes } = database.collections;
  const settings = { ...database.settings, API_KEY: chosenKey, DRAIN_TIMEOUT_MS: '300' };
  const service = await startService(settings);
  await openAccount(service.address, chosenKey, externalId);
  await waitUntilCopied(database);
  const customer = await customers.findOne({ externalId });
  const session = startTransaction(database);
  // The place of the next change in the history is held by another transaction, so that its copy waits.
  await changes.insertOne(
    {
      _id: { tenant: customer!.tenant, resource: customer!._id, version: 2 },
    } as WithId<ChangeDocument>,
    { session },
  );
  expect((await createHttp1Client(service.address).send(disable())).status).toBe(200);
  service.kill('SIGTERM');
  expect(await waitForEnd(service)).toEqual({ status: 0, signal: null });
  await session.abortTransaction();
  await startService(settings);
  await waitUntilCopied(database);
});

test('tells a watch of health that it stops, ends it as unavailable, and ends well', async () => {
  const { settings } = makeDatabase();
  const service = await startService({ ...settings, DRAIN_TIMEOUT_MS: '300' });
  const transport = createGrpcTransport({ baseUrl: service.address });
  const statuses: ServingStatus[] = [];
  const watching = (async () => {
    for await (const { status } of createClient(Health, transport).watch({ service: '' })) {
      statuses.push(status);
      if (statuses.length === 1) service.kill('SIGTERM');
    }
  })();
  const end = await watching.catch((error: unknown) => error);
  expect(statuses).toEqual([ServingStatus.SERVING, ServingStatus.NOT_SERVING]);
  expect(end).toBeInstanceOf(ConnectError);
  expect(end).toMatchObject({ code: Code.Unavailable });
  expect(await waitForEnd(service)).toEqual({ status: 0, signal: null });
  expect(service.stderr()).toBe('');
});
