import type { Account, AccountFilter, AccountOrder } from '../domain/account.ts';
import type { Call } from '../domain/ledger.ts';
import type { Page, PageOf } from '../domain/page.ts';
import { findAccounts } from './account-find.ts';
import { type AccountMatch, countIndexOf } from './account-index.ts';
import { keyOf, keyTestOf, toRowOrder } from './account-order.ts';
import { showAccounts } from './account-view.ts';
import { remainingMs, type StoreContext } from './context.ts';
import { parseId } from './customer-document.ts';
import { isNonZero } from './indexes.ts';
import { rowsToFind, startOf, toPage } from './page-token.ts';

/** A page of accounts that is asked for. */
interface AccountListRequest {
  readonly filter: AccountFilter;
  readonly page: Page;
  readonly order: AccountOrder | undefined;
}

/**
 * Lists accounts.
 *
 * @throws LedgerError PAGE_TOKEN_INVALID
 */
export async function listAccounts(
  context: StoreContext,
  call: Call,
  { filter, page, order }: AccountListRequest,
): Promise<PageOf<Account>> {
  const rowOrder = toRowOrder(filter, order);
  const { field, descending } = rowOrder;
  const list = ['accounts', ...(field ? [field] : []), ...(descending ? ['descending'] : [])];
  const identity = { tenant: call.tenant, list: list.join(' '), filter };
  const start = startOf(identity, page, keyTestOf(rowOrder, filter));
  const match = await toMatch(context, call, filter);
  if (!match) return { items: [], nextToken: '' };
  const query = { match, order: rowOrder, start, limit: rowsToFind(page) };
  const rows = await findAccounts(context, call, query);
  const found = toPage(
    identity,
    page,
    rows,
    (row) => row,
    (row) => keyOf(rowOrder, row),
  );
  return { items: await showAccounts(context, call, found.items), nextToken: found.nextToken };
}

/** Counts the accounts of a list. */
export async function countAccounts(
  context: StoreContext,
  call: Call,
  filter: AccountFilter,
): Promise<number> {
  const match = await toMatch(context, call, filter);
  if (!match) return 0;
  return await context.collections.accounts.countDocuments(match, {
    hint: countIndexOf(match),
    maxTimeMS: remainingMs(call),
  });
}

/** Makes the filter of a list as the database takes it; undefined when no account can match. */
async function toMatch(
  { collections: { customers } }: StoreContext,
  call: Call,
  { customerId, customerExternalId, onlyNonZeroBalance, ...texts }: AccountFilter,
): Promise<AccountMatch | undefined> {
  const match: AccountMatch = {
    tenant: call.tenant,
    ...texts,
    ...(onlyNonZeroBalance && isNonZero),
  };
  if (customerId === undefined && customerExternalId === undefined) return match;
  const customer =
    customerId === undefined
      ? await customers.findOne(
          { tenant: call.tenant, externalId: customerExternalId ?? '' },
          { projection: { _id: 1 }, maxTimeMS: remainingMs(call) },
        )
      : { _id: parseId(customerId) };
  return customer?._id && { ...match, customerId: customer._id };
}
