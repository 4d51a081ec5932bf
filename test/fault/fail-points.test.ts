import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Call } from '../../src/domain/ledger.ts';
import { isLedgerError } from '../../src/domain/ledger-error.ts';
import { type Collections, openCollections } from '../../src/store/documents.ts';
import { type Relay, startRelay } from '../../src/store/relay.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { type CommandListener, listenToCommands, withMonitoring } from '../support/commands.ts';
import { createCall, createExternalId, silent } from '../support/database.ts';
import { countEffects, countRequest, type Effects, sumEffects } from '../support/effects.ts';
import { expectWholeHistory } from '../support/history.ts';
import { expectInvariants } from '../support/invariants.ts';
import { mutations } from '../support/mutations.ts';
import { type Failure, type OwnDatabase, startOwnDatabase } from '../support/own-database.ts';

/** Every command that a mutation sends; the first test tells whether one is missing. */
const commandNames = ['commitTransaction', 'find', 'findAndModify', 'insert', 'update'];

/** How long a call waits while commands fail, in milliseconds. */
const hurryMs = 400;

/** What a call may be told that was not refused for a reason of its own: it may have been made. */
const mayBeMade = ['DATABASE_UNAVAILABLE', 'DEADLINE_EXCEEDED', 'WRITE_CONFLICT'];

const retryable = { errorLabels: ['RetryableWriteError'] };
const durability = (code: number) => ({ writeConcernError: { code, errmsg: 'of a test' } });

const failures: Record<string, Failure> = {
  'fails before it is done, with an error that is tried again': { errorCode: 91, ...retryable },
  'fails a few times before it is done': { errorCode: 91, ...retryable, times: 4 },
  'fails before it is done, with an error that is not tried again': {
    errorCode: 11600,
    errorLabels: [],
  },
  'breaks the connection': { closeConnection: true },
  'breaks the connection a few times': { closeConnection: true, times: 4 },
  'is done and not known to be durable': { ...durability(64), errorLabels: [] },
  'is done and answered with an error that is tried again': { ...durability(91), ...retryable },
  'is done and answered a few times with an error that is tried again': {
    ...durability(91),
    ...retryable,
    times: 4,
  },
  'is answered after the deadline': { blockConnection: true, blockTimeMS: hurryMs + 200 },
};

let database: OwnDatabase;
let collections: Collections;
let store: Store;
let ledgerListener: CommandListener = {};
let deafen: () => void;
let sweeper: Relay;
/** What each mutation sends and leaves when nothing fails, by its name. */
const undisturbed = new Map<string, { commands: ReadonlySet<string>; effects: Effects }>();

beforeAll(async () => {
  database = await startOwnDatabase();
  collections = openCollections(database.client.db('faults'));
  // A transaction whose end does not reach the server holds what it has written: a minute by default.
  const parameters = { setParameter: 1, transactionLifetimeLimitSeconds: 2 };
  await database.client.db('admin').command(parameters);
  deafen = listenToCommands({ onSend: (command) => ledgerListener.onSend?.(command) });
  store = await openStore({ uri: withMonitoring(database.uri), name: 'faults' }, silent);
  sweeper = startRelay(collections, silent);
  for (const name of Object.keys(mutations)) undisturbed.set(name, await observe(name));
});
afterAll(async () => {
  deafen();
  await sweeper.close();
  await store.close();
  await database.close();
});
afterEach(async () => {
  await vi.waitFor(async () => expect(await store.isReady()).toBe(true), 20_000);
});

/** Waits until nothing waits for the relay. */
async function untilRelayed(): Promise<void> {
  const waiting = { 'pending.0': { $exists: true } };
  await vi.waitFor(
    async () => {
      // A change that was made and not known to be is found by a sweep alone.
      await sweeper.sweep();
      expect(await collections.customers.countDocuments(waiting)).toBe(0);
      expect(await collections.accounts.countDocuments(waiting)).toBe(0);
    },
    { timeout: 20_000, interval: 10 },
  );
}

/** Makes a mutation while nothing fails, to see what it sends until it is answered, and what it leaves. */
async function observe(name: string) {
  const { make } = await mutations[name]!(store);
  await untilRelayed();
  const commands = new Set<string>();
  const before = await countEffects(collections);
  // The relay may still be at what was done before.
  ledgerListener = {
    onSend: ({ name: sent, isOfRelay }) => void (isOfRelay || commands.add(sent)),
  };
  await make(createCall({ intent: { requestId: createExternalId() } }));
  ledgerListener = {};
  return { commands, effects: sumEffects([await countEffects(collections)], [before]) };
}

/** A mutation under a request id, and what its first call was answered. */
interface Attempt {
  readonly name: string;
  readonly requestId: string;
  readonly make: (call: Call) => Promise<unknown>;
  readonly outcome: { readonly answer: unknown } | { readonly reason: string };
}

/** Makes a mutation while commands fail. Whatever it is told, an OK must be of a change that is kept. */
async function attempt(name: string, make: Attempt['make']): Promise<Attempt> {
  const requestId = createExternalId();
  const call = createCall({ deadline: Date.now() + hurryMs, intent: { requestId } });
  try {
    const answer = await make(call);
    // Read with the majority, and by a client for which nothing fails.
    expect({ name, kept: await countRequest(collections, requestId) }).toEqual({ name, kept: 1 });
    return { name, requestId, make, outcome: { answer } };
  } catch (error) {
    if (!isLedgerError(error)) throw error;
    expect({ name, reason: error.reason }).toEqual({ name, reason: expect.toBeOneOf(mayBeMade) });
    return { name, requestId, make, outcome: { reason: error.reason } };
  }
}

/** Tries again with the same request id until the change is answered, and once more. */
async function retry({ name, requestId, make, outcome }: Attempt): Promise<void> {
  const again = () => make(createCall({ intent: { requestId } }));
  const answer = await vi.waitFor(again, { timeout: 20_000, interval: 50 });
  if ('answer' in outcome) expect({ name, answer }).toEqual({ name, answer: outcome.answer });
  expect({ name, answer: await again() }).toEqual({ name, answer });
  expect({ name, kept: await countRequest(collections, requestId) }).toEqual({ name, kept: 1 });
}

/** The failures that a command can have: one that only reads, or only writes within a transaction, has no durability of its own. */
function failuresOf(command: string): [string, Failure][] {
  const isDurable = ['commitTransaction', 'findAndModify'].includes(command);
  return Object.entries(failures).filter(
    ([, { writeConcernError }]) => isDurable || !writeConcernError,
  );
}

function isAnswered({ outcome }: Attempt): boolean {
  return 'answer' in outcome;
}

/**
 * Asks whether a mutation cannot be answered well while a command fails so. Within a transaction the durability of a command is no
 * matter, as long as that of the commit is known.
 */
function isFatal(command: string, { times, writeConcernError }: Failure): boolean {
  return times === undefined && (!writeConcernError || command === 'commitTransaction');
}

it('knows every command that a mutation sends', () => {
  const sent = [...undisturbed.values()].flatMap(({ commands }) => [...commands]);
  expect([...new Set(sent)].sort()).toEqual(commandNames);
});

describe.each(commandNames)('a mutation of which %s', (command) => {
  it.each(failuresOf(command))(
    '%s is made once, and never told as made in vain',
    async (_, failure) => {
      const names = [...undisturbed].flatMap(([name, { commands }]) =>
        commands.has(command) ? [name] : [],
      );
      const arranged = await Promise.all(
        names.map(async (name) => ({ name, ...(await mutations[name]!(store)) })),
      );
      await untilRelayed();
      const before = await countEffects(collections);
      const recover = await database.failCommands([command], failure);
      const attempts = await Promise.all(
        arranged.map(({ name, make }) => attempt(name, make)),
      ).finally(recover);
      if (isFatal(command, failure)) expect(attempts.filter(isAnswered)).toEqual([]);
      await vi.waitFor(async () => expect(await store.isReady()).toBe(true), 20_000);
      await Promise.all(attempts.map(retry));
      const effects = names.map((name) => undisturbed.get(name)!.effects);
      expect(sumEffects([await countEffects(collections)], [before])).toEqual(sumEffects(effects));
    },
  );
});

it('leaves a ledger that keeps every invariant, with a whole history', async () => {
  await store.close();
  store = await openStore({ uri: database.uri, name: 'faults' }, silent);
  await untilRelayed();
  await expectInvariants(collections);
  await expectWholeHistory(collections, 'customer');
  await expectWholeHistory(collections, 'account');
});
