import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectId } from 'mongodb';
import type { Logger } from 'pino';
import { copyChanges, findPending } from './change-copy.ts';
import type { Collections, ResourceKind } from './documents.ts';

/** How many documents are relayed at once. */
const batchMax = 500;

/** How many documents a service remembers to relay; what is more is found by the next sweep. */
const noticedMax = 100_000;

/** How long changes gather before they are relayed, in milliseconds: the longer, the larger the batches. */
const gatherMs = 20;

/** How much longer than it has worked the relay rests: under load the batches grow, and changes are not slowed down by their copies. */
const restFactor = 4;

/** How long it rests for that at the most, in milliseconds. */
const restMaxMs = 500;

/** How long it rests after the database failed it, in milliseconds. */
const restFailedMs = 1_000;

/** How often what other services left behind is looked for, in milliseconds. */
const sweepIntervalMs = 60_000;

/** How long the end may take, in milliseconds. */
const closeTimeMaxMs = 2_000;

const kinds: readonly ResourceKind[] = ['customer', 'account'];

/** Copies the changes that wait in their documents into the history, which is what readers and watchers see. */
export interface Relay {
  /** Remembers that a document has a change to copy. */
  notice(kind: ResourceKind, id: ObjectId): void;
  /** Looks for changes that another service, or this one before it was ended, has not copied, and copies them. */
  sweep(): Promise<void>;
  /** Copies what was noticed and ends, within two seconds. What the database does not take by then is found by the next sweep. */
  close(): Promise<void>;
}

/** Starts the relay, first with what was left behind. */
export function startRelay(collections: Collections, log: Logger): Relay {
  const noticed = { customer: new Map<string, ObjectId>(), account: new Map<string, ObjectId>() };
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let sweeping: Promise<void> | undefined;
  let restUntil = 0;
  let closed = false;
  const hasNoticed = () => kinds.some((kind) => noticed[kind].size > 0);

  const schedule = () => {
    if (closed || running !== undefined) return;
    timer ??= setTimeout(
      () => {
        timer = undefined;
        const begin = performance.now();
        running = flush().then((taken) => {
          running = undefined;
          const end = performance.now();
          const waiting = Math.max(...kinds.map((kind) => noticed[kind].size));
          restUntil = end + (taken ? restAfter(end - begin, waiting) : restFailedMs);
          if (hasNoticed()) schedule();
        });
      },
      Math.max(gatherMs, restUntil - performance.now()),
    );
  };

  /** Copies a batch of each kind; tells whether the database took it. */
  const flush = async (): Promise<boolean> => {
    let taken = true;
    for (const kind of kinds) {
      const ids = [...noticed[kind].values()].slice(0, batchMax);
      for (const id of ids) noticed[kind].delete(id.toHexString());
      try {
        await copyChanges(collections, kind, ids);
      } catch (error) {
        for (const id of ids) noticed[kind].set(id.toHexString(), id);
        log.warn({ err: error }, 'changes could not be relayed; they stay with their resources');
        taken = false;
      }
    }
    return taken;
  };

  const sweep = async () => {
    for (const kind of kinds) {
      let ids: ObjectId[];
      do {
        ids = await findPending(collections, kind, batchMax);
        await copyChanges(collections, kind, ids);
      } while (ids.length === batchMax && !closed);
    }
  };
  const sweepOrWarn = () => {
    sweeping ??= sweep()
      .catch((error: unknown) => {
        if (!closed) log.warn({ err: error }, 'the sweep of changes failed; the next one follows');
      })
      .finally(() => {
        sweeping = undefined;
      });
  };
  const sweeper = setInterval(sweepOrWarn, sweepIntervalMs);
  sweepOrWarn();

  return {
    notice(kind, id) {
      if (noticed[kind].size < noticedMax) noticed[kind].set(id.toHexString(), id);
      schedule();
    },
    sweep,
    async close() {
      closed = true;
      clearInterval(sweeper);
      clearTimeout(timer);
      const finish = async () => {
        await Promise.all([running, sweeping]);
        while (hasNoticed() && (await flush()));
      };
      // Another one's transaction can hold a document for a minute.
      await Promise.race([finish(), sleep(closeTimeMaxMs, undefined, { ref: false })]);
    },
  };
}

/** Tells how long to rest after batches that took so long, in milliseconds, when so many documents wait for the next one. */
function restAfter(tookMs: number, waiting: number): number {
  // Where more waits than can be copied at once there is nothing to gather.
  return waiting >= batchMax ? 0 : Math.min(tookMs * restFactor, restMaxMs);
}
