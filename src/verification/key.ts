import { ObjectId } from 'mongodb';

/** What documents are read in the order of: an id, or a text. */
export type Key = ObjectId | string;

/** The id before which there is none. */
export const leastId = new ObjectId('0'.repeat(24));

/** The id after which there is none. */
export const greatestId = new ObjectId('f'.repeat(24));

/** Compares two keys as the indexes of MongoDB do, texts by their bytes: less than 0 when a comes first. */
export function compareKeys(a: Key, b: Key): number {
  return Buffer.compare(toBytes(a), toBytes(b));
}

function toBytes(key: Key): Uint8Array {
  return key instanceof ObjectId ? key.id : Buffer.from(key);
}

/** Gives the first of the keys that are given; undefined when there is none. */
export function leastOf(keys: readonly (Key | undefined)[]): Key | undefined {
  return keys.reduce((least, key) => {
    if (least === undefined || key === undefined) return least ?? key;
    return compareKeys(key, least) < 0 ? key : least;
  }, undefined);
}
