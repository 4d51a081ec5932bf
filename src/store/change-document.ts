import { type Document, MaxKey, type ObjectId } from 'mongodb';
import type {
  AccountChange,
  AccountState,
  AccountVerb,
  CustomerChange,
  CustomerState,
  CustomerVerb,
} from '../domain/change.ts';
import { formatDecimal } from '../domain/decimal.ts';
import { fromDecimal128 } from './decimal128.ts';
import type { AccountDocument, ChangeDocument } from './documents.ts';

/** Makes a change of a customer of its document. */
export function fromCustomerChange(document: ChangeDocument): CustomerChange {
  const { before, after } = document;
  return {
    ...describeChange(document),
    customerId: document._id.resource.toHexString(),
    verb: document.verb as CustomerVerb,
    ...(before && { before: toCustomerState(before) }),
    after: toCustomerState(after),
  };
}

/** An entry holds the fields that customerFields names. */
function toCustomerState(fields: Record<string, unknown>): CustomerState {
  return fields as unknown as CustomerState;
}

/** Makes a change of an account of its document. */
export function fromAccountChange(document: ChangeDocument): AccountChange {
  const { before, after } = document;
  return {
    ...describeChange(document),
    accountId: document._id.resource.toHexString(),
    verb: document.verb as AccountVerb,
    ...(before && { before: toAccountState(before) }),
    after: toAccountState(after),
  };
}

/** What an entry holds of the fields that accountFields names. */
type AccountFields = Omit<AccountState, 'customerId' | 'blocked'> &
  Pick<AccountDocument, 'customerId' | 'blocked'>;

function toAccountState(fields: Record<string, unknown>): AccountState {
  const { customerId, blocked, ...told } = fields as unknown as AccountFields;
  return {
    ...told,
    ...(customerId && { customerId: customerId.toHexString() }),
    blocked: formatDecimal(fromDecimal128(blocked)),
  };
}

/** Tells of a change what is told alike of every resource. */
function describeChange(document: ChangeDocument) {
  const { _id, actor, reason, comment, requestId, time } = document;
  return {
    id: `${_id.resource.toHexString()}-${_id.version}`,
    version: _id.version,
    actor,
    ...(reason !== undefined && { reason }),
    ...(comment !== undefined && { comment }),
    ...(requestId !== undefined && { requestId }),
    time,
  };
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
