import { setTimeout as sleep } from 'node:timers/promises';
import type { Customer, CustomerRef } from '../domain/customer.ts';
import { customerEtag } from '../domain/etag.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { remainingMs, type StoreContext } from './context.ts';
import { describeRef, fromCustomerDocument, fromCustomerEntry } from './customer-document.ts';
import { assertAllowed, targetOf } from './customer-guard.ts';
import { type GuardedChange, writeCustomer } from './customer-write.ts';
import type { ChangeEntry, CustomerDocument } from './documents.ts';
import { isAnswer } from './indexes.ts';
import { type LeftCustomer, readRequestIds } from './left-customer.ts';
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
 * behind them moves the version. Both reads see only what the majority has: an answer that is given again must not be lost. They are
 * spared where the service remembers how an earlier change left the customer, with all its request ids, and nothing has moved the
 * version since.
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
  const name = 'externalId' in target ? `${call.tenant} ${target.externalId}` : `${target._id}`;
  const step = { ref, change, hash, name };
  return await context.lanes(
    [name],
    async () => (await writeAsLeft(context, call, step)) ?? (await write(context, call, step)),
  );
}

interface Step {
  readonly ref: CustomerRef;
  readonly change: GuardedChange;
  readonly hash: string;
  /** What the customer is called: in the lanes, and in the memory of how it was left. */
  readonly name: string;
}

/** Writes a change on the version that an earlier one left; undefined when the customer must be read. */
async function writeAsLeft(
  context: StoreContext,
  call: Call,
  { change, hash, name }: Step,
): Promise<Customer | undefined> {
  const { etags, requestId = '' } = call.intent ?? {};
  const left = context.leftCustomers.get(name);
  if (!left || (etags && !etags.includes(customerEtag(left)))) return undefined;
  const requestIds =
    left.requestIds === undefined ? await readRequestIds(context, call, left) : left.requestIds;
  if (!requestIds) {
    context.leftCustomers.set(name, { ...left, requestIds });
    return undefined;
  }
  if (requestIds.has(requestId)) return undefined;
  return await writeAndRemember(context, call, { ...left, requestIds }, { change, hash, name });
}

/** Reads a customer and writes a change on what was read, until nothing comes in between. */
async function write(context: StoreContext, call: Call, step: Step): Promise<Customer> {
  const { ref, change, hash } = step;
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const customer = await findWithRequest(context, call, ref);
    const entry = customer.pending?.[0] ?? (await findInHistory(context, call, customer));
    if (entry) {
      assertSameRequest(call, entry.requestHash, hash);
      call.onReplay?.();
      return fromCustomerEntry(customer, entry);
    }
    await assertAllowed(context, call, customer, change);
    const { _id, version } = customer;
    // That they are too many is not found out again.
    const requestIds = context.leftCustomers.get(step.name)?.requestIds === null ? null : undefined;
    const changed = await writeAndRemember(context, call, { _id, version, requestIds }, step);
    if (changed) return changed;
    await sleep(Math.random() * Math.min(pauseMaxMs, attempt * 5));
  }
  throw new LedgerError('WRITE_CONFLICT', describeRef(ref));
}

/** Writes a change on a version; undefined when the customer has another by now, or the guard refuses. */
async function writeAndRemember(
  context: StoreContext,
  call: Call,
  { _id, version, requestIds }: LeftCustomer,
  { change, hash, name }: Omit<Step, 'ref'>,
): Promise<Customer | undefined> {
  const target = { _id, version, tenant: call.tenant };
  const changed = await writeCustomer(context, call, target, change, hash);
  if (!changed) {
    context.leftCustomers.delete(name);
    return undefined;
  }
  requestIds?.add(call.intent?.requestId ?? '');
  context.leftCustomers.set(name, { _id, version: changed.version, requestIds });
  return fromCustomerDocument(changed);
}

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
      '_id.tenant': call.tenant,
      '_id.resource': customer._id,
      requestId: call.intent?.requestId ?? '',
      ...isAnswer,
    },
    { maxTimeMS: remainingMs(call) },
  );
}
