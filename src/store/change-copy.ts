import {
  type AnyBulkWriteOperation,
  type Collection,
  MongoBulkWriteError,
  type ObjectId,
} from 'mongodb';
import type { ChangeDocument, Collections, JournaledDocument, ResourceKind } from './documents.ts';
import { duplicateKey } from './driver-error.ts';
import { hasPending } from './indexes.ts';
import { historyFields, unfoldPending } from './pending-change.ts';

type Pending = Pick<JournaledDocument, '_id' | 'tenant' | 'pending'>;

/** What the relay reads of each kind of resource. */
const projections = { customer: project('customer'), account: project('account') };

function project(kind: ResourceKind) {
  return Object.fromEntries(['tenant', 'pending', ...historyFields[kind]].map((name) => [name, 1]));
}

/** The collection of each kind of resource, as far as the relay looks at it. */
function sourceOf(collections: Collections, kind: ResourceKind): Collection<Pending> {
  const sources = { customer: collections.customers, account: collections.accounts };
  return sources[kind] as unknown as Collection<Pending>;
}

/** Finds resources with changes that are not in the history yet, at most so many. */
export async function findPending(
  collections: Collections,
  kind: ResourceKind,
  limit: number,
): Promise<ObjectId[]> {
  const found = await sourceOf(collections, kind)
    .find(hasPending, { projection: { _id: 1 }, hint: 'pending', limit })
    .toArray();
  return found.map((document) => document._id);
}

/**
 * Copies the pending changes of resources into the history, then removes them from the resources. An entry is in the history
 * before it leaves its resource, and its id there is made of the resource and the version: whoever is ended between the two
 * steps, or copies at the same time as another, neither loses nor doubles an entry.
 */
export async function copyChanges(
  collections: Collections,
  kind: ResourceKind,
  ids: readonly ObjectId[],
): Promise<void> {
  if (ids.length === 0) return;
  const source = sourceOf(collections, kind);
  const documents = await source
    .find({ _id: { $in: ids } }, { projection: projections[kind] })
    .toArray();
  const changes = documents.flatMap((document) => toChanges(kind, document));
  if (changes.length === 0) return;
  await insertMissing(collections.changes, changes);
  const entries = documents.flatMap((document) => document.pending.map((entry) => entry._id));
  await source.updateMany(
    { _id: { $in: documents.map((document) => document._id) } },
    { $pull: { pending: { _id: { $in: entries } } } },
  );
}

/** Makes the entries of the history from those that wait in a resource. */
export function toChanges(kind: ResourceKind, document: Pending): ChangeDocument[] {
  return unfoldPending(kind, document).map(({ _id, ...entry }) => ({
    ...entry,
    _id: { tenant: document.tenant, resource: document._id, version: entry.version },
    kind,
  }));
}

/** Inserts the changes that are not in the history yet. */
async function insertMissing(
  changes: Collection<ChangeDocument>,
  documents: ChangeDocument[],
): Promise<void> {
  const operations: AnyBulkWriteOperation<ChangeDocument>[] = documents.map((document) => ({
    insertOne: { document },
  }));
  try {
    await changes.bulkWrite(operations, { ordered: false });
  } catch (error) {
    const failures = error instanceof MongoBulkWriteError ? [error.writeErrors].flat() : [];
    if (failures.length === 0 || failures.some((failure) => failure.code !== duplicateKey)) {
      throw error;
    }
  }
}
