import type { Filter } from 'mongodb';
import type { Call } from '../domain/ledger.ts';
import type { Page, PageOf } from '../domain/page.ts';
import type { RecordFilter, TransactionRecord } from '../domain/transaction-record.ts';
import { remainingMs, type StoreContext } from './context.ts';
import { parseId } from './customer-document.ts';
import type { RecordDocument } from './documents.ts';
import { fromRecordDocument } from './record-document.ts';

/**
 * Lists records, newest first.
 *
 * @throws LedgerError PAGE_TOKEN_INVALID
 */
export async function listRecords(
  { collections: { records } }: StoreContext,
  call: Call,
  filter: RecordFilter,
  page: Page,
): Promise<PageOf<TransactionRecord>> {
  const match = toFilter(call, filter);
  if (!match) return { items: [], nextToken: '' };
  const found = await records
    .find<RecordDocument>(match)
    .sort({ createTime: -1, _id: -1 })
    .skip('offset' in page ? page.offset : 0)
    .limit(page.size)
    .maxTimeMS(remainingMs(call))
    .toArray();
  return { items: found.map(fromRecordDocument), nextToken: '' };
}

/** Counts the records of a list. */
export async function countRecords(
  { collections: { records } }: StoreContext,
  call: Call,
  filter: RecordFilter,
): Promise<number> {
  const match = toFilter(call, filter);
  return match ? await records.countDocuments(match, { maxTimeMS: remainingMs(call) }) : 0;
}

/** Makes the filter of a list; undefined when no record can match. */
function toFilter(
  call: Call,
  { accountId, reference }: RecordFilter,
): Filter<RecordDocument> | undefined {
  const account = accountId === undefined ? undefined : parseId(accountId);
  if (accountId !== undefined && !account) return undefined;
  return {
    tenant: call.tenant,
    ...(account && { accountId: account }),
    ...(reference !== undefined && { reference }),
  };
}
