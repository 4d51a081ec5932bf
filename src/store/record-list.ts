import type { Filter, ObjectId } from 'mongodb';
import type { Call } from '../domain/ledger.ts';
import type { Page, PageOf } from '../domain/page.ts';
import type { RecordFilter, TransactionRecord } from '../domain/transaction-record.ts';
import { toAmountFilter } from './amount-bound.ts';
import { remainingMs, type StoreContext } from './context.ts';
import { parseId } from './customer-document.ts';
import type { AccountDocument, RecordDocument } from './documents.ts';
import type { RecordIndex } from './indexes.ts';
import { rowsToFind, startOf, toPage } from './page-token.ts';
import { fromRecordDocument } from './record-document.ts';
import { recordIndexOf } from './record-index.ts';

/**
 * Lists records, newest first.
 *
 * @throws LedgerError PAGE_TOKEN_INVALID
 */
export async function listRecords(
  context: StoreContext,
  call: Call,
  filter: RecordFilter,
  page: Page,
): Promise<PageOf<TransactionRecord>> {
  const identity = { tenant: call.tenant, list: 'records', filter };
  const { after, skip } = startOf(identity, page, isTime);
  // What comes behind a record is not newer than it. Those of its own millisecond are few and passed by: written as an $or, it would
  // leave the database a choice of plans, with a sort among them.
  const match = toMatch(call, after ? { ...filter, to: after.key } : filter);
  if (!match) return { items: [], nextToken: '' };
  const passed = after && { $nor: [{ createTime: after.key, _id: { $gte: after._id } }] };
  const documents = await context.collections.records
    .find<RecordDocument>({ ...match, ...passed })
    .hint(await chooseIndex(context, call, filter))
    .sort({ createTime: -1, _id: -1 })
    .skip(skip)
    .limit(rowsToFind(page))
    .maxTimeMS(remainingMs(call))
    .toArray();
  return toPage(identity, page, documents, fromRecordDocument, ({ createTime }) => createTime);
}

/** Counts the records of a list. */
export async function countRecords(
  context: StoreContext,
  call: Call,
  filter: RecordFilter,
): Promise<number> {
  const match = toMatch(call, filter);
  if (!match) return 0;
  return await context.collections.records.countDocuments(match, {
    hint: await chooseIndex(context, call, filter),
    maxTimeMS: remainingMs(call),
  });
}

function isTime(key: unknown): key is Date {
  return key instanceof Date;
}

/** Chooses the index; of the two accounts of a payment it is that of the one with fewer records. */
async function chooseIndex(
  { collections: { accounts } }: StoreContext,
  call: Call,
  filter: RecordFilter,
): Promise<RecordIndex> {
  const index = recordIndexOf(filter);
  const own = parseId(filter.accountId ?? '');
  const other = parseId(filter.counterAccountId ?? '');
  if (index !== 'account' || !own || !other) return index;
  const found = await accounts
    .find({ _id: { $in: [own, other] }, tenant: call.tenant })
    .project<Pick<AccountDocument, '_id' | 'records'>>({ records: 1 })
    .hint({ _id: 1 })
    .maxTimeMS(remainingMs(call))
    .toArray();
  const recordsOf = (id: ObjectId) => found.find(({ _id }) => _id.equals(id))?.records ?? 0;
  return recordsOf(other) < recordsOf(own) ? 'counterAccount' : 'account';
}

/** Makes the filter of a list as the database takes it; undefined when no record can match. */
function toMatch(call: Call, filter: RecordFilter): Filter<RecordDocument> | undefined {
  const { customerId, accountId, counterAccountId, from, to, ...rest } = filter;
  const { currencies = [], amounts = [], ...texts } = rest;
  const ids = Object.entries({ customerId, accountId, counterAccountId })
    .filter(([, id]) => id !== undefined)
    .map(([field, id = '']) => [field, parseId(id)] as const);
  if (ids.some(([, id]) => id === undefined)) return undefined;
  return {
    tenant: call.tenant,
    ...Object.fromEntries(ids),
    ...texts,
    // A single one is a point of the index, also for a count.
    ...(currencies.length > 0 && {
      currency: currencies.length === 1 ? currencies[0] : { $in: currencies },
    }),
    ...((from || to) && { createTime: { ...(from && { $gte: from }), ...(to && { $lte: to }) } }),
    ...(amounts.length > 0 && { $and: amounts.map(toAmountFilter) }),
  };
}
