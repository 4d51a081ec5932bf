import type { Filter } from 'mongodb';
import type { Account, AccountFilter, AccountOrder } from '../domain/account.ts';
import type { Call } from '../domain/ledger.ts';
import type { Page, PageOf } from '../domain/page.ts';
import { type AccountRow, showAccounts } from './account-view.ts';
import { remainingMs, type StoreContext, withoutHistory } from './context.ts';
import { parseId } from './customer-document.ts';
import type { AccountDocument } from './documents.ts';
import { positionOf, rowsToFind, toPage } from './page-token.ts';

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
  { filter, page }: AccountListRequest,
): Promise<PageOf<Account>> {
  const identity = { tenant: call.tenant, list: 'accounts', filter };
  const position = positionOf(identity, page);
  const match = await toFilter(context, call, filter);
  if (!match) return { items: [], nextToken: '' };
  const documents = await context.collections.accounts
    .find({ ...match, ...position.filter })
    .project<AccountRow>(withoutHistory)
    .sort({ _id: 1 })
    .skip(position.skip)
    .limit(rowsToFind(page))
    .maxTimeMS(remainingMs(call))
    .toArray();
  const { items, nextToken } = toPage(identity, page, documents, (row) => row);
  return { items: await showAccounts(context, call, items), nextToken };
}

/** Counts the accounts of a list. */
export async function countAccounts(
  context: StoreContext,
  call: Call,
  filter: AccountFilter,
): Promise<number> {
  const match = await toFilter(context, call, filter);
  if (!match) return 0;
  return await context.collections.accounts.countDocuments(match, {
    maxTimeMS: remainingMs(call),
  });
}

/** Makes the filter of a list; undefined when no account can match. */
async function toFilter(
  { collections: { customers } }: StoreContext,
  call: Call,
  { customerId, customerExternalId, onlyNonZeroBalance: _, ...rest }: AccountFilter,
): Promise<Filter<AccountDocument> | undefined> {
  const filter: Filter<AccountDocument> = { tenant: call.tenant, ...rest };
  if (customerId === undefined && customerExternalId === undefined) return filter;
  const customer =
    customerId === undefined
      ? await customers.findOne(
          { tenant: call.tenant, externalId: customerExternalId ?? '' },
          { projection: { _id: 1 }, maxTimeMS: remainingMs(call) },
        )
      : { _id: parseId(customerId) };
  return customer?._id && { ...filter, customerId: customer._id };
}
