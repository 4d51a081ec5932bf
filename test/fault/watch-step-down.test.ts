import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { disabling, enabling } from '../../src/domain/customer.ts';
import { isLedgerError } from '../../src/domain/ledger-error.ts';
import { type Server, startServer } from '../../src/server.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { type Protocol, protocols } from '../support/clients/ledger-client.ts';
import { Refusal } from '../support/clients/refusal.ts';
import { openWatch } from '../support/clients/watch-client.ts';
import { createCall, createExternalId, silent } from '../support/database.ts';
import { type OwnDatabase, startOwnDatabase } from '../support/own-database.ts';
import { readEvent } from '../support/watching.ts';

// A primary that stepped down is back after a few seconds, each time.
vi.setConfig({ testTimeout: 120_000 });

const stepDowns = 2;

let database: OwnDatabase;
let store: Store;
let server: Server;
let key: string;
beforeAll(async () => {
  database = await startOwnDatabase();
  store = await openStore({ uri: database.uri, name: 'watched' }, silent);
  const created = await store.keys.create({ tenant: 'default', name: 'test' });
  key = created?.key ?? '';
  const limits = { drainTimeoutMs: 1_000, requestTimeoutMs: 5_000, bodyBytesMax: 65_536 };
  server = await startServer({ host: '127.0.0.1', port: 0, ...limits }, store, silent);
});
afterAll(async () => {
  await server.stop();
  await store.close();
  await database.close();
});

/** Changes a customer, however often there is no primary, and gives the version that it has then. */
async function change(id: string): Promise<number> {
  const { enabled, version } = await insist(() => store.customers.get(createCall(), { id }));
  const step = enabled ? disabling : enabling;
  await store.customers.transition(createCall(), { id }, step).catch(() => undefined);
  const after = await insist(() => store.customers.get(createCall(), { id }));
  return Math.max(version, after.version);
}

async function insist<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isLedgerError(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** A reader that begins its watch again behind its last position whenever it ends. */
function follow(protocol: Protocol, id: string) {
  const versions: number[] = [];
  const ends: string[] = [];
  const target = { address: server.address, key };
  let position = '';
  const read = async (isLast: (version: number) => boolean): Promise<void> => {
    const watching = openWatch(protocol, target, { ref: { id }, position, heartbeatMs: 1_000 });
    try {
      for (;;) {
        const told = await readEvent(watching);
        position = told.position;
        if (!told.change) continue;
        versions.push(told.change.version);
        if (isLast(told.change.version)) return watching.cancel();
      }
    } catch (error) {
      const code = error instanceof Refusal ? (error.code ?? `${error.status}`) : 'ended';
      ends.push(code);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await read(isLast);
    }
  };
  return { protocol, versions, ends, read, hasBegun: () => position !== '' };
}

it('a watch goes on behind its last position, over every protocol, when its primary steps down', async () => {
  const customer = { externalId: createExternalId() };
  const account = await store.accounts.open(createCall(), { currency: 'EUR', customer });
  const id = account.customerId ?? '';
  let last = Number.POSITIVE_INFINITY;
  const readers = protocols.map((protocol) => follow(protocol, id));
  const reading = Promise.all(readers.map(({ read }) => read((version) => version >= last)));
  await vi.waitUntil(() => readers.every(({ hasBegun }) => hasBegun()), { timeout: 20_000 });

  const admin = database.client.db('admin');
  for (let count = 0; count < stepDowns; count += 1) {
    for (let changes = 0; changes < 20; changes += 1) await change(id);
    await admin.command({ replSetStepDown: 1, secondaryCatchUpPeriodSecs: 0, force: true });
  }
  for (let changes = 0; changes < 20; changes += 1) await change(id);
  // The next change is the last one.
  last = (await store.customers.get(createCall(), { id })).version + 1;
  while ((await change(id)) < last);
  await reading;

  const { version } = await store.customers.get(createCall(), { id });
  expect(version).toBeGreaterThan(40);
  for (const { protocol, versions, ends } of readers) {
    // From the first that it was told on, which follows the opening, none is missing; one may come twice.
    const told = [...new Set(versions)];
    const first = told[0] ?? 0;
    expect(told, protocol).toEqual(
      Array.from({ length: version - first + 1 }, (_, n) => first + n),
    );
    expect(first, protocol).toBeLessThanOrEqual(2);
    // It goes on by itself, or is told that the database is away.
    for (const end of ends) expect(['UNAVAILABLE', '503', 'ended'], protocol).toContain(end);
  }
});
