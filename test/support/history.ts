import type { ObjectId } from 'mongodb';
import { expect } from 'vitest';
import type {
  ChangeEntry,
  Collections,
  JournaledDocument,
  ResourceKind,
} from '../../src/store/documents.ts';

import { unfoldPending } from '../../src/store/pending-change.ts';

/** An entry of the history, wherever it is kept. */
export type HistoryEntry = Omit<ChangeEntry, '_id'>;

/** Reads what waits in a document for the relay. */
export async function readPending(
  collections: Collections,
  kind: ResourceKind,
  id: ObjectId,
): Promise<ChangeEntry[]> {
  const document = await (kind === 'customer'
    ? collections.customers.findOne({ _id: id })
    : collections.accounts.findOne({ _id: id }));
  return document ? unfoldPending(kind, document) : [];
}

/** Reads what the relay has copied of a resource, by version. */
export async function readChanges(
  { changes }: Collections,
  resource: ObjectId,
): Promise<HistoryEntry[]> {
  const documents = await changes.find({ '_id.resource': resource }).sort({ version: 1 }).toArray();
  return documents.map(({ _id: _, kind: _kind, ...entry }) => entry);
}

/**
 * Reads the whole history of a resource, by version: what waits in its document first, since an entry is in the changes before it
 * leaves the document. An entry that is in both places must be the same in both.
 */
export async function readHistory(
  collections: Collections,
  kind: ResourceKind,
  id: ObjectId,
): Promise<HistoryEntry[]> {
  const pending = await readPending(collections, kind, id);
  const copied = await readChanges(collections, id);
  const byVersion = new Map(copied.map((entry) => [entry.version, entry]));
  for (const { _id: _, ...entry } of pending) {
    const twin = byVersion.get(entry.version);
    if (twin) expect(twin).toEqual(entry);
    byVersion.set(entry.version, entry);
  }
  return [...byVersion.values()].sort((a, b) => a.version - b.version);
}

/** Asserts that the history of every document tells each version from 1 to its own once, each beginning where the last ended. */
export async function expectWholeHistory(
  collections: Collections,
  kind: ResourceKind,
): Promise<void> {
  const source = kind === 'customer' ? collections.customers : collections.accounts;
  const documents: JournaledDocument[] = await source.find().toArray();
  const copied = await collections.changes.find({ kind }).sort({ version: 1 }).toArray();
  const byResource = new Map<string, HistoryEntry[]>();
  for (const { _id, ...entry } of copied) {
    const key = _id.resource.toHexString();
    byResource.set(key, [...(byResource.get(key) ?? []), entry]);
  }
  for (const document of documents) {
    const entries = byResource.get(document._id.toHexString()) ?? [];
    const known = new Set(entries.map((entry) => entry.version));
    const whole = [
      ...entries,
      ...unfoldPending(kind, document).filter(({ version }) => !known.has(version)),
    ];
    expectChain(whole, document.version);
  }
}

/** Asserts that entries tell the versions from 1 to the last once, and that each begins with what the one before it left. */
export function expectChain(entries: readonly HistoryEntry[], version: number): void {
  const ordered = [...entries].sort((a, b) => a.version - b.version);
  expect(ordered.map((entry) => entry.version)).toEqual(
    Array.from({ length: version }, (_, index) => index + 1),
  );
  for (const [index, entry] of ordered.entries()) {
    expect(entry.before).toEqual(ordered[index - 1]?.after ?? null);
  }
}
