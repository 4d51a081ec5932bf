import { LRUCache } from 'lru-cache';
import type { Collections } from './documents.ts';

/** How often the use of a key is written, in milliseconds: at most once in this time by each service. */
const intervalMs = 60_000;

/** How many keys are remembered as written. */
const rememberedMax = 10_000;

/** How long the database may take to write it, in milliseconds. */
const writeTimeMaxMs = 5_000;

/** Creates what notes that a key is used. Nobody waits for the write: one that fails is made up for by the next use. */
export function createKeyUse({ keys }: Pick<Collections, 'keys'>): (id: string) => void {
  const written = new LRUCache<string, true>({ max: rememberedMax, ttl: intervalMs });
  return (id) => {
    if (written.has(id)) return;
    written.set(id, true);
    const update = { $max: { lastUseTime: new Date() } };
    keys.updateOne({ _id: id }, update, { maxTimeMS: writeTimeMaxMs }).catch(() => undefined);
  };
}
