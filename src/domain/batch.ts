import type { Call } from './ledger.ts';

/** What became of one of several: its value, or what was thrown. */
export type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/** How many are worked on at once. */
const concurrencyMax = 8;

/** How many a batch may hold. */
export const batchMax = 100;

/** Works on several, a few at once, and tells what became of each, in their order. */
export async function settleEach<I, T>(
  items: readonly I[],
  work: (item: I) => Promise<T>,
): Promise<Outcome<T>[]> {
  const outcomes: Outcome<T>[] = [];
  const waiting = items.entries();
  const workOff = async () => {
    for (const [index, item] of waiting) {
      outcomes[index] = await work(item).then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
    }
  };
  await Promise.all(Array.from({ length: concurrencyMax }, workOff));
  return outcomes;
}

/**
 * Changes several, a few at once, and tells what became of each, in their order. The call is told that it is a replay only when each
 * of its changes is one: a refusal is none.
 */
export async function changeEach<I, T>(
  call: Call,
  items: readonly I[],
  change: (call: Call, item: I) => Promise<T>,
): Promise<Outcome<T>[]> {
  let replays = 0;
  const onReplay = () => {
    replays += 1;
  };
  const outcomes = await settleEach(items, (item) => change({ ...call, onReplay }, item));
  if (replays === items.length) call.onReplay?.();
  return outcomes;
}
