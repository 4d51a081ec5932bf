import { inject } from 'vitest';
import type { Ledger } from '../../src/domain/ledger.ts';
import { isLedgerError } from '../../src/domain/ledger-error.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { createCall, silent, type TestStore } from './database.ts';

/** Several stores on one database, each with its own connections and relay, as so many services have. */
export interface Stores {
  readonly all: readonly Store[];
  /** Gives one of the stores, by turns. */
  next(): Store;
  /** The ledger, each part of it by one of the stores in turn. */
  readonly ledger: Ledger;
  /** Closes those that were opened beside the first. */
  close(): Promise<void>;
}

/** Opens stores on the database of a test store, so that there are `count` of them with it. */
export async function openStoresBeside(test: TestStore, count: number): Promise<Stores> {
  const location = { uri: inject('mongodbUri'), name: test.db.databaseName };
  const others = await Promise.all(
    Array.from({ length: count - 1 }, () => openStore(location, silent)),
  );
  const all = [test.store, ...others];
  await Promise.all(all.map(warmUp));
  let turn = 0;
  const next = () => {
    turn += 1;
    return all[turn % all.length] as Store;
  };
  return {
    all,
    next,
    ledger: new Proxy(test.store, { get: (_, part) => Reflect.get(next(), part) }),
    async close() {
      await Promise.all(others.map((store) => store.close()));
    },
  };
}

/** How many calls of a race a store has at once, at the most. */
const callsMax = 32;

/**
 * Has a store make its connections before a race begins: the driver makes two at a time, each with its authentication, and on a
 * busy machine the first calls would wait in vain.
 */
async function warmUp(store: Store): Promise<void> {
  const read = async (): Promise<void> => {
    try {
      await store.customers.list(createCall(), {}, { size: 1, token: '' });
    } catch (error) {
      if (!isLedgerError(error, 'DATABASE_UNAVAILABLE')) throw error;
      await read();
    }
  };
  await Promise.all(Array.from({ length: callsMax }, read));
}
