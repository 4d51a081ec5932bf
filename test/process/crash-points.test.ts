import { ObjectId } from 'mongodb';
import { expect, onTestFinished, test, vi } from 'vitest';
import { accountDeactivation } from '../../src/domain/account.ts';
import type { CustomerChange, WatchEvent } from '../../src/domain/change.ts';
import { disabling } from '../../src/domain/customer.ts';
import type { Call } from '../../src/domain/ledger.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { withMonitoring } from '../support/commands.ts';
import { createCall, createExternalId, createLongCall, silent } from '../support/database.ts';
import { expectChain, expectWholeHistory, readChanges } from '../support/history.ts';
import { expectInvariants } from '../support/invariants.ts';
import { openFunded, openWithCustomer } from '../support/mutations.ts';
import { startOwnDatabase } from '../support/own-database.ts';
import { startService, waitForEnd } from './child.ts';
import { chosenKey, makeDatabase, type TestDatabase } from './ledger.ts';

// Every crash point starts a service, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 240_000 });

/** A change in which services are killed, of a target of its own. */
interface Change {
  readonly path: string;
  readonly message: object;
  readonly customerId: string;
  /** Makes it under the request id of the service that was killed; absent for a change without one. */
  readonly make?: (store: Store, call: Call) => Promise<unknown>;
  /** Asserts that it was made, and once; or, without a request id and an answer, at the most once. */
  readonly expectOnce: (isAnswered: boolean) => Promise<void>;
}

type Arrange = (store: Store, database: TestDatabase) => Promise<Change>;

const preload = new URL('programs/crash-point.ts', import.meta.url).href;

/** Makes a database whose server soon gives up the transactions of a killed service, in two seconds instead of a minute. */
async function makeForgetfulDatabase(): Promise<TestDatabase> {
  const own = await startOwnDatabase();
  onTestFinished(() => own.close());
  const parameters = { setParameter: 1, transactionLifetimeLimitSeconds: 2 };
  await own.client.db('admin').command(parameters);
  return makeDatabase(own.uri);
}

/** Opens a store on the database, does something, and closes it, which copies what waits for the relay. */
async function withStore<T>({ settings }: TestDatabase, work: (store: Store) => Promise<T>) {
  const { MONGODB_URI: uri = '', MONGODB_DATABASE: name = '' } = settings;
  const store = await openStore({ uri, name }, silent);
  return await work(store).finally(() => store.close());
}

/** Watches a customer from a position until an event that is looked for; gives it, and the changes until then. */
async function watchUntil(
  store: Store,
  { customerId, position }: { customerId: string; position: string },
  isLast: (event: WatchEvent) => boolean,
): Promise<{ position: string; changes: CustomerChange[] }> {
  const stop = new AbortController();
  const call = createLongCall(stop.signal);
  const changes: CustomerChange[] = [];
  const start = { position, heartbeatMs: 60_000 };
  for await (const event of store.changes.watch(call, { id: customerId }, start)) {
    if (event.change) changes.push(event.change);
    if (isLast(event)) return { position: event.position, changes };
  }
  throw new Error('the watch has ended');
}

/** Has a service make a change, and kills it at a crash point; gives the commands it told of, and whether it has answered. */
async function crashAt(
  { settings }: TestDatabase,
  crashPoint: string,
  { path, message }: Change,
  requestId: string | undefined,
): Promise<{ commands: string[]; isAnswered: boolean }> {
  const service = await startService({
    ...settings,
    MONGODB_URI: withMonitoring(settings.MONGODB_URI ?? ''),
    API_KEY: chosenKey,
    NODE_OPTIONS: `--import=${preload}`,
    CRASH_POINT: crashPoint,
  });
  service.kill('SIGUSR2');
  await service.logged('armed');
  const answer = fetch(`${service.address}/ledger.v1.${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': chosenKey },
    body: JSON.stringify({ ...message, requestId }),
  });
  if (crashPoint !== 'none') {
    const [outcome] = await Promise.allSettled([answer, service.ended]);
    expect(await waitForEnd(service)).toEqual({ status: null, signal: 'SIGKILL' });
    // A service that is killed by its relay has answered.
    if (outcome.status === 'fulfilled') expect(outcome.value.status).toBe(200);
    return { commands: [], isAnswered: outcome.status === 'fulfilled' };
  }
  expect((await answer).status).toBe(200);
  service.kill('SIGTERM');
  // What waits for the relay is copied before the end.
  await waitForEnd(service);
  const commands = service
    .log()
    .filter(({ msg }) => msg === 'command')
    .map(({ name, collection }) => [name, collection].join(' ').trim());
  return { commands, isAnswered: true };
}

/** Makes a change through a crash and the next service, and asserts that nothing of it is lost or doubled. */
async function surviveCrash(
  database: TestDatabase,
  arrange: Arrange,
  crashPoint: string,
): Promise<string[]> {
  const { collections } = database;
  const { change, position } = await withStore(database, async (store) => {
    const arranged = await arrange(store, database);
    const from = { customerId: arranged.customerId, position: '' };
    return { change: arranged, ...(await watchUntil(store, from, () => true)) };
  });
  const { customerId, make } = change;
  const requestId = make && createExternalId();
  const before = await collections.customers.findOne({ _id: new ObjectId(customerId) });
  const { commands, isAnswered } = await crashAt(database, crashPoint, change, requestId);

  await withStore(database, async (store) => {
    // A service that only starts copies what another one left.
    if (!make || requestId === undefined) return;
    const again = () => make(store, createCall({ intent: { requestId } }));
    // A transaction of the killed service may hold what it has written for a while.
    const answer = await vi.waitFor(again, { timeout: 20_000, interval: 100 });
    expect(await again()).toEqual(answer);
  });
  await change.expectOnce(isAnswered);
  const customer = await collections.customers.findOne({ _id: new ObjectId(customerId) });
  expect(customer?.pending).toEqual([]);
  expectChain(await readChanges(collections, new ObjectId(customerId)), customer?.version ?? 0);
  const missed = (customer?.version ?? 0) - (before?.version ?? 0);
  if (missed > 0) {
    await withStore(database, async (store) => {
      const isLast = ({ change: seen }: WatchEvent) => seen?.version === customer?.version;
      const { changes } = await watchUntil(store, { customerId, position }, isLast);
      expect(changes.map((seen) => seen.requestId)).toContain(requestId);
    });
  }
  return commands;
}

/** Has a service crash between all commands that a change sends, the relay of its history included. */
async function surviveEveryCrash(arrange: Arrange): Promise<string[]> {
  const database = await makeForgetfulDatabase();
  const commands = await surviveCrash(database, arrange, 'none');
  for (let number = 1; number <= commands.length; number += 1) {
    await surviveCrash(database, arrange, `before ${number}`);
  }
  // To the database, after one command is before the next.
  await surviveCrash(database, arrange, `after ${commands.length}`);
  await expectInvariants(database.collections);
  await expectWholeHistory(database.collections, 'customer');
  await expectWholeHistory(database.collections, 'account');
  return commands;
}

test('makes a change of state once when it is killed at any command of it, or of its relay', async () => {
  const commands = await surviveEveryCrash(async (store, { collections }) => {
    const { customerId } = await openWithCustomer(store);
    return {
      path: 'CustomerService/DisableCustomer',
      message: { id: customerId },
      customerId,
      make: (next, call) => next.customers.transition(call, { id: customerId }, disabling),
      async expectOnce() {
        const history = await readChanges(collections, new ObjectId(customerId));
        expect(history.map(({ verb }) => verb)).toEqual(['CREATE', 'DISABLE']);
      },
    };
  });
  expect(commands).toEqual([
    'findAndModify customers',
    'find customers',
    'insert changes',
    'update customers',
  ]);
});

test('makes a change of state without a request id once or not at all when it is killed, and relays it at the next start', async () => {
  const made: string[][] = [];
  const commands = await surviveEveryCrash(async (store, { collections }) => {
    const { customerId } = await openWithCustomer(store);
    return {
      path: 'CustomerService/DisableCustomer',
      message: { id: customerId },
      customerId,
      async expectOnce(isAnswered) {
        const _id = new ObjectId(customerId);
        const [first, ...verbs] = (await readChanges(collections, _id)).map(({ verb }) => verb);
        expect(first).toBe('CREATE');
        if (isAnswered) expect(verbs).toEqual(['DISABLE']);
        const customer = await collections.customers.findOne({ _id });
        expect(customer?.enabled).toBe(verbs.length === 0);
        made.push(verbs);
      },
    };
  });
  expect(commands).toEqual([
    'findAndModify customers',
    'find customers',
    'insert changes',
    'update customers',
  ]);
  // Without a crash, before each command, and after the last.
  expect(made).toEqual([['DISABLE'], [], ...Array(4).fill(['DISABLE'])]);
});

test('makes the deactivation of an account once when it is killed at any command of it, or of its relay', async () => {
  const commands = await surviveEveryCrash(async (store, { collections }) => {
    const { id, customerId } = await openWithCustomer(store);
    return {
      path: 'AccountService/DeactivateAccount',
      message: { id },
      customerId,
      make: (next, call) => next.accounts.transition(call, id, accountDeactivation),
      async expectOnce() {
        const _id = new ObjectId(id);
        const account = await collections.accounts.findOne({ _id });
        expect(account).toMatchObject({ active: false, version: 2, pending: [] });
        const holder = await collections.customers.findOne({ _id: new ObjectId(customerId) });
        expect(holder).toMatchObject({ openAccounts: 0, version: 1 });
        expect(await collections.requests.countDocuments({ '_id.target': id })).toBe(1);
        const history = await readChanges(collections, _id);
        expect(history.map(({ verb }) => verb)).toEqual(['CREATE', 'DEACTIVATE']);
        expectChain(history, 2);
      },
    };
  });
  expect(commands).toEqual([
    'find accounts',
    'find requests',
    'findAndModify accounts',
    'findAndModify customers',
    'insert requests',
    'commitTransaction',
    'find accounts',
    'insert changes',
    'update accounts',
  ]);
});

test('makes a payment once when it is killed at any command of it', async () => {
  const commands = await surviveEveryCrash(async (store, { collections }) => {
    const { id, customerId, currency } = await openFunded(store);
    const { id: recipientAccountId } = await store.accounts.open(createCall(), { currency });
    const payment = { recipientAccountId, amount: '3' };
    return {
      path: 'TransactionService/CreatePayment',
      message: { senderAccountId: id, payment },
      customerId,
      make: (next, call) => next.transactions.pay(call, id, payment),
      async expectOnce() {
        const ids = [id, recipientAccountId].map((account) => new ObjectId(account));
        const accounts = await collections.accounts.find({ _id: { $in: ids } }).toArray();
        expect(accounts.map(({ balance }) => String(balance)).sort()).toEqual(['3', '97']);
        const made = { accountId: { $in: ids }, operationType: 'PAYMENT' } as const;
        expect(await collections.records.countDocuments(made)).toBe(2);
      },
    };
  });
  expect(commands.at(-1)).toBe('commitTransaction');
});
