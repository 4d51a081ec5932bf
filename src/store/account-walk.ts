import { type Document, MaxKey, MinKey } from 'mongodb';
import type { AccountMatch } from './account-index.ts';
import type { OrderField } from './account-order.ts';
import type { AccountDocument } from './documents.ts';
import { type AccountIndex, accountIndexes, isNonZero } from './indexes.ts';
import type { Position, SortKey } from './page-token.ts';

/** A walk along the index of an order. */
interface Walk {
  readonly index: AccountIndex;
  readonly field: OrderField;
  readonly descending: boolean;
  /** Where the walk goes on; undefined where it begins. */
  readonly after: Position<SortKey> | undefined;
}

/** How find is to walk along an index: from and to which of its keys, and in which order. */
export interface WalkOptions {
  readonly hint: AccountIndex;
  /** Included. */
  readonly min: Document;
  /** Not included. */
  readonly max: Document;
  readonly sort: Record<string, 1 | -1>;
}

/**
 * Tells find how to walk along the index of an order, through the accounts of a filter. The ends are keys of the index: any place
 * among a million balances of zero is then found at once. A filter can say it only as an $or, for which the database has a choice of
 * plans, with a sort among them.
 */
export function toWalkOptions(
  match: AccountMatch,
  { index, field, descending, after }: Walk,
): WalkOptions {
  const names = Object.keys(accountIndexes[index].key);
  const ordered = names.indexOf(field);
  const place = after && [after.key, after._id];
  /** The key of the index that comes before, or behind, all that begin with these values in the order. */
  const end = (values: readonly unknown[], rest: MinKey | MaxKey): Document =>
    Object.fromEntries(
      names.map((name, at) => {
        if (at < ordered) return [name, match[name as keyof AccountDocument]];
        return [name, at - ordered < values.length ? values[at - ordered] : rest];
      }),
    );
  const behind = (values: readonly unknown[]) => end(values, new MaxKey());
  const before = (values: readonly unknown[]) => end(values, new MinKey());
  const first = field in match ? behind([isNonZero.balance.$gt]) : before([]);
  return {
    hint: index,
    min: place && !descending ? behind(place) : first,
    max: place && descending ? before(place) : behind([]),
    sort: Object.fromEntries(
      names.slice(0, ordered + 2).map((name) => [name, descending ? -1 : 1]),
    ),
  };
}
