import { compareKeys, type Key } from './key.ts';

/** Rows in the order of a key, read beside others in the same order. */
export interface Follower<Row> {
  /** Gives the key of the next row; undefined when there is none left. */
  peek(): Promise<Key | undefined>;
  /** Visits the rows of a key, after it told of those that come before it as strays. */
  visit(key: Key, visitor: (row: Row) => void): Promise<void>;
  /** Tells of the rows that are left as strays. */
  end(): Promise<void>;
}

/**
 * Follows rows. Keys are asked for in ascending order, and only the rows of one batch are in memory.
 *
 * @param onStray is told of the rows whose key nobody asked for
 */
export function follow<Row>(
  rows: AsyncIterable<Row>,
  keyOf: (row: Row) => Key,
  onStray: (row: Row) => void,
): Follower<Row> {
  const iterator = rows[Symbol.asyncIterator]();
  let head: IteratorResult<Row> | undefined;

  const take = async (isTaken: (key: Key) => boolean, visitor: (row: Row) => void) => {
    head ??= await iterator.next();
    while (!head.done && isTaken(keyOf(head.value))) {
      visitor(head.value);
      head = await iterator.next();
    }
  };

  return {
    async peek() {
      head ??= await iterator.next();
      return head.done ? undefined : keyOf(head.value);
    },
    async visit(key, visitor) {
      await take((candidate) => compareKeys(candidate, key) < 0, onStray);
      await take((candidate) => compareKeys(candidate, key) === 0, visitor);
    },
    end: () => take(() => true, onStray),
  };
}
