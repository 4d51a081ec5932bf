import type { ClientSession, Filter } from 'mongodb';
import type { AccountTransition } from '../domain/account.ts';
import { accountEtag, accountVersionsWithEtags, assertEtag } from '../domain/etag.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { isEmptyAccount } from './account-document.ts';
import { boundsOf, type StoreContext } from './context.ts';
import { parseId } from './customer-document.ts';
import type { AccountDocument } from './documents.ts';

/**
 * Reads the account that a guard looked at, or is about to look at.
 *
 * @throws LedgerError ACCOUNT_NOT_FOUND
 */
export async function findGuardedAccount(
  { collections: { accounts } }: StoreContext,
  call: Call,
  id: string,
  session?: ClientSession,
): Promise<AccountDocument> {
  const _id = parseId(id);
  const found =
    _id &&
    (await accounts.findOne(
      { _id, tenant: call.tenant },
      // Without a transaction, the guard sees what is written, which may be ahead of what the majority has.
      { ...boundsOf(call, session), ...(!session && { readConcern: { level: 'local' } }) },
    ));
  if (!found) throw new LedgerError('ACCOUNT_NOT_FOUND', { accountId: id });
  return found;
}

/**
 * Throws why an account refuses a change; returns when it does not.
 *
 * @throws LedgerError ETAG_MISMATCH, and what the change says
 */
export function assertAccountAllows(
  call: Call,
  account: AccountDocument,
  { refuse }: Pick<AccountTransition, 'refuse'>,
): void {
  const metadata = { accountId: account._id.toHexString() };
  assertEtag(call, accountEtag(account), metadata);
  const reason = refuse({ ...account, empty: isEmptyAccount(account) });
  if (reason) throw new LedgerError(reason, metadata);
}

/** Makes the filter of an account that has one of the etags the caller expects. */
export function matchEtags({ intent }: Call): Filter<AccountDocument> {
  if (!intent?.etags) return {};
  const versions = accountVersionsWithEtags(intent.etags);
  // MongoDB takes no empty $or.
  return versions.length > 0 ? { $or: versions } : { version: { $in: [] } };
}
