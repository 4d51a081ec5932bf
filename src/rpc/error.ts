import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  RetryInfoSchema,
} from '../../gen/google/rpc/error_details_pb.js';
import { StatusSchema } from '../../gen/google/rpc/status_pb.js';
import { type Blockers, isLedgerError, LedgerError } from '../domain/ledger-error.ts';
import type { Metadata, Reason } from '../domain/reason.ts';

/** The code of each reason in gRPC and Connect (wire contract, section 7). */
export const codes = {
  CUSTOMER_NOT_FOUND: Code.NotFound,
  CUSTOMER_EXTERNAL_ID_TAKEN: Code.AlreadyExists,
  CUSTOMER_ACTIVE: Code.FailedPrecondition,
  CUSTOMER_INACTIVE: Code.FailedPrecondition,
  CUSTOMER_HAS_ACTIVE_ACCOUNTS: Code.FailedPrecondition,
  CUSTOMER_ENABLED: Code.FailedPrecondition,
  CUSTOMER_DISABLED: Code.FailedPrecondition,
  ACCOUNT_NOT_FOUND: Code.NotFound,
  ACCOUNT_ACTIVE: Code.FailedPrecondition,
  ACCOUNT_INACTIVE: Code.FailedPrecondition,
  ACCOUNT_BALANCE_NOT_ZERO: Code.FailedPrecondition,
  ACCOUNT_CUSTOMER_INACTIVE: Code.FailedPrecondition,
  ACCOUNT_OPENING_CUSTOMER_INACTIVE: Code.FailedPrecondition,
  ACCOUNT_OPENING_CUSTOMER_DISABLED: Code.FailedPrecondition,
  CURRENCY_UNSUPPORTED: Code.FailedPrecondition,
  ACCOUNT_FROZEN: Code.FailedPrecondition,
  ACCOUNT_NOT_FROZEN: Code.FailedPrecondition,
  BLOCKAGE_NOT_FOUND: Code.NotFound,
  BLOCKAGE_AMOUNT_EXCEEDED: Code.FailedPrecondition,
  AMOUNT_FORMAT: Code.InvalidArgument,
  BALANCE_FORMAT: Code.OutOfRange,
  PAYMENT_TO_SELF: Code.InvalidArgument,
  SENDER_ACCOUNT_NOT_FOUND: Code.NotFound,
  SENDER_ACCOUNT_FROZEN: Code.FailedPrecondition,
  SENDER_CUSTOMER_DISABLED: Code.FailedPrecondition,
  RECIPIENT_ACCOUNT_NOT_FOUND: Code.NotFound,
  CURRENCY_INCOMPATIBLE: Code.FailedPrecondition,
  BALANCE_INSUFFICIENT: Code.FailedPrecondition,
  TRANSACTION_NOT_COMPLIANT: Code.FailedPrecondition,
  VIRTUAL_CURRENCY_NAME_PREFIX: Code.InvalidArgument,
  VIRTUAL_CURRENCY_EXISTS: Code.AlreadyExists,
  VIRTUAL_CURRENCY_NOT_FOUND: Code.NotFound,
  VIRTUAL_CURRENCY_BALANCE: Code.FailedPrecondition,
  ETAG_MISMATCH: Code.Aborted,
  REQUEST_ID_REUSED: Code.InvalidArgument,
  API_KEY_INVALID: Code.Unauthenticated,
  TENANT_SUSPENDED: Code.Unauthenticated,
  SCOPE_MISSING: Code.PermissionDenied,
  RATE_LIMIT_EXCEEDED: Code.ResourceExhausted,
  CONCURRENCY_LIMIT_EXCEEDED: Code.ResourceExhausted,
  KEY_NOT_FOUND: Code.NotFound,
  KEY_REVOKED: Code.FailedPrecondition,
  KEY_EXPIRED: Code.FailedPrecondition,
  KEY_RIGHTS_EXCEEDED: Code.PermissionDenied,
  KEY_QUOTA_REACHED: Code.FailedPrecondition,
  PAGE_TOKEN_INVALID: Code.InvalidArgument,
  WATCH_POSITION_INVALID: Code.InvalidArgument,
  WATCH_POSITION_EXPIRED: Code.OutOfRange,
  WATCHES_EXHAUSTED: Code.ResourceExhausted,
  ARGUMENT_INVALID: Code.InvalidArgument,
  WRITE_CONFLICT: Code.Aborted,
  DATABASE_UNAVAILABLE: Code.Unavailable,
  DEADLINE_EXCEEDED: Code.DeadlineExceeded,
  INTERNAL: Code.Internal,
} as const satisfies Record<Reason, Code>;

/** When a client may try again what failed for a passing reason. */
const retryDelay = { seconds: 1n, nanos: 0 };

type Detail = NonNullable<ConstructorParameters<typeof ConnectError>[3]>[number];

/** The fields that refused arguments are told of, as the message that holds them names them. */
const fields: Partial<Record<Reason, string>> = {
  AMOUNT_FORMAT: 'amount',
  PAYMENT_TO_SELF: 'recipient_account_id',
  VIRTUAL_CURRENCY_NAME_PREFIX: 'name',
  PAGE_TOKEN_INVALID: 'page_token',
  REQUEST_ID_REUSED: 'request_id',
  WATCH_POSITION_INVALID: 'position',
};

/** Where in a request the message is that a refusal is about: in a field, or as one of a repeated field; else the request itself. */
type Place = { readonly field: string } | { readonly repeated: string };

/**
 * Makes the error that a caller gets of whatever was thrown. What is not a refusal says no more than that it is internal.
 *
 * @param place where the fields of the refusal are; for the one of a repeated field, its index is told
 */
export function toConnectError(error: unknown, place?: Place): ConnectError {
  if (error instanceof ConnectError) return error;
  const refusal = isLedgerError(error) ? error : new LedgerError('INTERNAL', {}, { cause: error });
  const code = codes[refusal.reason];
  return new ConnectError(refusal.message, code, undefined, toDetails(refusal, code, place), error);
}

/** Makes the status that one of several gets of whatever was thrown: what it would get as the error of a call. */
export function toStatus(error: unknown) {
  const { code, rawMessage, details } = toConnectError(error);
  return create(StatusSchema, {
    code,
    message: rawMessage,
    details: details.flatMap((detail) =>
      'desc' in detail ? anyPack(detail.desc, create(detail.desc, detail.value)) : [],
    ),
  });
}

/** Rethrows what a call was refused for, telling of a part of its request. To be given to catch(). */
export function refuseAt(place: Place): (error: unknown) => never {
  return (error) => {
    throw toConnectError(error, place);
  };
}

function toDetails(refusal: LedgerError, code: Code, place: Place | undefined): Detail[] {
  if (code === Code.Internal) return [];
  const { index, ...told } = refusal.metadata;
  const metadata: Record<string, string> = { ...told };
  if (place && 'repeated' in place && index !== undefined) metadata.index = index;
  if (refusal.errorCode !== null) metadata.errorCode = refusal.errorCode;
  const info: Detail = {
    desc: ErrorInfoSchema,
    value: { reason: refusal.reason, domain: 'ledger', metadata },
  };
  switch (code) {
    case Code.FailedPrecondition:
      return [info, toPreconditionFailure(refusal)];
    case Code.Aborted:
      // What has changed since it was read must be read again, however long one waits.
      if (refusal.reason === 'ETAG_MISMATCH') return [info];
      return [info, { desc: RetryInfoSchema, value: { retryDelay } }];
    case Code.ResourceExhausted:
    case Code.Unavailable:
      return [info, { desc: RetryInfoSchema, value: { retryDelay } }];
    case Code.InvalidArgument: {
      const field = toFieldPath(refusal, place);
      const violation = { field, description: refusal.message, reason: refusal.reason };
      return [info, { desc: BadRequestSchema, value: { fieldViolations: [violation] } }];
    }
    default:
      return [info];
  }
}

/** Gives the path of the field that is refused, as the request names it. */
function toFieldPath({ reason, metadata }: LedgerError, place: Place | undefined): string {
  // A supply is an amount by another name.
  const field = metadata.supply === undefined ? fields[reason] : 'supply';
  // A request id is the request's own, whatever is refused of its parts.
  if (!place || !field || reason === 'REQUEST_ID_REUSED') return field ?? 'request';
  const parent = 'field' in place ? place.field : `${place.repeated}[${metadata.index ?? 0}]`;
  return `${parent}.${field}`;
}

/** Names what stands in the way: the resource in the wrong state, or those that hold the change back. */
function toPreconditionFailure(refusal: LedgerError): Detail {
  const own = toSubject(refusal.metadata);
  const { blockers } = refusal;
  const blocking = blockers?.ids.map((id) => `accounts/${id}`) ?? [];
  // An account that stood in the way may be closed by the time it is looked for.
  const subjects = blocking.length > 0 ? blocking : [own];
  const description = blockers ? describeBlockers(blockers) : refusal.message;
  const violations = subjects.map((subject) => ({ type: refusal.reason, subject, description }));
  return { desc: PreconditionFailureSchema, value: { violations } };
}

/**
 * Names the resource that stands in the way. Where the metadata name several, that is the blockage or the customer rather than its
 * account, and the recipient rather than the sender.
 */
function toSubject(metadata: Metadata): string {
  const { blockageId, customerId, recipientAccountId, senderAccountId } = metadata;
  const accountId = metadata.accountId ?? recipientAccountId ?? senderAccountId;
  if (blockageId !== undefined) return `blockages/${blockageId}`;
  if (customerId !== undefined) return `customers/${customerId}`;
  if (accountId !== undefined) return `accounts/${accountId}`;
  if (metadata.keyId !== undefined) return `keys/${metadata.keyId}`;
  if (metadata.tenant !== undefined) return `tenants/${metadata.tenant}`;
  return `currencies/${metadata.currency ?? ''}`;
}

function describeBlockers({ count, ids }: Blockers): string {
  if (count === 1) return 'One account is active.';
  return `${count} accounts are active; the first ${ids.length} are named.`;
}
