import { type Document, ObjectId } from 'mongodb';
import type { ChangeEntry } from './documents.ts';

/** A change to write: what it is called, who makes it, and the fields it sets; null removes a field. */
export interface Change {
  readonly verb: string;
  readonly actor: string;
  readonly set: Readonly<Record<string, unknown>>;
}

/**
 * The changes that may wait in a document for the relay. A document that has reached it takes no further change, so that it
 * stays far below the 16 MiB of MongoDB also when the history cannot be written.
 */
export const pendingMax = 1_000;

/** The filter that keeps a document below pendingMax. */
export const hasRoomForChange = { [`pending.${pendingMax - 1}`]: { $exists: false } };

/**
 * Makes the update that changes a document and writes the history entry of the change, with the fields before and after it,
 * in one atomic write. It is a pipeline, because only there the entry can take its version and its `before` from the document
 * that the guard matched. Values go in as $literal: a `$` in a caller's text is no expression.
 *
 * @param fields the fields that the history shows; what else the change sets is not told in its entry
 */
export function changePipeline(fields: readonly string[], change: Change): [Document] {
  const before = Object.fromEntries(fields.map((field) => [field, `$${field}`]));
  const set = Object.fromEntries(
    Object.entries(change.set).map(([field, value]) => [
      field,
      value === null ? '$$REMOVE' : { $literal: value },
    ]),
  );
  const shown = Object.fromEntries(Object.entries(set).filter(([field]) => fields.includes(field)));
  const version = { $add: ['$version', 1] };
  const entry = {
    _id: new ObjectId(),
    version,
    verb: change.verb,
    actor: { $literal: change.actor },
    time: '$$NOW',
    before,
    after: { ...before, ...shown },
  };
  const pending = { $concatArrays: ['$pending', [entry]] };
  return [{ $set: { ...set, version, updateTime: '$$NOW', pending } }];
}

/** Makes the entry of the change by which a resource comes to be. */
export function creationEntry(
  fields: readonly string[],
  document: Readonly<Record<string, unknown>>,
  actor: string,
  time: Date,
): ChangeEntry {
  const after = Object.fromEntries(
    fields
      .filter((field) => document[field] !== undefined)
      .map((field) => [field, document[field]]),
  );
  return { _id: new ObjectId(), version: 1, verb: 'CREATE', actor, time, before: null, after };
}
