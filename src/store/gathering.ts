import { LedgerError } from '../domain/ledger-error.ts';

/** How many things may wait for one key. */
const waitingMax = 10_000;

/** Hands a thing over to the next group of a key, and gives what becomes of it. Refused: WRITE_CONFLICT when too many wait. */
export type Gather<In, Out> = (key: string, thing: In) => Promise<Out>;

/** How large a group may be. */
export interface GroupSize<In> {
  readonly weigh: (thing: In) => number;
  /** How much the things of a group weigh together at the most; one that weighs more goes alone. */
  readonly weightMax: number;
}

interface Waiting<In, Out> {
  readonly thing: In;
  readonly resolve: (outcome: Out) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Creates a gathering: of each key one group is under way at a time, and all that comes meanwhile makes up the next ones, in the order
 * in which it came. When none is under way a thing goes at once, alone: nothing waits for company.
 *
 * @param run gives what becomes of each thing of a group, in their order
 */
export function createGathering<In, Out>(
  { weigh, weightMax }: GroupSize<In>,
  run: (things: readonly In[]) => Promise<readonly Out[]>,
): Gather<In, Out> {
  const queues = new Map<string, Waiting<In, Out>[]>();

  const take = (waiting: Waiting<In, Out>[]) => {
    let weight = 0;
    const end = waiting.findIndex(({ thing }, index) => {
      weight += weigh(thing);
      return index > 0 && weight > weightMax;
    });
    return waiting.splice(0, end < 0 ? waiting.length : end);
  };

  /** Runs the groups of a key, one after the other, until nothing waits. */
  const runAll = async (key: string, waiting: Waiting<In, Out>[]) => {
    while (waiting.length > 0) {
      const group = take(waiting);
      try {
        const outcomes = await run(group.map(({ thing }) => thing));
        for (const [index, { resolve }] of group.entries()) resolve(outcomes[index] as Out);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    queues.delete(key);
  };

  return async (key, thing) =>
    await new Promise<Out>((resolve, reject) => {
      const queue = queues.get(key);
      if (queue && queue.length >= waitingMax) throw new LedgerError('WRITE_CONFLICT');
      const waiting = queue ?? [];
      waiting.push({ thing, resolve, reject });
      if (queue) return;
      queues.set(key, waiting);
      void runAll(key, waiting);
    });
}
