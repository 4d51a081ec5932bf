import { ObjectId } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { accountDeactivation } from '../../src/domain/account.ts';
import { disabling } from '../../src/domain/customer.ts';
import { isLedgerError } from '../../src/domain/ledger-error.ts';
import { type Collections, openCollections } from '../../src/store/documents.ts';
import { type Relay, startRelay } from '../../src/store/relay.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { createCall, createExternalId, silent } from '../support/database.ts';
import { expectChain, expectWholeHistory, readHistory } from '../support/history.ts';
import { expectInvariants } from '../support/invariants.ts';
import { type Failure, type OwnDatabase, startOwnDatabase } from '../support/own-database.ts';

let database: OwnDatabase;
let collections: Collections;
let store: Store;
let sweeper: Relay;
let customerId: string;
let externalId: string;
let accountId: string;

beforeAll(async () => {
  database = await startOwnDatabase();
  collections = openCollections(database.client.db('faults'));
  store = await openStore({ uri: database.uri, name: 'faults' }, silent);
  sweeper = startRelay(collections, silent);
});
afterAll(async () => {
  await sweeper.close();
  await store.close();
  await database.close();
});
beforeEach(async () => {
  externalId = createExternalId();
  const account = await store.accounts.open(createCall(), opening());
  accountId = account.id;
  customerId = account.customerId as string;
  // The commands of the relay are to be over before some are made to fail.
  await untilRelayed();
});
afterEach(async () => {
  // After some errors the driver takes the server for unknown until it hears from it again.
  await vi.waitFor(async () => expect(await store.isReady()).toBe(true), 20_000);
  // A change that was made and not known to be is found by a sweep alone.
  await untilRelayed(() => sweeper.sweep());
  await expectInvariants(collections);
  await expectWholeHistory(collections, 'customer');
  await expectWholeHistory(collections, 'account');
});

const opening = () => ({ currency: 'EUR', customer: { externalId } });
/** Waits until nothing waits for the relay. */
const untilRelayed = async (help: () => Promise<void> = async () => undefined) => {
  const waiting = { 'pending.0': { $exists: true } };
  await vi.waitFor(
    async () => {
      await help();
      expect(await collections.customers.countDocuments(waiting)).toBe(0);
      expect(await collections.accounts.countDocuments(waiting)).toBe(0);
    },
    { timeout: 20_000, interval: 20 },
  );
};

/** Gives why something was refused; undefined when it was not. */
async function reasonOf(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!isLedgerError(error)) throw error;
    return error.reason;
  }
}

/** Does something while commands fail; gives why it was refused, undefined when it was not. */
async function during(
  commands: readonly string[],
  failure: Failure,
  work: () => Promise<unknown>,
): Promise<string | undefined> {
  const recover = await database.failCommands(commands, failure);
  return await reasonOf(work).finally(recover);
}

/** Does something again until it goes well, for the database is well again. */
const untilDone = async (work: () => Promise<unknown>) =>
  await vi.waitFor(work, { timeout: 20_000, interval: 100 });

/** A call that does not wait long. */
const hurried = () => createCall({ deadline: Date.now() + 1_000 });
const disable = (call = hurried()) =>
  store.customers.transition(call, { id: customerId }, disabling);
const read = (call = hurried()) => store.customers.get(call, { id: customerId });
const open = (call = hurried()) => store.accounts.open(call, opening());
const close = (call = hurried()) => store.accounts.transition(call, accountId, accountDeactivation);

/** Counts the entries of a verb in the history of the customer, which tells how often it was done. */
async function countEntries(verb: string): Promise<number> {
  const history = await readHistory(collections, 'customer', new ObjectId(customerId));
  expectChain(history, history.length);
  return history.filter((entry) => entry.verb === verb).length;
}
const countAccounts = () =>
  collections.accounts.countDocuments({ customerId: new ObjectId(customerId) });

/** Codes with which a server says that it, or the one behind it, is away or about to be. */
const away = {
  HostUnreachable: 6,
  NetworkTimeout: 89,
  ShutdownInProgress: 91,
  PrimarySteppedDown: 189,
  SocketException: 9001,
  NotWritablePrimary: 10107,
  InterruptedDueToReplStateChange: 11602,
};
const passing: Record<string, Failure> = {
  ...Object.fromEntries(Object.entries(away).map(([name, errorCode]) => [name, { errorCode }])),
  'a closed connection': { closeConnection: true },
};

describe.each(Object.keys(passing))('%s', (name) => {
  const failure = passing[name] as Failure;

  it('once is hardly noticed by a change, which is made at most once', async () => {
    const reason = await during(['findAndModify'], { ...failure, times: 1 }, () =>
      disable(createCall()),
    );
    expect([undefined, 'DATABASE_UNAVAILABLE']).toContain(reason);
    expect(await countEntries('DISABLE')).toBe(reason === undefined ? 1 : 0);
  });

  it('again and again is told as DATABASE_UNAVAILABLE to a change, which is not made', async () => {
    expect(await during(['findAndModify'], failure, () => disable())).toBe('DATABASE_UNAVAILABLE');
    expect(await countEntries('DISABLE')).toBe(0);
    await untilDone(async () => {
      const reason = await reasonOf(() => disable());
      // One that was answered in vain was made nevertheless.
      expect([undefined, 'CUSTOMER_DISABLED']).toContain(reason);
    });
    expect(await countEntries('DISABLE')).toBe(1);
  });

  it('again and again is told as DATABASE_UNAVAILABLE to a read', async () => {
    expect(await during(['find'], failure, () => read())).toBe('DATABASE_UNAVAILABLE');
    await untilDone(() => read());
  });

  it('of the look-up of a key is told as DATABASE_UNAVAILABLE, not as a bad key', async () => {
    const look = async () =>
      await store.authenticate('a-key-that-nobody-knows', Date.now() + 10_000);
    expect(await during(['find'], failure, look)).toBe('DATABASE_UNAVAILABLE');
    await untilDone(() => expect(look()).rejects.toMatchObject({ reason: 'API_KEY_INVALID' }));
  });
});

/** What may be told of a change that goes on failing: that the database is away, or that time is over. */
const mayBeMade = ['DATABASE_UNAVAILABLE', 'DEADLINE_EXCEEDED', 'WRITE_CONFLICT'];

describe.each([
  ['NotWritablePrimary', { errorCode: 10107 }],
  ['a closed connection', { closeConnection: true }],
  ['a write conflict', { errorCode: 112, errorLabels: ['TransientTransactionError'] }],
] as [string, Failure][])('in a transaction %s', (_, failure) => {
  it.each(['insert', 'findAndModify', 'commitTransaction'])(
    'once is hardly noticed by an opening, which is made at most once: %s',
    async (command) => {
      const reason = await during([command], { ...failure, times: 1 }, () => open(createCall()));
      expect([undefined, ...mayBeMade]).toContain(reason);
      const count = await countAccounts();
      if (reason === undefined) expect(count).toBe(2);
      else expect([1, 2]).toContain(count);
    },
  );

  it.each(['insert', 'findAndModify', 'commitTransaction'])(
    'again and again refuses an opening, which leaves nothing or all: %s',
    async (command) => {
      const reason = await during([command], failure, () => open());
      expect(mayBeMade).toContain(reason);
      // What goes on behind the answer ends with the fault: the lane of the customer is free again.
      await untilDone(() => open());
      expect(await countAccounts()).toBeGreaterThanOrEqual(2);
      expect(await countAccounts()).toBeLessThanOrEqual(3);
    },
  );

  it('again and again refuses to close an account, which is closed once or not at all', async () => {
    expect(mayBeMade).toContain(await during(['commitTransaction'], failure, () => close()));
    const again = async () =>
      await store.accounts.transition(hurried(), accountId, accountDeactivation).catch((error) => {
        if (!isLedgerError(error, 'ACCOUNT_INACTIVE')) throw error;
      });
    await untilDone(again);
    expect((await store.customers.get(createCall(), { id: customerId })).openAccounts).toBe(0);
  });
});

describe('a change that is written and not known to be durable', () => {
  const writeConcernError = (code: number, labels: string[] = []): Failure => ({
    writeConcernError: { code, errmsg: 'of a test' },
    errorLabels: labels,
  });

  it.each([
    ['WriteConcernFailed', 64],
    ['UnsatisfiableWriteConcern', 100],
    ['ShutdownInProgress', 91],
    ['NotWritablePrimary', 10107],
    ['InterruptedDueToReplStateChange', 11602],
  ])('is never told as made, and is made once: %s', async (_, code) => {
    const reason = await during(['findAndModify'], writeConcernError(code), () => disable());
    expect(reason).toBe('DATABASE_UNAVAILABLE');
    expect(await countEntries('DISABLE')).toBe(1);
  });

  it.each([
    ['ShutdownInProgress', 91],
    ['InterruptedDueToReplStateChange', 11602],
  ])(
    'is never told as made where the driver tries again, and is made once: %s',
    async (_, code) => {
      const failure = writeConcernError(code, ['RetryableWriteError']);
      expect(await during(['findAndModify'], failure, () => disable())).toBe(
        'DATABASE_UNAVAILABLE',
      );
      expect(await countEntries('DISABLE')).toBe(1);
    },
  );

  it('of an account is never told as made, and is made once', async () => {
    const failure = writeConcernError(64);
    const reason = await during(['commitTransaction'], failure, () => open());
    expect(mayBeMade).toContain(reason);
    expect(await countAccounts()).toBe(2);
    expect(
      await during(['commitTransaction'], { ...failure, times: 1 }, () => open(createCall())),
    ).toBeUndefined();
    expect(await countAccounts()).toBe(3);
  });
});

describe('a server that answers slowly', () => {
  it.each([
    ['read', read],
    ['change', disable],
    ['opening', open],
    ['closing', close],
  ])('is told as DEADLINE_EXCEEDED before the deadline: %s', async (_, work) => {
    const failure = { blockConnection: true, blockTimeMS: 1_700, times: 1 };
    let answeredMs = 0;
    const reason = await during(['find', 'findAndModify', 'insert'], failure, async () => {
      const startMs = Date.now();
      await work().finally(() => {
        answeredMs = Date.now() - startMs;
      });
    });
    expect(reason).toBe('DEADLINE_EXCEEDED');
    expect(answeredMs).toBeLessThan(1_500);
  });

  it('and ends a command for its time tells DEADLINE_EXCEEDED', async () => {
    const MaxTimeMSExpired = { errorCode: 50 };
    expect(await during(['find'], MaxTimeMSExpired, () => read())).toBe('DEADLINE_EXCEEDED');
    expect(await during(['findAndModify'], MaxTimeMSExpired, () => disable())).toBe(
      'DEADLINE_EXCEEDED',
    );
    expect(await countEntries('DISABLE')).toBe(0);
  });
});

describe('the relay', () => {
  it.each([
    ['insert', { errorCode: 10107 }],
    ['update', { errorCode: 10107 }],
    ['update', { closeConnection: true }],
    ['insert', { writeConcernError: { code: 64, errmsg: 'of a test' } }],
  ] as [string, Failure][])('loses nothing when its %s fails: %j', async (command, failure) => {
    const recover = await database.failCommands([command], failure);
    await disable();
    await store.customers.update(createCall(), { id: customerId }, { customerCountry: 'DE' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const history = await readHistory(collections, 'customer', new ObjectId(customerId));
    expect(history.map(({ verb }) => verb)).toEqual(['CREATE', 'DISABLE', 'UPDATE']);
    await recover();
    await untilRelayed();
    expect(
      await collections.changes.countDocuments({ '_id.resource': new ObjectId(customerId) }),
    ).toBe(3);
  });
});
