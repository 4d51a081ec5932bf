import { createHash } from 'node:crypto';
import { type Filter, ObjectId } from 'mongodb';
import { LedgerError } from '../domain/ledger-error.ts';
import type { Page, PageOf } from '../domain/page.ts';

const checkBytes = 12;

/** The list that a page token belongs to: its tenant, what is listed, and the filters. */
export interface ListIdentity {
  readonly tenant: string;
  readonly list: string;
  readonly filter: object;
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
    bytes.toString('base64url') === token &&
    bytes.subarray(-checkBytes).equals(checksum(identity, position));
  if (!isGenuine) throw new LedgerError('PAGE_TOKEN_INVALID');
  return position;
}

/** Where a page of a list by ascending ids begins, for find: the filter and the rows to skip. */
export function positionOf(
  identity: ListIdentity,
  page: Page,
): { filter: Filter<{ _id: ObjectId }>; skip: number } {
  if ('offset' in page) return { filter: {}, skip: page.offset };
  const last = parsePageToken(identity, page.token);
  return { filter: last ? { _id: { $gt: new ObjectId(last) } } : {}, skip: 0 };
}

/** How many rows to find for a page: one more than it holds where a token is to tell that there is a next one. */
export function rowsToFind(page: Page): number {
  return 'token' in page ? page.size + 1 : page.size;
}

/** Makes a page of the rows that were found. */
export function toPage<D extends { _id: ObjectId }, T>(
  identity: ListIdentity,
  page: Page,
  documents: readonly D[],
  fromDocument: (document: D) => T,
): PageOf<T> {
  const rows = documents.slice(0, page.size);
  const last = documents.length > page.size ? rows.at(-1) : undefined;
  return {
    items: rows.map(fromDocument),
    nextToken: last ? createPageToken(identity, last._id.id) : '',
  };
}

function checksum(identity: ListIdentity, position: Uint8Array): Buffer {
  const filter = Object.entries(identity.filter).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([identity.tenant, identity.list, filter]))
    .update(position)
    .digest()
    .subarray(0, checkBytes);
}
