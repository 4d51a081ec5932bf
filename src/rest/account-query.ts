import type { AccountFilter, AccountOrder, AccountSortKey } from '../domain/account.ts';
import { type Page, restPageSizeMax } from '../domain/page.ts';
import { excludedBy, optional, type Shaped } from './field.ts';
import { booleanText, integerText, oneOf } from './scalar-field.ts';
import { accountNames, currency, offset, offsetMax, pageSize } from './shapes.ts';

/** What the list of accounts can be sorted by. */
const sortKeys = {
  id: 'id',
  account_number: 'accountNumber',
  account_balance: 'accountBalance',
  available_balance: 'availableBalance',
} as const satisfies Record<string, AccountSortKey>;

type SortName = keyof typeof sortKeys;

const sortNames = Object.keys(sortKeys) as SortName[];

const shared = {
  pageSize: optional(pageSize),
  page: optional(integerText(0, Math.floor(offsetMax / restPageSizeMax))),
  offset: excludedBy(offset, 'page'),
  sort: optional(oneOf(['asc', 'desc'])),
  active: optional(booleanText),
  onlyNonZeroBalance: optional(booleanText),
  frozen: optional(booleanText),
  currency: optional(currency),
  accountNumber: accountNames.accountNumber,
};

/** The query of the list of all accounts (wire contract, section 3). */
export const accountListQuery = { ...shared, sortBy: optional(oneOf(sortNames)) };

/** The query of their count: what a list is asked for, where the id is `_id` too. Page and order do not change the count. */
export const accountCountQuery = { ...shared, sortBy: optional(oneOf([...sortNames, '_id'])) };

/** Gives the filter of a list or a count. */
export function toAccountFilter(
  query: Shaped<typeof accountListQuery | typeof accountCountQuery>,
): AccountFilter {
  const {
    pageSize: _size,
    page: _page,
    offset: _offset,
    sort: _sort,
    sortBy: _by,
    ...filter
  } = query;
  return filter;
}

/** Gives the page of a list: by rows, or by pages, which are counted from 0. */
export function toAccountPage(query: Shaped<typeof accountListQuery>): Page {
  const { pageSize: size = restPageSizeMax, page = 0, offset: rows = page * size } = query;
  return { size, offset: rows };
}

/** Gives the order of a list. */
export function toAccountOrder(query: Shaped<typeof accountListQuery>): AccountOrder {
  const { sort, sortBy = 'id' } = query;
  return { by: sortKeys[sortBy], descending: sort === 'desc' };
}
