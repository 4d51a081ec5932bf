import { type Document, ObjectId } from 'mongodb';
import type { Call } from '../domain/ledger.ts';
import type { ChangeEntry } from './documents.ts';
import { addMark } from './request-mark.ts';

/** What is kept of a request id with the change that was made under it. */
export interface Once {
  /** The hash of what was asked for. */
  readonly hash: string;
  /** The mark of the id. */
  readonly mark: number;
}

/** A change to write: what it is called, and the fields it sets; null removes a field. */
export interface Change {
  readonly verb: string;
  readonly set: Readonly<Record<string, unknown>>;
  /** What is kept of a request id that the history answers for. */
  readonly once?: Once & {
    /** The fields, besides those of the history, that the answer shows. */
    readonly answerFields: readonly string[];
  };
}

/**
 * The changes that may wait in a document for the relay. A document that has reached it takes no further change, so that it
 * stays far below the 16 MiB of MongoDB also when the history cannot be written.
 */
export const pendingMax = 1_000;

/** The filter that keeps a document below pendingMax. */
export const hasRoomForChange = { [`pending.${pendingMax - 1}`]: { $exists: false } };

/**
 * Makes the update that changes a document and writes the history entry of the change in one atomic write. It is a pipeline, because
 * only there the entry can take its version and what was before from the document that the guard matched. Values go in as $literal: a
 * `$` in a caller's text is no expression.
 *
 * The entry holds what the fields that it changes were; the rest of them is in the document until the entry is copied. One that
 * answers for a request id holds all fields before and after the change, since it may be read by itself.
 *
 * @param fields the fields that the history shows; what else the change sets is not told in its entry
 */
export function changePipeline(
  call: Call,
  fields: readonly string[],
  { verb, set, once }: Change,
): [Document] {
  const values = Object.fromEntries(
    Object.entries(set).map(([field, value]) => [
      field,
      value === null ? '$$REMOVE' : { $literal: value },
    ]),
  );
  const version = { $add: ['$version', 1] };
  const entry = {
    _id: new ObjectId(),
    version,
    verb,
    ...toLiterals(describeCause(call)),
    ...(once && { requestHash: once.hash, answer: readFields(once.answerFields) }),
    time: '$$NOW',
    ...(once ? tellWhole(fields, values) : tellChanged(fields, values)),
  };
  const pending = { $concatArrays: ['$pending', [entry]] };
  const marks = once && { requestMarks: addMark(once.mark) };
  return [{ $set: { ...values, version, updateTime: '$$NOW', pending, ...marks } }];
}

/** Tells all fields of the history before and after a change. */
function tellWhole(fields: readonly string[], values: Readonly<Record<string, unknown>>) {
  const before = readFields(fields);
  const shown = Object.entries(values).filter(([field]) => fields.includes(field));
  return { before, after: { ...before, ...Object.fromEntries(shown) } };
}

/** Tells what the fields that a change sets were before it. */
function tellChanged(fields: readonly string[], values: Readonly<Record<string, unknown>>) {
  const changed = fields.filter((field) => field in values);
  return {
    was: Object.fromEntries(changed.map((field) => [field, { $ifNull: [`$${field}`, null] }])),
  };
}

/** Makes the entry of the change by which a resource comes to be. */
export function creationEntry(
  call: Call,
  fields: readonly string[],
  document: Readonly<Record<string, unknown>>,
  time: Date,
): ChangeEntry {
  const after = Object.fromEntries(
    fields
      .filter((field) => document[field] !== undefined)
      .map((field) => [field, document[field]]),
  );
  const told = { _id: new ObjectId(), version: 1, verb: 'CREATE', ...describeCause(call) };
  return { ...told, time, before: null, after };
}

/** Tells who makes a change, and why. */
function describeCause({ actor, intent = {} }: Call) {
  const { reason, comment, requestId } = intent;
  return {
    actor,
    ...(reason !== undefined && { reason }),
    ...(comment !== undefined && { comment }),
    ...(requestId !== undefined && { requestId }),
  };
}

function readFields(fields: readonly string[]): Document {
  return Object.fromEntries(fields.map((field) => [field, `$${field}`]));
}

function toLiterals(values: Readonly<Record<string, string>>): Document {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { $literal: value }]),
  );
}
