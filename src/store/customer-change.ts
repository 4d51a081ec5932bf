import type { Customer, CustomerRef } from '../domain/customer.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import type { StoreContext } from './context.ts';
import { changeCustomerOnce, findChanged } from './customer-change-once.ts';
import { describeRef, fromCustomerDocument } from './customer-document.ts';
import { assertAllowed, findGuarded, matchEtags, targetOf } from './customer-guard.ts';
import { type GuardedChange, writeCustomer } from './customer-write.ts';

/** How often a change is tried when the state moves between the guard and the look at why it held the change back. */
const attemptsMax = 5;

/**
 * Changes a customer in one atomic write: the guard is the filter, the history entry is part of it.
 *
 * @throws LedgerError CUSTOMER_NOT_FOUND, REQUEST_ID_REUSED, ETAG_MISMATCH, what the guard refuses, WRITE_CONFLICT when the state
 *   keeps moving
 */
export async function changeCustomer(
  context: StoreContext,
  call: Call,
  ref: CustomerRef,
  change: GuardedChange,
): Promise<Customer> {
  const target = targetOf(call, ref);
  const { requestId, validateOnly } = call.intent ?? {};
  if (validateOnly) return await validateChange(context, call, ref, change);
  if (requestId !== undefined) return await changeCustomerOnce(context, call, ref, change);
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const changed = await writeCustomer(context, call, { ...target, ...matchEtags(call) }, change);
    if (changed) return fromCustomerDocument(changed);
    // Returns when the guard no longer would hold the change back, since the state moved in between.
    await assertAllowed(context, call, await findGuarded(context, call, ref), change);
  }
  throw new LedgerError('WRITE_CONFLICT', describeRef(ref));
}

/** Tells whether a change would be refused, and gives the customer as it is. */
async function validateChange(
  context: StoreContext,
  call: Call,
  ref: CustomerRef,
  change: GuardedChange,
): Promise<Customer> {
  const changed = await findChanged(context, call, ref, change);
  if (changed) return changed;
  const customer = await findGuarded(context, call, ref);
  await assertAllowed(context, call, customer, change);
  return fromCustomerDocument(customer);
}
