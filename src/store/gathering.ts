import { LedgerError } from '../domain/ledger-error.ts';

/** How many things may wait in one queue. */
const waitingMax = 10_000;

/** Puts a thing into a queue, and gives what becomes of it. Refused: WRITE_CONFLICT when too many wait. */
export type Gather<In, Out> = (queue: string, thing: In) => Promise<Out>;

/** How the things of a queue go together. */
export interface Grouping<In> {
  /** Names what a thing writes: things with a name in common go together, or else one behind the other. */
  readonly keysOf: (thing: In) => readonly string[];
  readonly weigh: (thing: In) => number;
  /** How much the things of a group weigh together at the most; one that weighs more goes alone. */
  readonly weightMax: number;
  /** How many groups of a queue are under way at the most. */
  readonly groupsMax: number;
}

interface Waiting<In, Out> {
  readonly thing: In;
  readonly keys: readonly string[];
  readonly resolve: (outcome: Out) => void;
  readonly reject: (error: unknown) => void;
}

interface Queue<In, Out> {
  waiting: Waiting<In, Out>[];
  /** The keys of the groups that are under way. */
  readonly inUse: Set<string>;
  groups: number;
}

/**
 * Creates a gathering: a few groups of each queue are under way at a time, and all that comes meanwhile makes up the next ones. Of
 * things with a key in common none overtakes another, and no two are in different groups at the same time. Nothing waits for company.
 *
 * @param run gives what becomes of each thing of a group, in their order
 */
export function createGathering<In, Out>(
  grouping: Grouping<In>,
  run: (things: readonly In[]) => Promise<readonly Out[]>,
): Gather<In, Out> {
  const queues = new Map<string, Queue<In, Out>>();

  /** Starts what can be under way. */
  const advance = (name: string, queue: Queue<In, Out>) => {
    while (queue.groups < grouping.groupsMax) {
      const group = takeGroup(queue, grouping);
      if (group.length === 0) break;
      queue.groups += 1;
      void settle(group).then(() => {
        queue.groups -= 1;
        for (const key of group.flatMap(({ keys }) => keys)) queue.inUse.delete(key);
        advance(name, queue);
      });
    }
    if (queue.groups === 0) queues.delete(name);
  };

  const settle = async (group: readonly Waiting<In, Out>[]) => {
    try {
      const outcomes = await run(group.map(({ thing }) => thing));
      for (const [index, { resolve }] of group.entries()) resolve(outcomes[index] as Out);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  };

  return async (name, thing) => {
    const queue = queues.get(name) ?? { waiting: [], inUse: new Set<string>(), groups: 0 };
    if (queue.waiting.length >= waitingMax) throw new LedgerError('WRITE_CONFLICT');
    queues.set(name, queue);
    return await new Promise<Out>((resolve, reject) => {
      queue.waiting.push({ thing, keys: grouping.keysOf(thing), resolve, reject });
      advance(name, queue);
    });
  };
}

/** Takes out of a queue what can go together, in the order in which it came; none of a key that one before it waits for. */
function takeGroup<In, Out>(
  queue: Queue<In, Out>,
  { weigh, weightMax }: Grouping<In>,
): Waiting<In, Out>[] {
  const blocked = new Set(queue.inUse);
  const group: Waiting<In, Out>[] = [];
  const left: Waiting<In, Out>[] = [];
  let weight = 0;
  for (const each of queue.waiting) {
    const isFree = !each.keys.some((key) => blocked.has(key));
    const fits = group.length === 0 || weight + weigh(each.thing) <= weightMax;
    if (isFree && fits) {
      group.push(each);
      weight += weigh(each.thing);
    } else {
      left.push(each);
      for (const key of each.keys) blocked.add(key);
    }
  }
  queue.waiting = left;
  for (const key of group.flatMap(({ keys }) => keys)) queue.inUse.add(key);
  return group;
}
