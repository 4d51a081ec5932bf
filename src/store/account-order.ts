import { Decimal128 } from 'mongodb';
import type { AccountFilter, AccountOrder, AccountSortKey } from '../domain/account.ts';
import { compareDecimals, type Decimal, zero } from '../domain/decimal.ts';
import type { AccountRow } from './account-view.ts';
import { fromDecimal128 } from './decimal128.ts';
import { hasNoKey, type Position, type SortKey } from './page-token.ts';

/** The order of a list as the store follows it: by a field and then by the id, both in the same direction. */
export interface RowOrder {
  /** Undefined where the ids alone are the order. */
  readonly field: OrderField | undefined;
  readonly descending: boolean;
}

export type OrderField = 'accountNumber' | 'balance' | 'available';

/** The fields of the orders. What is available is taken as what is not blocked, whatever is shown: a disable writes no account. */
const fields = {
  id: undefined,
  accountNumber: 'accountNumber',
  accountBalance: 'balance',
  availableBalance: 'available',
} as const satisfies Record<AccountSortKey, OrderField | undefined>;

/**
 * Makes the order of a list: oldest first when none is asked for. Accounts that are equal in what is asked for are in the order of
 * their ids: those of one number, and in their balances those that are inactive, which hold nothing and have nothing blocked.
 */
export function toRowOrder(
  filter: AccountFilter,
  { by, descending }: AccountOrder = { by: 'id', descending: false },
): RowOrder {
  const areEqual =
    by === 'accountNumber' ? filter.accountNumber !== undefined : filter.active === false;
  return { field: areEqual ? undefined : fields[by], descending };
}

/** Gives what a row is ordered by before its id. */
export function keyOf({ field }: RowOrder, row: AccountRow): SortKey {
  return field && (row[field] ?? null);
}

/** Gives the test by which the keys of a list's order are known, from what a forger may put in their place. */
export function keyTestOf(
  { field }: RowOrder,
  { onlyNonZeroBalance = false }: AccountFilter,
): (key: unknown) => key is SortKey {
  if (field === undefined) return hasNoKey;
  if (field === 'accountNumber') return isNumberKey;
  return field === 'balance' && onlyNonZeroBalance ? isMoreThanZero : isFiniteKey;
}

function isNumberKey(key: unknown): key is string | null {
  return key === null || typeof key === 'string';
}

function isFiniteKey(key: unknown): key is Decimal128 {
  return key instanceof Decimal128 && /\d/.test(key.toString());
}

function isMoreThanZero(key: unknown): key is Decimal128 {
  return isFiniteKey(key) && compareDecimals(fromDecimal128(key), zero) > 0;
}

/** A place of a list, parsed to be compared often. */
interface Place {
  readonly value: Decimal | Buffer | undefined;
  readonly id: Uint8Array;
}

/** Parses the place of a row. */
export function toPlace({ key, _id }: Position<SortKey>): Place {
  if (key instanceof Decimal128) return { value: fromDecimal128(key), id: _id.id };
  return { value: typeof key === 'string' ? Buffer.from(key) : undefined, id: _id.id };
}

/** Compares two places of a list as the database orders them: less than 0 when `a` comes first. */
export function comparePlaces({ descending }: RowOrder, a: Place, b: Place): number {
  const ascending = compareValues(a.value, b.value) || Buffer.compare(a.id, b.id);
  return descending ? -ascending : ascending;
}

/** Texts are in the order of their bytes, behind the rows that have none. */
function compareValues(a: Place['value'], b: Place['value']): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return Buffer.compare(a as Buffer, b as Buffer);
  }
  return compareDecimals(a, b);
}
