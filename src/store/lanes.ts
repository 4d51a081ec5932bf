import { LedgerError } from '../domain/ledger-error.ts';

/** How many tasks may wait in one lane. */
const waitingMax = 1_000;

/** Runs tasks that share a key one after the other. Refused: WRITE_CONFLICT when too many wait. */
export type Lanes = <T>(keys: readonly string[], task: () => Promise<T>) => Promise<T>;

/**
 * Creates lanes. They keep transactions of one service on the same document from conflicting with each other, which costs far
 * more than to wait. What is right does not depend on them: transactions of other services conflict and are begun again.
 *
 * A task waits only for tasks that came before it, so that no two wait for each other.
 */
export function createLanes(): Lanes {
  const lanes = new Map<string, { tail: Promise<unknown>; waiting: number }>();
  return async (keys, task) => {
    const own = [...new Set(keys)].map((key) => {
      const lane = lanes.get(key) ?? { tail: Promise.resolve(), waiting: 0 };
      return { key, lane };
    });
    if (own.some(({ lane }) => lane.waiting >= waitingMax)) throw new LedgerError('WRITE_CONFLICT');
    const run = Promise.all(own.map(({ lane }) => lane.tail)).then(task);
    const tail = run.catch(() => undefined);
    for (const { key, lane } of own) {
      lanes.set(key, lane);
      lane.waiting += 1;
      lane.tail = tail;
    }
    try {
      return await run;
    } finally {
      for (const { key, lane } of own) {
        lane.waiting -= 1;
        if (lane.waiting === 0) lanes.delete(key);
      }
    }
  };
}
