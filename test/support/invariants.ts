import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Collections } from '../../src/store/documents.ts';
import type { Breach } from '../../src/verification/breach.ts';
import { verifyLedger } from '../../src/verification/verify.ts';

/** Small, so that the ledgers of tests have more than one page. */
const pageSize = 20;

/** Asserts that the ledger keeps every invariant, as npm run verify looks at them. */
export async function expectInvariants(collections: Collections): Promise<void> {
  const breaches: Breach[] = [];
  await verifyLedger(collections, { onBreach: (breach) => breaches.push(breach) }, { pageSize });
  expect(breaches).toEqual([]);
}

/** Looks at the ledger again and again. */
export interface Observer {
  /** Ends, and gives how often the ledger was looked at. Throws when an invariant was broken at a time. */
  stop(): Promise<number>;
}

/** The least rest between two looks, in milliseconds. */
const restMinMs = 200;

/** Starts to look whether the ledger keeps every invariant while others write. It rests longer than it looks, to leave them room. */
export function observeInvariants(collections: Collections): Observer {
  const stopped = new AbortController();
  const look = async (): Promise<number> => {
    let looks = 0;
    while (!stopped.signal.aborted) {
      const begin = performance.now();
      await expectInvariants(collections);
      looks += 1;
      const restMs = Math.max(restMinMs, 2 * (performance.now() - begin));
      await sleep(restMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
    return looks;
  };
  const looking = look();
  // Told by stop().
  looking.catch(() => undefined);
  return {
    stop: async () => {
      stopped.abort();
      return await looking;
    },
  };
}
