import { LedgerError } from '../domain/ledger-error.ts';

/** How many tasks may wait in one lane. */
const waitingMax = 1_000;

/** Runs tasks with the same key one after the other. Refused: WRITE_CONFLICT when too many wait. */
export type Lanes = <T>(key: string, task: () => Promise<T>) => Promise<T>;

/**
 * Creates lanes. They keep transactions of one service on the same document from conflicting with each other, which costs far
 * more than to wait. What is right does not depend on them: transactions of other services conflict and are begun again.
 */
export function createLanes(): Lanes {
  const lanes = new Map<string, { tail: Promise<unknown>; waiting: number }>();
  return async (key, task) => {
    const lane = lanes.get(key) ?? { tail: Promise.resolve(), waiting: 0 };
    if (lane.waiting >= waitingMax) throw new LedgerError('WRITE_CONFLICT');
    lanes.set(key, lane);
    lane.waiting += 1;
    const run = lane.tail.then(task);
    lane.tail = run.catch(() => undefined);
    try {
      return await run;
    } finally {
      lane.waiting -= 1;
      if (lane.waiting === 0) lanes.delete(key);
    }
  };
}
