import type { Call } from './ledger.ts';
import { LedgerError } from './ledger-error.ts';
import type { Metadata } from './reason.ts';

/** Gives the etag of a customer: it changes with every change of its own fields and states (wire contract, section 6). */
export function customerEtag({ version }: { readonly version: number }): string {
  return String(version);
}

/** Gives the versions of a customer that have one of the etags. */
export function versionsWithEtags(etags: readonly string[]): number[] {
  return etags.map(Number).filter((version) => etags.includes(customerEtag({ version })));
}

/**
 * Gives the etag of an account: it changes with its fields, states and blockages, which its version counts, and with its balance,
 * every movement of which makes a record (wire contract, section 6).
 */
export function accountEtag({ version, records }: AccountVersion): string {
  return `${version}-${records}`;
}

/** What the etag of an account is made of. */
interface AccountVersion {
  readonly version: number;
  readonly records: number;
}

/** Gives the versions of an account that have one of the etags. */
export function accountVersionsWithEtags(etags: readonly string[]): AccountVersion[] {
  return etags
    .map((etag) => etag.split('-').map(Number))
    .map(([version = 0, records = 0]) => ({ version, records }))
    .filter((version) => etags.includes(accountEtag(version)));
}

/**
 * Refuses a change of a resource that has none of the etags the caller expects.
 *
 * @throws LedgerError ETAG_MISMATCH
 */
export function assertEtag({ intent }: Call, etag: string, metadata: Metadata): void {
  if (intent?.etags && !intent.etags.includes(etag)) {
    throw new LedgerError('ETAG_MISMATCH', { ...metadata, etag });
  }
}

/**
 * Refuses a change of what has no etag, because it comes to be by it or never has one, by a caller that expects some.
 *
 * @throws LedgerError ETAG_MISMATCH
 */
export function assertNoEtag({ intent }: Call): void {
  if (intent?.etags) throw new LedgerError('ETAG_MISMATCH');
}
