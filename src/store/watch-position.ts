import { createHash } from 'node:crypto';
import type { ResumeToken } from 'mongodb';
import { LedgerError } from '../domain/ledger-error.ts';

const checkBytes = 12;

/** What a position belongs to: the customers of a tenant, or one of them. */
export interface WatchIdentity {
  readonly tenant: string;
  readonly customerId: string | undefined;
}

/** Makes a position of the database's own, with a checksum over it and what is watched. As a page token, it authorises nothing. */
export function createPosition(identity: WatchIdentity, token: ResumeToken): string {
  const bytes = Buffer.from(String((token as { _data: unknown })._data), 'hex');
  return Buffer.concat([bytes, checksum(identity, bytes)]).toString('base64url');
}

/**
 * Parses a position; undefined for the empty one, which is now.
 *
 * @throws LedgerError WATCH_POSITION_INVALID when it is not one of this watch
 */
export function parsePosition(identity: WatchIdentity, position: string): ResumeToken | undefined {
  if (position === '') return undefined;
  const bytes = Buffer.from(position, 'base64url');
  const token = bytes.subarray(0, -checkBytes);
  const isGenuine =
    bytes.length > checkBytes &&
    bytes.toString('base64url') === position &&
    bytes.subarray(-checkBytes).equals(checksum(identity, token));
  if (!isGenuine) throw new LedgerError('WATCH_POSITION_INVALID');
  return { _data: token.toString('hex').toUpperCase() };
}

function checksum({ tenant, customerId }: WatchIdentity, bytes: Buffer): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(['watch', tenant, customerId ?? null]))
    .update(bytes)
    .digest()
    .subarray(0, checkBytes);
}
