import { setTimeout as sleep } from 'node:timers/promises';
import type { Customer, CustomerRef } from '../domain/customer.ts';
import { customerEtag } from '../domain/etag.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import type { Once } from './change.ts';
import { remainingMs, type StoreContext } from './context.ts';
import { describeRef, fromCustomerDocument, fromCustomerEntry } from './customer-document.ts';
import { assertAllowed, matchEtags, targetOf } from './customer-guard.ts';
import { type GuardedChange, writeCustomer } from './customer-write.ts';
import type { ChangeEntry, CustomerDocument } from './documents.ts';
import { isAnswer } from './indexes.ts';
import { type LeftCustomer, readRequestIds } from './left-customer.ts';
import { assertSameRequest, hashRequest } from './request.ts';
import { isFull, isUnmarked, markOf } from './request-mark.ts';

/** How often a change is begun again because the customer has changed since it was read. */
const attemptsMax = 25;

/** The longest pause between two attempts, in milliseconds: what was written may not be with the majority yet. */
const pauseMaxMs = 50;

/**
 * Changes a customer once for a request id: an entry of its history with that id is the answer.
 *
 * Most customers have seen so few request ids that all are marked on them: one that is not marked was never used, and the guard of the
 * write asks for that, too. Where the write is held back, the customer is read to find out why. One that has seen more is read first,
 * or remembered as this service left it.
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
  const requestId = call.intent?.requestId ?? '';
  const hash = hashRequest(call, { verb: change.verb, content: change.set });
  const step = {
    ref,
    change,
    once: { hash, mark: markOf(requestId) },
    name: 'externalId' in target ? `${call.tenant} ${target.externalId}` : `${target._id}`,
  };
  return await context.lanes([step.name], async () => {
    const left = context.leftCustomers.get(step.name);
    const changed = left
      ? await writeAsLeft(context, call, step, left)
      : await writeUnmarked(context, call, step);
    return changed ?? (await write(context, call, step));
  });
}

/**
 * Tells whether a change was made under the request id of a call before, so that the call would be answered as that one was.
 *
 * @throws LedgerError CUSTOMER_NOT_FOUND, REQUEST_ID_REUSED
 */
export async function wasChanged(
  context: StoreContext,
  call: Call,
  ref: CustomerRef,
  { verb, set }: Pick<GuardedChange, 'verb' | 'set'>,
): Promise<boolean> {
  if (call.intent?.requestId === undefined) return false;
  const customer = await findWithRequest(context, call, ref);
  const hash = hashRequest(call, { verb, content: set });
  return Boolean(await findAnswer(context, call, customer, hash));
}

interface Step {
  readonly ref: CustomerRef;
  readonly change: GuardedChange;
  readonly once: Once;
  /** What the customer is called: in the lanes, and in the memory of how it was left. */
  readonly name: string;
}

/** Writes a change where all request ids of the customer are marked on it, and this one is not; undefined when it must be read. */
async function writeUnmarked(
  context: StoreContext,
  call: Call,
  { ref, change, once }: Step,
): Promise<Customer | undefined> {
  const target = { ...targetOf(call, ref), ...matchEtags(call), ...isUnmarked(once.mark) };
  const changed = await writeCustomer(context, call, target, change, once);
  return changed && fromCustomerDocument(changed);
}

/** Writes a change on the version that an earlier one left; undefined when the customer must be read. */
async function writeAsLeft(
  context: StoreContext,
  call: Call,
  step: Step,
  left: LeftCustomer,
): Promise<Customer | undefined> {
  const { etags, requestId = '' } = call.intent ?? {};
  if (etags && !etags.includes(customerEtag(left))) return undefined;
  const requestIds =
    left.requestIds === undefined ? await readRequestIds(context, call, left) : left.requestIds;
  if (!requestIds) {
    context.leftCustomers.set(step.name, { ...left, requestIds });
    return undefined;
  }
  if (requestIds.has(requestId)) return undefined;
  return await writeAndRemember(context, call, step, { ...left, requestIds });
}

/**
 * Reads a customer and writes a change on the version that was read, until nothing comes in between.
 *
 * The customer is read with the entries that wait in it, then its history. An entry is in the history before it leaves the customer, so
 * that none slips by between the two reads; one that is written behind them moves the version. Both reads see only what the majority
 * has: an answer that is given again must not be lost.
 */
async function write(context: StoreContext, call: Call, step: Step): Promise<Customer> {
  const { ref, change, once } = step;
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const customer = await findWithRequest(context, call, ref);
    const entry = await findAnswer(context, call, customer, once.hash);
    if (entry) {
      call.onReplay?.();
      return fromCustomerEntry(customer, entry);
    }
    await assertAllowed(context, call, customer, change);
    const changed = await writeOnVersion(context, call, step, customer);
    if (changed) return changed;
    await sleep(Math.random() * Math.min(pauseMaxMs, attempt * 5));
  }
  throw new LedgerError('WRITE_CONFLICT', describeRef(ref));
}

/** Writes a change on the version that was read; undefined when the customer has another by now. */
async function writeOnVersion(
  context: StoreContext,
  call: Call,
  step: Step,
  customer: CustomerWithRequest,
): Promise<Customer | undefined> {
  const { _id, version } = customer;
  // That they are too many is not found out again.
  const requestIds = context.leftCustomers.get(step.name)?.requestIds === null ? null : undefined;
  if (isFull(customer)) {
    return await writeAndRemember(context, call, step, { _id, version, requestIds });
  }
  const target = { _id, version, tenant: call.tenant };
  const changed = await writeCustomer(context, call, target, step.change, step.once);
  return changed && fromCustomerDocument(changed);
}

/** Writes a change on a version and remembers what it leaves; undefined when the customer has another by now, or the guard refuses. */
async function writeAndRemember(
  context: StoreContext,
  call: Call,
  { ref, change, once, name }: Step,
  { _id, version, requestIds }: LeftCustomer,
): Promise<Customer | undefined> {
  // The name by which it is called may be another customer's by now.
  const target = { ...targetOf(call, ref), _id, version };
  const changed = await writeCustomer(context, call, target, change, once);
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

/** Finds the entry of the request id of a call, which answers it; undefined when there is none. */
async function findAnswer(
  context: StoreContext,
  call: Call,
  customer: CustomerWithRequest,
  hash: string,
) {
  const entry = customer.pending?.[0] ?? (await findInHistory(context, call, customer));
  if (entry) assertSameRequest(call, entry.requestHash, hash);
  return entry ?? undefined;
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
