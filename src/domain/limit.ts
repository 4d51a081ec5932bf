import { LedgerError } from './ledger-error.ts';

/** How much of the service a key may take. What is not set is not limited. */
export interface Limits {
  /** How many calls it may make in a second. */
  readonly ratePerSecond?: number;
  /** How many calls it may have in flight at once. */
  readonly concurrency?: number;
}

/** The most that either limit can be set to. */
export const limitMax = 1_000_000;

/** Limits that a key keeps together with every other key that they were handed down to. */
export interface SharedLimits extends Limits {
  /** The public id of the key that they were set for. */
  readonly holder: string;
}

/** Holds calls to the limits of their keys. */
export interface Limiter {
  /**
   * Lets a call in.
   *
   * @returns what is to be called when the call has ended
   * @throws LedgerError RATE_LIMIT_EXCEEDED, CONCURRENCY_LIMIT_EXCEEDED
   */
  enter(limits: readonly SharedLimits[]): () => void;
}

/** What the limits of one key were used for. */
interface Usage {
  inFlight: number;
  /** How many calls may be made at once: at the most those of one second, to which it is refilled all the time. */
  tokens: number;
  /** When the tokens were counted, in milliseconds. */
  countTime: number;
}

/** How many keys with limits are remembered. One that is forgotten may make the calls of one second at once. */
const rememberedMax = 10_000;

/**
 * Creates a limiter, which counts for this service alone: several services on one database let as many times as much in.
 *
 * @param now the time in milliseconds, from any point on
 */
export function createLimiter({
  now = () => performance.now(),
  usagesMax = rememberedMax,
} = {}): Limiter {
  // In the order of their last use, oldest first.
  const usages = new Map<string, Usage>();

  function usageOf({ holder, ratePerSecond = 0 }: SharedLimits): Usage {
    const time = now();
    const known = usages.get(holder);
    const usage = known ?? { inFlight: 0, tokens: ratePerSecond, countTime: time };
    usages.delete(holder);
    if (!known && usages.size >= usagesMax) forgetOldest(usages);
    usages.set(holder, usage);
    const refill = ((time - usage.countTime) / 1_000) * ratePerSecond;
    usage.tokens = Math.min(ratePerSecond, usage.tokens + refill);
    usage.countTime = time;
    return usage;
  }

  return {
    enter(limits) {
      const entered = limits.map((limit) => ({ limit, usage: usageOf(limit) }));
      // All are asked before any is used, so that a call that is refused uses none of them.
      for (const { limit, usage } of entered) assertWithin(limit, usage);
      for (const { limit, usage } of entered) {
        if (limit.ratePerSecond !== undefined) usage.tokens -= 1;
        usage.inFlight += 1;
      }
      let left = false;
      return () => {
        if (left) return;
        left = true;
        for (const { usage } of entered) usage.inFlight -= 1;
      };
    },
  };
}

function assertWithin({ concurrency, ratePerSecond }: SharedLimits, usage: Usage): void {
  if (concurrency !== undefined && usage.inFlight >= concurrency) {
    throw new LedgerError('CONCURRENCY_LIMIT_EXCEEDED', { limit: String(concurrency) });
  }
  if (ratePerSecond !== undefined && usage.tokens < 1) {
    throw new LedgerError('RATE_LIMIT_EXCEEDED', { limit: String(ratePerSecond) });
  }
}

/** Forgets the key that was used longest ago. One with calls in flight is kept: the limits on connections bound how many those are. */
function forgetOldest(usages: Map<string, Usage>): void {
  for (const [holder, { inFlight }] of usages) {
    if (inFlight > 0) continue;
    usages.delete(holder);
    return;
  }
}
