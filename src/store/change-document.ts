import { type Document, MaxKey, type ObjectId } from 'mongodb';
import type { CustomerChange, CustomerState, CustomerVerb } from '../domain/change.ts';
import type { ChangeDocument } from './documents.ts';

/** Makes a change of a customer of its document. */
export function fromCustomerChange(document: ChangeDocument): CustomerChange {
  const { _id, verb, actor, reason, comment, requestId, time, before, after } = document;
  const customerId = _id.resource.toHexString();
  return {
    id: `${customerId}-${_id.version}`,
    customerId,
    version: _id.version,
    verb: verb as CustomerVerb,
    actor,
    ...(reason !== undefined && { reason }),
    ...(comment !== undefined && { comment }),
    ...(requestId !== undefined && { requestId }),
    time,
    ...(before && { before: toState(before) }),
    after: toState(after),
  };
}

/** An entry holds the fields that customerFields names. */
function toState(fields: Record<string, unknown>): CustomerState {
  return fields as unknown as CustomerState;
}

/** The bounds of the ids of the changes of a resource, which are in the order of its versions. */
export function historyBounds(tenant: string, resource: unknown) {
  return {
    first: { tenant, resource, version: 0 },
    last: { tenant, resource, version: new MaxKey() },
  };
}

/** The filter of the changes of a resource behind a version. */
export function matchHistory(tenant: string, resource: ObjectId, version = 0): Document {
  const { last } = historyBounds(tenant, resource);
  return { _id: { $gt: { tenant, resource, version }, $lt: last } };
}
