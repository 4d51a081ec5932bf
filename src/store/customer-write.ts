import type { Filter } from 'mongodb';
import type { CustomerVerb } from '../domain/change.ts';
import type { CustomerTransition } from '../domain/customer.ts';
import type { Call } from '../domain/ledger.ts';
import { changePipeline, hasRoomForChange, type Once } from './change.ts';
import { remainingMs, type StoreContext, withoutHistory } from './context.ts';
import { customerAnswerFields, customerFields, hintOf } from './customer-document.ts';
import type { CustomerRow } from './customer-guard.ts';
import type { CustomerDocument } from './documents.ts';

/** A change of a customer, with the guard under which it is written and the reasons for which it is refused. */
export interface GuardedChange extends Pick<CustomerTransition, 'require' | 'refuse'> {
  readonly verb: CustomerVerb;
  readonly set: object;
}

/**
 * Writes a change of a customer, if its guard lets it; gives the customer after it.
 *
 * @param once what is kept of the request id, where one was given
 */
export async function writeCustomer(
  { collections: { customers }, relay }: StoreContext,
  call: Call,
  target: Filter<CustomerDocument>,
  { verb, require, set }: GuardedChange,
  once?: Once,
): Promise<CustomerRow | undefined> {
  const changed: CustomerRow | null = await customers.findOneAndUpdate(
    { ...target, ...require, ...hasRoomForChange },
    changePipeline(call, customerFields, {
      verb,
      set: { ...set },
      ...(once && { once: { ...once, answerFields: customerAnswerFields } }),
    }),
    {
      returnDocument: 'after',
      projection: withoutHistory,
      hint: hintOf(target),
      maxTimeMS: remainingMs(call),
    },
  );
  if (!changed) return undefined;
  relay.notice('customer', changed._id);
  return changed;
}
