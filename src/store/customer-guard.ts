import type { CustomerRef, CustomerTransition } from '../domain/customer.ts';
import { assertEtag, customerEtag, versionsWithEtags } from '../domain/etag.ts';
import type { Call } from '../domain/ledger.ts';
import { type Blockers, LedgerError } from '../domain/ledger-error.ts';
import { remainingMs, type StoreContext, withoutHistory } from './context.ts';
import { describeRef, matchCustomer } from './customer-document.ts';
import type { CustomerDocument } from './documents.ts';

/** How many of the accounts that hold a deactivation back are named. */
const blockersNamedMax = 10;

/** A customer as it is read: without its history. */
export type CustomerRow = Omit<CustomerDocument, 'pending' | 'spends' | 'requestMarks'>;

/**
 * Makes the filter of the customer that a change names.
 *
 * @throws LedgerError CUSTOMER_NOT_FOUND when no customer can have the id
 */
export function targetOf({ tenant }: Call, ref: CustomerRef) {
  const target = 'anyId' in ref ? undefined : matchCustomer(tenant, ref);
  if (!target) throw new LedgerError('CUSTOMER_NOT_FOUND', describeRef(ref));
  return target;
}

/** Makes the filter of a customer that has one of the etags the caller expects. */
export function matchEtags({ intent }: Call) {
  return intent?.etags && { version: { $in: versionsWithEtags(intent.etags) } };
}

/**
 * Reads the customer that a guard looked at, or is about to look at.
 *
 * @throws LedgerError CUSTOMER_NOT_FOUND
 */
export async function findGuarded(
  { collections: { customers } }: StoreContext,
  call: Call,
  ref: CustomerRef,
): Promise<CustomerRow> {
  const found = await customers.findOne(targetOf(call, ref), {
    projection: withoutHistory,
    // The guard sees what is written, which may be ahead of what the majority has.
    readConcern: { level: 'local' },
    maxTimeMS: remainingMs(call),
  });
  if (!found) throw new LedgerError('CUSTOMER_NOT_FOUND', describeRef(ref));
  return found;
}

/**
 * Throws why a customer refuses a change; returns when it does not.
 *
 * @throws LedgerError ETAG_MISMATCH, and what the change says
 */
export async function assertAllowed(
  context: StoreContext,
  call: Call,
  customer: CustomerRow,
  { refuse }: Pick<CustomerTransition, 'refuse'>,
): Promise<void> {
  const metadata = { customerId: customer._id.toHexString(), externalId: customer.externalId };
  assertEtag(call, customerEtag(customer), metadata);
  const reason = refuse(customer);
  if (!reason) return;
  throw reason === 'CUSTOMER_HAS_ACTIVE_ACCOUNTS'
    ? new LedgerError(reason, metadata, { blockers: await findBlockers(context, call, customer) })
    : new LedgerError(reason, metadata);
}

async function findBlockers(
  { collections }: StoreContext,
  call: Call,
  customer: CustomerRow,
): Promise<Blockers> {
  const accounts = await collections.accounts
    .find({ tenant: call.tenant, customerId: customer._id, active: true })
    .project<Pick<CustomerDocument, '_id'>>({ _id: 1 })
    .sort({ _id: 1 })
    .limit(blockersNamedMax)
    .maxTimeMS(remainingMs(call))
    .toArray();
  return { count: customer.openAccounts, ids: accounts.map(({ _id }) => _id.toHexString()) };
}
