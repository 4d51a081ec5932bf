import {
  type AnyBulkWriteOperation,
  type Collection,
  MongoBulkWriteError,
  type ObjectId,
} from 'mongodb';
import type { Logger } from 'pino';
import type {
  ChangeDocument,
  ChangeEntry,
  Collections,
  JournaledDocument,
  ResourceKind,
} from './documents.ts';
import { hasPending } from './indexes.ts';

/** How many documents are relayed at once. */
const batchMax = 500;

/** How many documents a service remembers to relay; what is more is found by the next sweep. */
const noticedMax = 100_000;

/** How long changes gather before they are relayed, in milliseconds: the longer, the larger the batches. */
const gatherMs = 20;

/** How often what other services left behind is looked for, in milliseconds. */
const sweepIntervalMs = 60_000;

/** How long the relay rests after the database failed it, in milliseconds. */
const restMs = 1_000;

type Pending = Pick<JournaledDocument, '_id' | 'tenant' | 'pending'>;

/** Copies the changes that wait in their documents into the history, which is what readers and watchers see. */
export interface Relay {
  /** Remembers that a document has a change to copy. */
  notice(kind: ResourceKind, id: ObjectId): void;
  /** Looks for changes that another service, or this one before it was ended, has not copied, and copies them. */
  sweep(): Promise<void>;
  /** Copies what was noticed and ends. */
  close(): Promise<void>;
}

/**
 * Starts the relay. An entry reaches the history before it leaves its document, and its id there is made of the resource and the
 * version, so that a relay that is ended between the two steps, or runs twice at once, neither loses nor doubles an entry.
 */
export function startRelay(collections: Collections, log: Logger): Relay {
  const sources: Record<ResourceKind, Collection<Pending>> = {
    customer: collections.customers as unknown as Collection<Pending>,
    account: collections.accounts as unknown as Collection<Pending>,
  };
  const noticed = { customer: new Map<string, ObjectId>(), account: new Map<string, ObjectId>() };
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let closed = false;

  const schedule = (delayMs: number) => {
    if (closed || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      running ??= flush().finally(() => {
        running = undefined;
        if (noticed.customer.size + noticed.account.size > 0) schedule(gatherMs);
      });
    }, delayMs);
  };

  const flush = async () => {
    for (const kind of ['customer', 'account'] as const) {
      const ids = [...noticed[kind].values()].slice(0, batchMax);
      for (const id of ids) noticed[kind].delete(id.toHexString());
      try {
        await relayBatch(kind, ids);
      } catch (error) {
        for (const id of ids) noticed[kind].set(id.toHexString(), id);
        log.warn({ err: error }, 'changes could not be relayed; they stay with their resources');
        await new Promise((resolve) => setTimeout(resolve, closed ? 0 : restMs));
      }
    }
  };

  const relayBatch = async (kind: ResourceKind, ids: ObjectId[]): Promise<void> => {
    if (ids.length === 0) return;
    const source = sources[kind];
    const documents = await source
      .find({ _id: { $in: ids } }, { projection: { tenant: 1, pending: 1 } })
      .toArray();
    const changes = documents.flatMap((document) => toChanges(kind, document));
    if (changes.length === 0) return;
    await insertMissing(collections.changes, changes);
    const entries = documents.flatMap((document) => document.pending.map((entry) => entry._id));
    await source.updateMany(
      { _id: { $in: documents.map((document) => document._id) } },
      { $pull: { pending: { _id: { $in: entries } } } },
    );
  };

  const sweep = async () => {
    for (const kind of ['customer', 'account'] as const) {
      for (;;) {
        const found = await sources[kind]
          .find(hasPending, { projection: { _id: 1 }, hint: 'pending', limit: batchMax })
          .toArray();
        await relayBatch(
          kind,
          found.map((document) => document._id),
        );
        if (found.length < batchMax) break;
      }
    }
  };
  const sweeper = setInterval(() => {
    sweep().catch((error: unknown) => log.warn({ err: error }, 'the sweep of changes failed'));
  }, sweepIntervalMs);

  return {
    notice(kind, id) {
      if (noticed[kind].size < noticedMax) noticed[kind].set(id.toHexString(), id);
      schedule(gatherMs);
    },
    sweep,
    async close() {
      closed = true;
      clearInterval(sweeper);
      clearTimeout(timer);
      await running;
      await flush();
    },
  };
}

function toChanges(kind: ResourceKind, document: Pending): ChangeDocument[] {
  return document.pending.map(({ _id, ...entry }: ChangeEntry) => ({
    ...entry,
    _id: { resource: document._id, version: entry.version },
    tenant: document.tenant,
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
  const duplicateKey = 11000;
  try {
    await changes.bulkWrite(operations, { ordered: false });
  } catch (error) {
    const failures = error instanceof MongoBulkWriteError ? [error.writeErrors].flat() : [];
    if (failures.length === 0 || failures.some((failure) => failure.code !== duplicateKey)) {
      throw error;
    }
  }
}
