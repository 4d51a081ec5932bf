import { Code, ConnectError } from '@connectrpc/connect';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  RetryInfoSchema,
} from '../../gen/google/rpc/error_details_pb.js';
import { type Blockers, isLedgerError, LedgerError } from '../domain/ledger-error.ts';
import type { Reason } from '../domain/reason.ts';

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
  ARGUMENT_INVALID: Code.InvalidArgument,
  WRITE_CONFLICT: Code.Aborted,
  DATABASE_UNAVAILABLE: Code.Unavailable,
  DEADLINE_EXCEEDED: Code.DeadlineExceeded,
  INTERNAL: Code.Internal,
} as const satisfies Record<Reason, Code>;

/** When a client may try again what failed for a passing reason. */
const retryDelay = { seconds: 1n, nanos: 0 };

type Detail = NonNullable<ConstructorParameters<typeof ConnectError>[3]>[number];

/** Makes the error that a caller gets of whatever was thrown. What is not a refusal says no more than that it is internal. */
export function toConnectError(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  const refusal = isLedgerError(error) ? error : new LedgerError('INTERNAL', {}, { cause: error });
  const code = codes[refusal.reason];
  return new ConnectError(refusal.message, code, undefined, toDetails(refusal, code), error);
}

function toDetails(refusal: LedgerError, code: Code): Detail[] {
  if (code === Code.Internal) return [];
  const metadata = { ...refusal.metadata };
  if (refusal.errorCode !== null) metadata.errorCode = refusal.errorCode;
  const info: Detail = {
    desc: ErrorInfoSchema,
    value: { reason: refusal.reason, domain: 'ledger', metadata },
  };
  switch (code) {
    case Code.FailedPrecondition:
      return [info, toPreconditionFailure(refusal)];
    case Code.Aborted:
    case Code.ResourceExhausted:
    case Code.Unavailable:
      return [info, { desc: RetryInfoSchema, value: { retryDelay } }];
    case Code.InvalidArgument: {
      const field = refusal.metadata.field ?? 'page_token';
      const fieldViolations = [
        {
          field,
          description: refusal.message,
          reason: refusal.reason,
          localizedMessage: undefined,
        },
      ];
      return [info, { desc: BadRequestSchema, value: { fieldViolations } }];
    }
    default:
      return [info];
  }
}

/** Names what stands in the way: the resource in the wrong state, or those that hold the change back. */
function toPreconditionFailure(refusal: LedgerError): Detail {
  const { accountId, customerId, currency, keyId, tenant } = refusal.metadata;
  // Where a customer is named beside an account, it is the customer that stands in the way.
  const own = customerId
    ? `customers/${customerId}`
    : accountId
      ? `accounts/${accountId}`
      : keyId
        ? `keys/${keyId}`
        : tenant
          ? `tenants/${tenant}`
          : `currencies/${currency ?? ''}`;
  const { blockers } = refusal;
  const blocking = blockers?.ids.map((id) => `accounts/${id}`) ?? [];
  // An account that stood in the way may be closed by the time it is looked for.
  const subjects = blocking.length > 0 ? blocking : [own];
  const description = blockers ? describeBlockers(blockers) : refusal.message;
  const violations = subjects.map((subject) => ({ type: refusal.reason, subject, description }));
  return { desc: PreconditionFailureSchema, value: { violations } };
}

function describeBlockers({ count, ids }: Blockers): string {
  if (count === 1) return 'One account is active.';
  return `${count} accounts are active; the first ${ids.length} are named.`;
}
