import { createHash } from 'node:crypto';
import { BSON, type Decimal128, type Filter, ObjectId } from 'mongodb';
import { LedgerError } from '../domain/ledger-error.ts';
import type { Page, PageOf } from '../domain/page.ts';

const idBytes = 12;
const checkBytes = 12;

/** The longest token, in bytes: 512 characters, which the contract gives it. */
const tokenBytesMax = 384;

/** The list that a page token belongs to: its tenant, what is listed in which order, and the filters. */
export interface ListIdentity {
  readonly tenant: string;
  readonly list: string;
  readonly filter: object;
}

/** What rows can be ordered by before their ids; null where a row has none, undefined where the ids alone are the order. */
export type SortKey = string | Date | Decimal128 | null | undefined;

/** The place of a row in its list. */
export interface Position<K extends SortKey = undefined> {
  readonly key: K;
  readonly _id: ObjectId;
}

/** Where a page begins: behind a row, or behind so many of them. */
export interface Start<K extends SortKey = undefined> {
  readonly after: Position<K> | undefined;
  readonly skip: number;
}

/**
 * Makes the token of the page behind a row: the row's position in the list, and a checksum over it and the list, so that a token
 * that was altered, or comes from another list, is told from a good one. It authorises nothing: whoever forges one gets a
 * position in a list that its own key lets it read.
 */
export function createPageToken(identity: ListIdentity, last: Uint8Array): string {
  return Buffer.concat([last, checksum(identity, last)]).toString('base64url');
}

/**
 * Parses a page token, to the position that it was made of; undefined for the first page.
 *
 * @throws LedgerError PAGE_TOKEN_INVALID when the token is not one of this list's
 */
export function parsePageToken(identity: ListIdentity, token: string): Buffer | undefined {
  if (token === '') return undefined;
  const bytes = Buffer.from(token, 'base64url');
  const position = bytes.subarray(0, -checkBytes);
  const isGenuine =
    bytes.length <= tokenBytesMax &&
    bytes.toString('base64url') === token &&
    bytes.subarray(-checkBytes).equals(checksum(identity, position));
  if (!isGenuine) throw new LedgerError('PAGE_TOKEN_INVALID');
  return position;
}

/** Writes the place of a row: its id, and its key where the list has one. */
function encodePosition({ key, _id }: Position<SortKey>): Uint8Array {
  return key === undefined ? _id.id : Buffer.concat([_id.id, BSON.serialize({ key })]);
}

/** Reads the place of a row, whose key must be one of its list. */
function decodePosition<K extends SortKey>(
  bytes: Buffer,
  isKey: (key: unknown) => key is K,
): Position<K> {
  const key = decodeKey(bytes.subarray(idBytes));
  if (bytes.length < idBytes || !isKey(key)) throw new LedgerError('PAGE_TOKEN_INVALID');
  return { key, _id: new ObjectId(bytes.subarray(0, idBytes)) };
}

/** Where a page of a list begins; `isKey` tells the keys of its order from what a forger may have put in their place. */
export function startOf<K extends SortKey>(
  identity: ListIdentity,
  page: Page,
  isKey: (key: unknown) => key is K,
): Start<K> {
  if ('offset' in page) return { after: undefined, skip: page.offset };
  const position = parsePageToken(identity, page.token);
  return { after: position && decodePosition(position, isKey), skip: 0 };
}

/** Where a page of a list by ascending ids begins, for find: the filter and the rows to skip. */
export function positionOf(
  identity: ListIdentity,
  page: Page,
): { filter: Filter<{ _id: ObjectId }>; skip: number } {
  const { after, skip } = startOf(identity, page, hasNoKey);
  return { filter: after ? { _id: { $gt: after._id } } : {}, skip };
}

/** Tells the key of a list that is ordered by ids alone: none. */
export function hasNoKey(key: unknown): key is undefined {
  return key === undefined;
}

/** How many rows to find for a page: one more than it holds where a token is to tell that there is a next one. */
export function rowsToFind(page: Page): number {
  return 'token' in page ? page.size + 1 : page.size;
}

/** Makes a page of the rows that were found; `keyOf` gives what the list is ordered by before the ids. */
export function toPage<D extends { _id: ObjectId }, T>(
  identity: ListIdentity,
  page: Page,
  documents: readonly D[],
  fromDocument: (document: D) => T,
  keyOf: (document: D) => SortKey = () => undefined,
): PageOf<T> {
  const rows = documents.slice(0, page.size);
  const last = documents.length > page.size ? rows.at(-1) : undefined;
  return {
    items: rows.map(fromDocument),
    nextToken: last
      ? createPageToken(identity, encodePosition({ key: keyOf(last), _id: last._id }))
      : '',
  };
}

function decodeKey(encoded: Buffer): unknown {
  if (encoded.length === 0) return undefined;
  try {
    return BSON.deserialize(encoded).key;
  } catch (error) {
    throw new LedgerError('PAGE_TOKEN_INVALID', {}, { cause: error });
  }
}

function checksum(identity: ListIdentity, position: Uint8Array): Buffer {
  const filter = Object.entries(identity.filter).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([identity.tenant, identity.list, filter]))
    .update(position)
    .digest()
    .subarray(0, checkBytes);
}
