import { setTimeout as sleep } from 'node:timers/promises';
import type { Customer, CustomerRef } from '../domain/customer.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { remainingMs, type StoreContext } from './context.ts';
import { describeRef, fromCustomerEntry } from './customer-document.ts';
import { assertAllowed, targetOf } from './customer-guard.ts';
import { type GuardedChange, writeCustomer } from './customer-write.ts';
import type { ChangeEntry, CustomerDocument } from './documents.ts';
import { assertSameRequest, hashRequest } from './request.ts';

/** How often a change is begun again because the customer has changed since it was read. */
const attemptsMax = 25;

/** The longest pause between two attempts, in milliseconds: what was written may not be with the majority yet. */
const pauseMaxMs = 50;

/**
 * Changes a customer once for a request id: an entry of its history with that id is the answer.
 *
 * The customer is read first, with the entries that wait in it, then its history, and the change is written on the version that was
 * read. An entry is in the history before it leaves the customer, so that none slips by between the two reads; one that is written
 * behind them moves the version. Both reads see only what the majority has: an answer that is given again must not be lost.
 *
 * @throws LedgerError CUSTOMER_NOT_FOUND, REQUEST_ID_REUSED, ETAG_MISMATCH, what the guard refuses, WRITE_CONFLICT
 */
export async function changeCustomerOnce(
  context: StoreContext,
  call: Call,
  ref: CustomerRef,
  change: GuardedChange,
): Promise<Customer> {
  const target = targetOf(call, ref);
  const hash = hashRequest(call, { verb: change.verb, content: change.set });
  const lane = 'externalId' in target ? `${call.tenant} ${target.externalId}` : `${target._id}`;
  return await context.lanes([lane], async () => {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const customer = await findWithRequest(context, call, ref);
      const entry = customer.pending?.[0] ?? (await findInHistory(context, call, customer));
      if (entry) {
        assertSameRequest(call, entry.requestHash, hash);
        call.onReplay?.();
        return fromCustomerEntry(customer, entry);
      }
      await assertAllowed(context, call, customer, change);
      const { _id, tenant, version } = customer;
      const changed = await writeCustomer(context, call, { _id, tenant, version }, change, hash);
      if (changed) return changed;
      await sleep(Math.random() * Math.min(pauseMaxMs, attempt * 5));
    }
    throw new LedgerError('WRITE_CONFLICT', describeRef(ref));
  });
}

/** The entries that answer for a request id: those of an opening belong to the tenant, and not to the customer. */
const isAnswer = { requestHash: { $exists: true } };

type CustomerWithRequest = Omit<CustomerDocument, 'pending' | 'spends'> & {
  pending?: ChangeEntry[];
};

/** Reads a customer, with the entry of the request id if it waits there. */
async function findWithRequest(
  { collections: { customers } }: StoreContext,
  call: Call,
  ref: CustomerRef,
): Promise<CustomerWithRequest> {
  const requestId = call.intent?.requestId ?? '';
  const found = await customers.findOne<CustomerWithRequest>(targetOf(call, ref), {
    projection: { spends: 0, pending: { $elemMatch: { requestId, ...isAnswer } } },
    maxTimeMS: remainingMs(call),
  });
  if (!found) throw new LedgerError('CUSTOMER_NOT_FOUND', describeRef(ref));
  return found;
}

async function findInHistory(
  { collections: { changes } }: StoreContext,
  call: Call,
  customer: Pick<CustomerDocument, '_id'>,
) {
  return await changes.findOne(
    {
      tenant: call.tenant,
      '_id.resource': customer._id,
      requestId: call.intent?.requestId ?? '',
      ...isAnswer,
    },
    { maxTimeMS: remainingMs(call) },
  );
}
