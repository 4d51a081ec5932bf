import type { ClientSession, Document } from 'mongodb';
import type { CustomerRef } from '../domain/customer.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import type { Once } from './change.ts';
import { remainingMs, type StoreContext } from './context.ts';
import { describeRef, hintOf } from './customer-document.ts';
import { targetOf } from './customer-guard.ts';
import type { ChangeEntry, CustomerDocument } from './documents.ts';
import { hasPending, isAnswer } from './indexes.ts';
import { assertSameRequest } from './request.ts';

/** A customer, and of its history the entry that answers for a request id. */
export interface CustomerAnswer {
  readonly customer: Omit<CustomerDocument, 'pending' | 'spends'>;
  /** Undefined where nothing was changed under the id. */
  readonly entry: Omit<ChangeEntry, '_id'> | undefined;
}

/** What a call under a request id asks for. */
export interface Asked extends Once {
  readonly ref: CustomerRef;
  /** Whether it gives the customer another name than that by which it is called. */
  readonly isRename: boolean;
}

type Row = CustomerAnswer['customer'] & { readonly pending?: readonly ChangeEntry[] };

/**
 * Reads the customer of a call under a request id, and the entry of its history that answers the call.
 *
 * The customer is read with the entries that wait in it, then its history. An entry is in the history before it leaves the customer, so
 * that none slips by between the two reads; the session keeps them in this order also where another server takes over in between. Both
 * see only what the majority has: an answer that is given again must not be lost.
 *
 * A name that the customer has given up since leads to it all the same, by the entry, which tells the name that it had.
 *
 * @throws LedgerError CUSTOMER_NOT_FOUND, REQUEST_ID_REUSED
 */
export async function findAnswer(
  context: StoreContext,
  call: Call,
  { ref, hash, isRename }: Asked,
): Promise<CustomerAnswer> {
  return await context.client.withSession(async (session) => {
    const target = targetOf(call, ref);
    const present = await findPresent(context, call, session, target);
    const former =
      'externalId' in target && (!present || (isRename && !present.entry))
        ? await findFormer(context, call, session, target.externalId)
        : undefined;
    const found = former ?? present;
    if (!found) throw new LedgerError('CUSTOMER_NOT_FOUND', describeRef(ref));
    if (found.entry) assertSameRequest(call, found.entry.requestHash, hash);
    return found;
  });
}

/** Finds the customer that is called so, with the entry of the request id. */
async function findPresent(
  context: StoreContext,
  call: Call,
  session: ClientSession,
  target: ReturnType<typeof targetOf>,
): Promise<CustomerAnswer | undefined> {
  const asked = matchAnswer(call);
  const options = { session, maxTimeMS: remainingMs(call) };
  const customer = await context.collections.customers.findOne<Row>(target, {
    ...options,
    projection: toProjection(asked),
    hint: hintOf(target),
  });
  if (!customer) return undefined;
  const copied =
    customer.pending?.[0] ??
    (await context.collections.changes.findOne(
      { ...inHistory(call, asked), '_id.resource': customer._id },
      options,
    ));
  return { customer, entry: copied ?? undefined };
}

/** Finds the customer that was called so when it was changed under the request id. */
async function findFormer(
  { collections: { customers, changes } }: StoreContext,
  call: Call,
  session: ClientSession,
  externalId: string,
): Promise<CustomerAnswer | undefined> {
  const { tenant } = call;
  const asked = { ...matchAnswer(call), 'before.externalId': externalId };
  const options = { session, maxTimeMS: remainingMs(call) };
  const projection = toProjection(asked);
  const waiting = await customers.findOne<Row>(
    { tenant, ...hasPending, pending: { $elemMatch: asked } },
    { ...options, projection, hint: 'pending' },
  );
  if (waiting) return { customer: waiting, entry: waiting.pending?.[0] };
  const entry = await changes.findOne(inHistory(call, asked), { ...options, hint: 'requestId' });
  if (!entry) return undefined;
  const customer = await customers.findOne<Row>(
    { _id: entry._id.resource, tenant },
    { ...options, projection },
  );
  return customer ? { customer, entry } : undefined;
}

function matchAnswer({ intent }: Call) {
  return { requestId: intent?.requestId ?? '', ...isAnswer };
}

function inHistory({ tenant }: Call, asked: Document): Document {
  return { '_id.tenant': tenant, ...asked };
}

/** Leaves of what waits in a customer the entry that is asked for. */
function toProjection(asked: Document): Document {
  return { spends: 0, pending: { $elemMatch: asked } };
}
