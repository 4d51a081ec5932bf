import { ObjectId } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Server, startServer } from '../../src/server.ts';
import { type Collections, openCollections } from '../../src/store/documents.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { type LedgerClient, type Protocol, protocols } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { Refusal } from '../support/clients/refusal.ts';
import { createExternalId, silent } from '../support/database.ts';
import { expectWholeHistory } from '../support/history.ts';
import { expectInvariants } from '../support/invariants.ts';
import { type OwnDatabase, startOwnDatabase } from '../support/own-database.ts';

const requestTimeoutMs = 3_000;
/** How much later than its deadline an answer may be seen on a machine that is busy. */
const latenessMs = 1_500;

let database: OwnDatabase;
let collections: Collections;
let store: Store;
let server: Server;
let key: string;

beforeEach(async () => {
  database = await startOwnDatabase();
  collections = openCollections(database.client.db('outage'));
  store = await openStore({ uri: database.uri, name: 'outage' }, silent);
  const created = await store.keys.create({ tenant: 'default', name: 'test' });
  key = created?.key ?? '';
  const limits = { drainTimeoutMs: 1_000, requestTimeoutMs, bodyBytesMax: 65_536 };
  server = await startServer({ host: '127.0.0.1', port: 0, ...limits }, store, silent);
});
afterEach(async () => {
  await server.stop();
  await store.close();
  await database.close();
});

/** A client that disables and enables a customer of its own, one call after the other. */
interface Worker {
  readonly protocol: Protocol;
  readonly customerId: string;
  accepted: number;
  /** Calls that were refused in a way that does not tell whether they were done. */
  unknown: number;
  readonly refusals: { code: string; ms: number }[];
  stop(): Promise<void>;
}

/** What the status of a change tells on REST, in the words of the other protocols. */
const restCodes: Readonly<Record<number, string>> = {
  403: 'FAILED_PRECONDITION',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

async function startWorker(protocol: Protocol): Promise<Worker> {
  const client = openClient(protocol, { address: server.address, key });
  const account = await client.createAccount({
    currency: 'EUR',
    customer: { externalId: createExternalId() },
  });
  let stopped = false;
  const id = account.customerId ?? '';
  const worker: Worker = {
    protocol,
    customerId: id,
    accepted: 0,
    unknown: 0,
    refusals: [],
    async stop() {
      stopped = true;
      await running;
    },
  };
  const running = (async () => {
    let enabled = true;
    while (!stopped) enabled = await toggle(client, worker, id, enabled);
  })();
  return worker;
}

/** A client that opens accounts of one customer, one call after the other, and deactivates every other one. */
interface Opener {
  readonly protocol: Protocol;
  readonly customerId: string;
  /** The accounts that were answered, and whether each is still active, as far as the client was told. */
  readonly answered: Map<string, boolean>;
  readonly codes: Set<string>;
  stop(): Promise<void>;
}

async function startOpener(protocol: Protocol): Promise<Opener> {
  const client = openClient(protocol, { address: server.address, key });
  const customer = { externalId: createExternalId() };
  const first = await client.createAccount({ currency: 'EUR', customer });
  let stopped = false;
  const opener: Opener = {
    protocol,
    customerId: first.customerId ?? '',
    answered: new Map(),
    codes: new Set(),
    async stop() {
      stopped = true;
      await running;
    },
  };
  const running = (async () => {
    while (!stopped) {
      try {
        const { id } = await client.createAccount({ currency: 'EUR', customer });
        opener.answered.set(id, true);
        if (opener.answered.size % 2 === 0) continue;
        await client.deactivateAccount(id);
        opener.answered.set(id, false);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        opener.codes.add(error.code ?? restCodes[error.status ?? 0] ?? `status ${error.status}`);
      }
    }
  })();
  return opener;
}

/** Changes the customer once; gives the state that it has as far as the client can tell. */
async function toggle(
  client: LedgerClient,
  worker: Worker,
  id: string,
  enabled: boolean,
): Promise<boolean> {
  const start = performance.now();
  try {
    await (enabled ? client.disableCustomer({ id }) : client.enableCustomer({ id }));
    worker.accepted += 1;
    return !enabled;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const code = error.code ?? restCodes[error.status ?? 0] ?? `status ${error.status}`;
    // Refused by its state: the call before, which was not acknowledged, was done nevertheless.
    if (code === 'FAILED_PRECONDITION') return !enabled;
    worker.unknown += 1;
    worker.refusals.push({ code, ms: performance.now() - start });
    return enabled;
  }
}

const statusOf = async (path: string) => (await fetch(server.address + path)).status;

/** Reads a customer by Connect with a deadline of its own; gives the status, and how long it took. */
async function readWithin(timeoutMs: number): Promise<{ status: number; ms: number }> {
  const start = performance.now();
  const response = await fetch(`${server.address}/ledger.v1.CustomerService/ListCustomers`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'connect-timeout-ms': String(timeoutMs),
      'x-api-key': key,
    },
    body: '{}',
  });
  await response.body?.cancel();
  return { status: response.status, ms: performance.now() - start };
}

async function expectNothingLost(workers: readonly Worker[]): Promise<void> {
  const customers = await collections.customers.find().toArray();
  for (const worker of workers) {
    const customer = customers.find(({ _id }) => _id.toHexString() === worker.customerId);
    const changes = (customer?.version ?? 0) - 1;
    expect(changes, worker.protocol).toBeGreaterThanOrEqual(worker.accepted);
    expect(changes, worker.protocol).toBeLessThanOrEqual(worker.accepted + worker.unknown);
  }
  await expectInvariants(collections);
  await expectWholeHistory(collections, 'customer');
  await expectWholeHistory(collections, 'account');
}

/** Asserts that every account that was answered is there, and in no state that the client was not told or has not asked for. */
async function expectNoneLost(openers: readonly Opener[]): Promise<void> {
  for (const { protocol, customerId, answered } of openers) {
    const kept = await collections.accounts
      .find({ customerId: new ObjectId(customerId) })
      .toArray();
    const active = new Map(kept.map((account) => [account._id.toHexString(), account.active]));
    const lost = [...answered].filter(([id, isActive]) => {
      const isKept = active.get(id);
      // One that was not told to be inactive may be so, where the answer was lost.
      return isKept === undefined || (isKept && !isActive);
    });
    expect(lost, protocol).toEqual([]);
    expect(answered.size, protocol).toBeGreaterThan(10);
  }
}

async function untilAccepted(workers: readonly Worker[], more: number): Promise<void> {
  const goals = workers.map((worker) => worker.accepted + more);
  await vi.waitFor(
    () => {
      for (const [index, worker] of workers.entries()) {
        expect(worker.accepted, worker.protocol).toBeGreaterThanOrEqual(goals[index] ?? 0);
      }
    },
    { timeout: 40_000, interval: 50 },
  );
}

describe('under load, a mongod', () => {
  it.each(['kill', 'stop'] as const)(
    'that goes away by %s is told as UNAVAILABLE, and all is well when it is back',
    async (end) => {
      const workers = await Promise.all(protocols.map(startWorker));
      const openers = await Promise.all(protocols.map(startOpener));
      await untilAccepted(workers, 10);

      await database[end]();
      await vi.waitFor(async () => expect(await statusOf('/readyz')).toBe(503), 10_000);
      expect(await statusOf('/healthz')).toBe(200);
      await vi.waitFor(
        () => {
          for (const worker of workers) expect(worker.refusals.length).toBeGreaterThanOrEqual(2);
        },
        { timeout: 30_000, interval: 50 },
      );
      for (const timeoutMs of [400, 1_000, 1_500]) {
        const { status, ms } = await readWithin(timeoutMs);
        expect(status).toBe(503);
        expect(ms).toBeLessThan(timeoutMs + latenessMs);
      }
      const list = await fetch(`${server.address}/v3/ledger/customer?pageSize=1`, {
        headers: { 'x-api-key': key },
      });
      expect(list.status).toBe(503);
      expect(Number(list.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await list.json()).toMatchObject({ statusCode: 503 });

      await database.start();
      await untilAccepted(workers, 10);
      await vi.waitFor(async () => expect(await statusOf('/readyz')).toBe(200), 10_000);
      await Promise.all([...workers, ...openers].map((client) => client.stop()));

      for (const { protocol, codes } of openers)
        expect([...codes], protocol).toEqual(['UNAVAILABLE']);
      await expectNoneLost(openers);
      for (const { protocol, refusals } of workers) {
        const codes = new Set(refusals.map(({ code }) => code));
        expect([...codes], protocol).toEqual(['UNAVAILABLE']);
        const slowest = Math.max(...refusals.map(({ ms }) => ms));
        expect(slowest, protocol).toBeLessThan(requestTimeoutMs + latenessMs);
      }
      await expectNothingLost(workers);
    },
    120_000,
  );

  it('that is frozen for longer than keys are remembered does not outlast a deadline', async () => {
    const workers = await Promise.all(protocols.map(startWorker));
    await untilAccepted(workers, 5);
    database.freeze();
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    const { status, ms } = await readWithin(1_000);
    expect([503, 504]).toContain(status);
    expect(ms).toBeLessThan(1_000 + latenessMs);
    database.thaw();
    await untilAccepted(workers, 5);
    await Promise.all(workers.map((worker) => worker.stop()));

    for (const { protocol, refusals } of workers) {
      const codes = new Set(refusals.map(({ code }) => code));
      codes.delete('UNAVAILABLE');
      codes.delete('DEADLINE_EXCEEDED');
      expect([...codes], protocol).toEqual([]);
      const slowest = Math.max(0, ...refusals.map(({ ms }) => ms));
      expect(slowest, protocol).toBeLessThan(requestTimeoutMs + latenessMs);
    }
    await expectNothingLost(workers);
  }, 120_000);
});
