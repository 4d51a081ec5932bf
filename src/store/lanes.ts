import { LedgerError } from '../domain/ledger-error.ts';

/** How many tasks may be in one lane. */
const tasksMax = 1_000;

/**
 * Runs a task when it has its lanes, of which each key names one: by itself, or together with others that share them. Refused:
 * WRITE_CONFLICT when too many wait.
 */
export type Lanes = <T>(
  keys: readonly string[],
  task: () => Promise<T>,
  sharing?: 'exclusive' | 'shared',
) => Promise<T>;

interface Lane {
  tasks: number;
  /** Ends with the last task that has the lane by itself. */
  exclusive: Promise<unknown>;
  /** The tasks behind that one, which share the lane. */
  shared: Set<Promise<unknown>>;
}

/**
 * Creates lanes. They keep transactions of one service on the same document from conflicting with each other, which costs far
 * more than to wait. What is right does not depend on them: transactions of other services conflict and are begun again.
 *
 * A task waits only for tasks that came before it, so that no two wait for each other. That holds of the keys that are asked for
 * together. A task that asks for others takes lanes in an order: those of virtual currencies come before those of accounts and
 * customers, and nobody waits for a currency within one of these.
 */
export function createLanes(): Lanes {
  const lanes = new Map<string, Lane>();
  const open = (key: string): Lane =>
    lanes.get(key) ?? { tasks: 0, exclusive: Promise.resolve(), shared: new Set() };

  return async (keys, task, sharing = 'exclusive') => {
    const own = [...new Set(keys)].map((key) => ({ key, lane: open(key) }));
    if (own.some(({ lane }) => lane.tasks >= tasksMax)) throw new LedgerError('WRITE_CONFLICT');
    const isShared = sharing === 'shared';
    const before = own.flatMap(({ lane: { exclusive, shared } }) =>
      isShared ? [exclusive] : [exclusive, ...shared],
    );
    const run = Promise.all(before).then(task);
    const end = run.catch(() => undefined);
    for (const { key, lane } of own) {
      lanes.set(key, lane);
      lane.tasks += 1;
      if (isShared) {
        lane.shared.add(end);
      } else {
        lane.exclusive = end;
        lane.shared = new Set();
      }
    }
    try {
      return await run;
    } finally {
      for (const { key, lane } of own) {
        lane.tasks -= 1;
        lane.shared.delete(end);
        if (lane.tasks === 0) lanes.delete(key);
      }
    }
  };
}
