import type { Call } from './ledger.ts';
import { LedgerError } from './ledger-error.ts';
import type { Metadata } from './reason.ts';

/** Gives the etag of a customer: it changes with every change of its own fields and states (wire contract, section 6). */
export function customerEtag({ version }: { readonly version: number }): string {
  return String(version);
}

/**
 * Gives the etag of an account: it changes with its fields, states and blockages, which its version counts, and with its balance,
 * every movement of which makes a record (wire contract, section 6).
 */
export function accountEtag(account: {
  readonly version: number;
  readonly records: number;
}): string {
  return `${account.version}-${account.records}`;
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
