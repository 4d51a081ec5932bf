import type { Filter } from 'mongodb';
import type { Customer, CustomerRef, CustomerTransition } from '../domain/customer.ts';
import type { Call } from '../domain/ledger.ts';
import { type Blockers, LedgerError } from '../domain/ledger-error.ts';
import { changePipeline, hasRoomForChange } from './change.ts';
import { remainingMs, type StoreContext, withoutHistory } from './context.ts';
import {
  customerFields,
  describeRef,
  fromCustomerDocument,
  matchCustomer,
} from './customer-document.ts';
import type { CustomerDocument } from './documents.ts';

/** How often a change is tried when the state moves between the guard and the look at why it held the change back. */
const attemptsMax = 5;

/** How many of the accounts that hold a deactivation back are named. */
const blockersNamedMax = 10;

/** A change of a customer, with the guard under which it is written and the reasons for which it is refused. */
interface GuardedChange extends Pick<CustomerTransition, 'require' | 'refuse'> {
  readonly verb: string;
  readonly set: object;
}

/**
 * Changes a customer in one atomic write: the guard is the filter, the history entry is part of it.
 *
 * @throws LedgerError CUSTOMER_NOT_FOUND, what the guard refuses, WRITE_CONFLICT when the state keeps moving
 */
export async function changeCustomer(
  context: StoreContext,
  call: Call,
  ref: CustomerRef,
  change: GuardedChange,
): Promise<Customer> {
  const target = 'anyId' in ref ? undefined : matchCustomer(call.tenant, ref);
  if (!target) throw new LedgerError('CUSTOMER_NOT_FOUND', describeRef(ref));
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const changed = await context.collections.customers.findOneAndUpdate(
      { ...target, ...change.require, ...hasRoomForChange },
      changePipeline(customerFields, {
        verb: change.verb,
        actor: call.actor,
        set: { ...change.set },
      }),
      { returnDocument: 'after', projection: withoutHistory, maxTimeMS: remainingMs(call) },
    );
    if (changed) {
      context.relay.notice('customer', changed._id);
      return fromCustomerDocument(changed);
    }
    await tellWhyHeldBack(context, call, { target, ref, refuse: change.refuse });
  }
  throw new LedgerError('WRITE_CONFLICT', describeRef(ref));
}

/** Throws why the guard held a change back; returns when it no longer would, since the state moved in between. */
async function tellWhyHeldBack(
  context: StoreContext,
  call: Call,
  {
    target,
    ref,
    refuse,
  }: Pick<GuardedChange, 'refuse'> & { target: Filter<CustomerDocument>; ref: CustomerRef },
): Promise<void> {
  const document = await context.collections.customers.findOne(target, {
    projection: withoutHistory,
    // The guard saw what is written, which may be ahead of what the majority has.
    readConcern: { level: 'local' },
    maxTimeMS: remainingMs(call),
  });
  if (!document) throw new LedgerError('CUSTOMER_NOT_FOUND', describeRef(ref));
  const reason = refuse(document);
  if (!reason) return;
  const metadata = { customerId: document._id.toHexString(), externalId: document.externalId };
  throw reason === 'CUSTOMER_HAS_ACTIVE_ACCOUNTS'
    ? new LedgerError(reason, metadata, { blockers: await findBlockers(context, call, document) })
    : new LedgerError(reason, metadata);
}

async function findBlockers(
  { collections }: StoreContext,
  call: Call,
  customer: CustomerDocument,
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
