import { setTimeout as sleep } from 'node:timers/promises';
import type { Customer, CustomerRef } from '../domain/customer.ts';
import { customerEtag } from '../domain/etag.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import type { StoreContext } from './context.ts';
import { type Asked, type CustomerAnswer, findAnswer } from './customer-answer.ts';
import { describeRef, fromCustomerDocument, fromCustomerEntry } from './customer-document.ts';
import { assertAllowed, matchEtags, targetOf } from './customer-guard.ts';
import { type GuardedChange, writeCustomer } from './customer-write.ts';
import { type LeftCustomer, readRequestIds } from './left-customer.ts';
import { hashRequest } from './request.ts';
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
  const asked = toAsked(call, ref, change);
  const step = {
    change,
    asked,
    name: 'externalId' in target ? `${call.tenant} ${target.externalId}` : `${target._id}`,
  };
  return await context.lanes(
    [step.name],
    async () =>
      (await writeAtOnce(context, call, step)) ?? (await writeAsRead(context, call, step)),
  );
}

/**
 * Finds the customer that was changed under the request id of a call before, so that the call would be a replay, as its answer tells;
 * undefined when none was.
 *
 * @throws LedgerError CUSTOMER_NOT_FOUND, REQUEST_ID_REUSED
 */
export async function findChanged(
  context: StoreContext,
  call: Call,
  ref: CustomerRef,
  change: GuardedChange,
): Promise<Customer | undefined> {
  if (call.intent?.requestId === undefined) return undefined;
  const { customer, entry } = await findAnswer(context, call, toAsked(call, ref, change));
  if (!entry) return undefined;
  call.onReplay?.();
  return fromCustomerDocument(customer);
}

function toAsked(call: Call, ref: CustomerRef, { verb, set }: GuardedChange): Asked {
  return {
    ref,
    hash: hashRequest(call, { verb, content: set }),
    mark: markOf(call.intent?.requestId ?? ''),
    isRename: 'externalId' in ref && 'externalId' in set && set.externalId !== ref.externalId,
  };
}

interface Step {
  readonly change: GuardedChange;
  readonly asked: Asked;
  /** What the customer is called: in the lanes, and in the memory of how it was left. */
  readonly name: string;
}

/** Writes a change without reading the customer; undefined when it must be read. */
async function writeAtOnce(
  context: StoreContext,
  call: Call,
  step: Step,
): Promise<Customer | undefined> {
  // Sent again, it may meet another customer of the name that this one has given up by it.
  if (step.asked.isRename) return undefined;
  const left = context.leftCustomers.get(step.name);
  return left
    ? await writeAsLeft(context, call, step, left)
    : await writeUnmarked(context, call, step);
}

/** Writes a change where all request ids of the customer are marked on it, and this one is not. */
async function writeUnmarked(
  context: StoreContext,
  call: Call,
  { change, asked }: Step,
): Promise<Customer | undefined> {
  const target = { ...targetOf(call, asked.ref), ...matchEtags(call), ...isUnmarked(asked.mark) };
  const changed = await writeCustomer(context, call, target, change, asked);
  return changed && fromCustomerDocument(changed);
}

/** Writes a change on the version that an earlier one left. */
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

/** Reads a customer and writes a change on the version that was read, until nothing comes in between. */
async function writeAsRead(context: StoreContext, call: Call, step: Step): Promise<Customer> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const { customer, entry } = await findAnswer(context, call, step.asked);
    if (entry) {
      call.onReplay?.();
      return fromCustomerEntry(customer, entry);
    }
    await assertAllowed(context, call, customer, step.change);
    const changed = await writeOnVersion(context, call, step, customer);
    if (changed) return changed;
    await sleep(Math.random() * Math.min(pauseMaxMs, attempt * 5));
  }
  throw new LedgerError('WRITE_CONFLICT', describeRef(step.asked.ref));
}

/** Writes a change on the version that was read; undefined when the customer has another by now. */
async function writeOnVersion(
  context: StoreContext,
  call: Call,
  step: Step,
  customer: CustomerAnswer['customer'],
): Promise<Customer | undefined> {
  const { _id, version } = customer;
  // That they are too many is not found out again.
  const requestIds = context.leftCustomers.get(step.name)?.requestIds === null ? null : undefined;
  if (isFull(customer)) {
    return await writeAndRemember(context, call, step, { _id, version, requestIds });
  }
  const target = { _id, version, tenant: call.tenant };
  const changed = await writeCustomer(context, call, target, step.change, step.asked);
  return changed && fromCustomerDocument(changed);
}

/** Writes a change on a version and remembers what it leaves; undefined when the customer has another by now, or the guard refuses. */
async function writeAndRemember(
  context: StoreContext,
  call: Call,
  { change, asked, name }: Step,
  { _id, version, requestIds }: LeftCustomer,
): Promise<Customer | undefined> {
  // The name by which it is called may be another customer's by now.
  const target = { ...targetOf(call, asked.ref), _id, version };
  const changed = await writeCustomer(context, call, target, change, asked);
  if (!changed) {
    context.leftCustomers.delete(name);
    return undefined;
  }
  requestIds?.add(call.intent?.requestId ?? '');
  context.leftCustomers.set(name, { _id, version: changed.version, requestIds });
  return fromCustomerDocument(changed);
}
