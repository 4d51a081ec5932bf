import { ObjectId } from 'mongodb';
import { compareDecimals } from '../domain/decimal.ts';
import { readFinite } from './finite-decimal.ts';

/** Asks whether two values of a document are the same. The fields of objects may come in any order; one that is absent is undefined. */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (a instanceof ObjectId && b instanceof ObjectId) return a.equals(b);
  const [one, other] = [readFinite(a), readFinite(b)];
  if (one && other) return compareDecimals(one, other) === 0;
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  if (!isPlain(a) || !isPlain(b)) return a === b;
  const fields = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...fields].every((field) => isSameValue(a[field], b[field]));
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return value?.constructor === Object;
}
