import type { LongCall } from '../domain/ledger.ts';

/** How long a reader may leave what it was given untaken, in milliseconds. */
const untakenMaxMs = 60_000;

/** How often a reader that takes nothing is looked at, in milliseconds: below the delay of a revocation. */
const checkMs = 1_000;

/**
 * Looks after a reader while it has something to take. One that takes nothing is not told anything either: its connection is cut when
 * its key is lost, the service goes down, or a minute is over, so that it holds nobody up and gives back what it holds.
 *
 * @returns ends it, when the reader has taken what there was
 */
export function guardReader({ signal, assertAllowed, hangUp }: LongCall): () => void {
  const begin = performance.now();
  const check = async () => {
    if (signal.aborted || performance.now() - begin > untakenMaxMs) hangUp();
    else await assertAllowed().catch(hangUp);
  };
  const timer = setInterval(() => void check(), checkMs);
  return () => clearInterval(timer);
}
