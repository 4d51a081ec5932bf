import type { Customer, CustomerRef } from '../domain/customer.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { remainingMs, type StoreContext, withoutHistory } from './context.ts';
import { describeRef, fromCustomerDocument, hintOf, matchCustomer } from './customer-document.ts';

/**
 * Finds a customer by any of its ids; a text that may be either is looked for as an internal id first.
 *
 * @throws LedgerError CUSTOMER_NOT_FOUND
 */
export async function findCustomer(
  context: StoreContext,
  call: Call,
  ref: CustomerRef,
): Promise<Customer> {
  const document =
    'anyId' in ref
      ? ((await find(context, call, { id: ref.anyId })) ??
        (await find(context, call, { externalId: ref.anyId })))
      : await find(context, call, ref);
  if (!document) throw new LedgerError('CUSTOMER_NOT_FOUND', describeRef(ref));
  return fromCustomerDocument(document);
}

async function find(
  { collections: { customers } }: StoreContext,
  call: Call,
  ref: Exclude<CustomerRef, { anyId: string }>,
) {
  const target = matchCustomer(call.tenant, ref);
  if (!target) return null;
  return await customers.findOne(target, {
    projection: withoutHistory,
    hint: hintOf(target),
    maxTimeMS: remainingMs(call),
  });
}
