import {
  type ChangeStream,
  type ChangeStreamInsertDocument,
  type Db,
  MongoServerError,
  ObjectId,
} from 'mongodb';
import type { WatchEvent, WatchStart } from '../domain/change.ts';
import type { CustomerRef } from '../domain/customer.ts';
import type { LongCall } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { fromCustomerChange } from './change-document.ts';
import type { StoreContext } from './context.ts';
import { findCustomer } from './customer-find.ts';
import type { ChangeDocument } from './documents.ts';
import { toLedgerError } from './driver-error.ts';
import { createPosition, parsePosition, type WatchIdentity } from './watch-position.ts';
import { guardReader } from './watch-reader.ts';

/** How many watches a service has at once; each holds a connection to the database. */
export const watchesMax = 100;

/** How many of them a tenant has at the most, so that it leaves some to others. */
export const watchesOfTenantMax = 80;

/** How long the database is waited for before the key is looked at again, in milliseconds: below the delay of a revocation. */
const tickMs = 1_000;

/** How many changes are fetched ahead of a reader. */
const batchSize = 100;

/** The code of the server for a position that is no longer in its log. */
const historyLost = 286;

type Stream = ChangeStream<ChangeDocument, ChangeStreamInsertDocument<ChangeDocument>>;

/**
 * Creates the watch of the history: a change stream over it, which the relay fills in the order of each customer's versions. The
 * database is asked for more only when the reader has taken what there was.
 *
 * @param db the database, on connections of its own: a stream holds one while it waits
 */
export function createWatch(context: StoreContext, db: Db) {
  const watches = new Map<string, number>();
  const count = (tenant: string, by: number) => {
    const counted = (watches.get(tenant) ?? 0) + by;
    if (counted === 0) watches.delete(tenant);
    else watches.set(tenant, counted);
  };

  return async function* watch(
    call: LongCall,
    ref: CustomerRef | undefined,
    start: WatchStart,
  ): AsyncGenerator<WatchEvent, void, undefined> {
    const all = [...watches.values()].reduce((sum, each) => sum + each, 0);
    if (all >= watchesMax || (watches.get(call.tenant) ?? 0) >= watchesOfTenantMax) {
      throw new LedgerError('WATCHES_EXHAUSTED');
    }
    count(call.tenant, 1);
    let stream: Stream | undefined;
    // Whether the database has still to take the position that was given.
    let isUntried = false;
    try {
      const customerId = ref && (await findCustomer(context, call, ref)).id;
      const identity = { tenant: call.tenant, customerId };
      const resumeAfter = parsePosition(identity, start.position);
      isUntried = resumeAfter !== undefined;
      stream = db.collection<ChangeDocument>('changes').watch(toPipeline(identity), {
        ...(resumeAfter !== undefined && { resumeAfter }),
        maxAwaitTimeMS: tickMs,
        batchSize,
      });
      for await (const event of follow(stream, call, identity, start.heartbeatMs)) {
        isUntried = false;
        const release = guardReader(call);
        try {
          yield event;
        } finally {
          release();
        }
      }
    } catch (error) {
      throw explain(error, isUntried);
    } finally {
      count(call.tenant, -1);
      // The database may be away; then it forgets the stream by itself.
      await stream?.close().catch(() => undefined);
    }
  };
}

/** Yields where the stream begins, each change, and a sign of life where there is none for so long. */
async function* follow(
  stream: Stream,
  call: LongCall,
  identity: WatchIdentity,
  heartbeatMs: number,
): AsyncGenerator<WatchEvent, void, undefined> {
  let quietSince = Number.NEGATIVE_INFINITY;
  while (!call.signal.aborted) {
    const event = await stream.tryNext();
    await call.assertAllowed();
    if (!event && performance.now() - quietSince < heartbeatMs) continue;
    const position = createPosition(identity, stream.resumeToken);
    yield event ? { change: fromCustomerChange(event.fullDocument), position } : { position };
    quietSince = performance.now();
  }
}

function toPipeline({ tenant, customerId }: WatchIdentity) {
  return [
    {
      $match: {
        operationType: 'insert',
        'documentKey._id.tenant': tenant,
        'fullDocument.kind': 'customer',
        ...(customerId !== undefined && { 'documentKey._id.resource': new ObjectId(customerId) }),
      },
    },
  ];
}

/** Makes a refusal of what ended a watch. What the server cannot make out of a position it tells by dozens of codes. */
function explain(error: unknown, isUntried: boolean): LedgerError {
  if (!(error instanceof MongoServerError)) return toLedgerError(error);
  if (error.code === historyLost) return new LedgerError('WATCH_POSITION_EXPIRED');
  const refusal = toLedgerError(error);
  if (!isUntried || refusal.reason !== 'INTERNAL') return refusal;
  return new LedgerError('WATCH_POSITION_INVALID', {}, { cause: error });
}
