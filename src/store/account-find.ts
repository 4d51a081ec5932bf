import type { FindOptions } from 'mongodb';
import type { Call } from '../domain/ledger.ts';
import {
  type AccountMatch,
  countIndexOf,
  filterIndexOf,
  isServedBy,
  orderIndexOf,
  servedBy,
} from './account-index.ts';
import { comparePlaces, keyOf, type RowOrder, toPlace } from './account-order.ts';
import type { AccountRow } from './account-view.ts';
import { toWalkOptions } from './account-walk.ts';
import { remainingMs, type StoreContext, withoutHistory } from './context.ts';
import type { AccountIndex } from './indexes.ts';
import type { SortKey, Start } from './page-token.ts';

/** How many accounts the store puts in order itself: they are read at once, about half a megabyte. */
const fewMax = 1_000;

/** The accounts to find: those of a filter in an order, from a place on, at most so many. */
export interface AccountQuery {
  readonly match: AccountMatch;
  readonly order: RowOrder;
  readonly start: Start<SortKey>;
  readonly limit: number;
}

/**
 * Finds accounts in order. The database never sorts: each filter has an index in the order of the ids, and each order has an index,
 * along which account by account is asked for the rest of the filter. That would take long where few accounts pass: those of a
 * customer, a number, a code, or frozen ones. For each of these, an index in each order would be one more for every payment to write;
 * instead, where there are up to a thousand of them, they are read by the index of the filter and put in order here.
 */
export async function findAccounts(
  context: StoreContext,
  call: Call,
  query: AccountQuery,
): Promise<AccountRow[]> {
  const { match, start, limit } = query;
  const { field, descending } = query.order;
  if (field === undefined) return await findById(context, call, query);
  const index = orderIndexOf(match, field);
  const few = isServedBy(index, match) ? undefined : await findFew(context, call, query);
  if (few) return few;
  const { after, skip } = start;
  // In ascending order the walk begins with the place itself.
  const behind = after && !descending && { _id: { $ne: after._id } };
  const options = toWalkOptions(match, { index, field, descending, after });
  return await find(context, call, { ...match, ...behind }, { ...options, skip, limit });
}

/** Finds accounts in the order of their ids. */
async function findById(
  context: StoreContext,
  call: Call,
  { match, order: { descending }, start: { after, skip }, limit }: AccountQuery,
): Promise<AccountRow[]> {
  const hint = filterIndexOf(match);
  const filter = {
    // A customer's active accounts are behind the others in its index: both are read in order, and merged.
    ...(hint === 'customer' && { active: { $in: [false, true] } }),
    ...match,
    ...(after && { _id: descending ? { $lt: after._id } : { $gt: after._id } }),
  };
  const sort = { _id: descending ? -1 : 1 } as const;
  return await find(context, call, filter, { hint, sort, skip, limit });
}

/** Finds the accounts of a filter and puts them in order; undefined where they are many. */
async function findFew(
  context: StoreContext,
  call: Call,
  { match, order, start: { after, skip }, limit }: AccountQuery,
): Promise<AccountRow[] | undefined> {
  const counting = countIndexOf(match);
  const count = await context.collections.accounts.countDocuments(servedBy(counting, match), {
    hint: counting,
    limit: fewMax + 1,
    maxTimeMS: remainingMs(call),
  });
  if (count > fewMax) return undefined;
  const hint = filterIndexOf(match);
  const limits = { limit: fewMax + 1, batchSize: fewMax + 1 };
  const rows = await find(context, call, match, { hint, ...limits });
  // More may have come in between.
  if (rows.length > fewMax) return undefined;
  const first = after && toPlace(after);
  return rows
    .map((row) => ({ row, place: toPlace({ key: keyOf(order, row), _id: row._id }) }))
    .filter(({ place }) => !first || comparePlaces(order, place, first) > 0)
    .sort((a, b) => comparePlaces(order, a.place, b.place))
    .slice(skip, skip + limit)
    .map(({ row }) => row);
}

async function find(
  { collections: { accounts } }: StoreContext,
  call: Call,
  match: AccountMatch,
  options: FindOptions & { readonly hint: AccountIndex },
): Promise<AccountRow[]> {
  return await accounts
    .find(match, { ...options, projection: withoutHistory, maxTimeMS: remainingMs(call) })
    .toArray();
}
