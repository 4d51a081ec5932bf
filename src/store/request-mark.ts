import { createHash } from 'node:crypto';
import type { Document } from 'mongodb';

/** How many request ids are marked on a customer: as many as nearly all of them ever see, in half a kilobyte. */
export const marksMax = 32;

const markBytes = 6;

/** Makes the mark of a request id, 48 bits of its hash. Two ids may have the same mark; an id has always the same. */
export function markOf(requestId: string): number {
  return createHash('sha256').update(requestId).digest().readUIntBE(0, markBytes);
}

/** The filter of documents on which a mark would be, if its request id had been used. */
export function isUnmarked(mark: number): Document {
  return {
    requestMarks: { $type: 'array', $ne: mark },
    [`requestMarks.${marksMax - 1}`]: { $exists: false },
  };
}

/** The expression that adds a mark while there is room for it. */
export function addMark(mark: number): Document {
  return { $slice: [{ $concatArrays: ['$requestMarks', [mark]] }, marksMax] };
}

/** Tells whether ids may have been used that are not marked. */
export function isFull({ requestMarks }: { readonly requestMarks: readonly number[] }): boolean {
  return requestMarks.length >= marksMax;
}
