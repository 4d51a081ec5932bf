import type { CustomerChange } from './clients/ledger-client.ts';
import { Refusal } from './clients/refusal.ts';
import type { WatchCall, WatchTold } from './clients/watch-client.ts';

/** An event that tells of a change. */
export type ChangeTold = Required<WatchTold>;

/** Reads what a watch tells until it has told so many changes; gives those. */
export async function readTold(watch: WatchCall, count: number): Promise<ChangeTold[]> {
  const told: ChangeTold[] = [];
  while (told.length < count) {
    const { change, position } = await readEvent(watch);
    if (change) told.push({ change, position });
  }
  return told;
}

/** Reads what a watch tells until it has told so many changes; gives the changes alone. */
export async function readChanges(watch: WatchCall, count: number): Promise<CustomerChange[]> {
  return (await readTold(watch, count)).map(({ change }) => change);
}

/** Reads the next event of a watch, which goes on. */
export async function readEvent(watch: WatchCall): Promise<WatchTold> {
  const { value, done } = await watch.next();
  if (done) throw new Error('the watch has ended');
  return value;
}

/** Reads a watch to its end; gives the refusal that ended it, if it was one. */
export async function readEnd(watch: WatchCall): Promise<Refusal | undefined> {
  try {
    for await (const _ of watch);
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error;
  }
}
