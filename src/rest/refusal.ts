import { isLedgerError } from '../domain/ledger-error.ts';
import type { Reason } from '../domain/reason.ts';
import type { Answer } from './answer.ts';
import type { Violation } from './violation.ts';

/** The status of each reason in REST: not found and wrong state are 403 (wire contract, section 5). */
export const statuses = {
  CUSTOMER_NOT_FOUND: 403,
  CUSTOMER_EXTERNAL_ID_TAKEN: 403,
  CUSTOMER_ACTIVE: 403,
  CUSTOMER_INACTIVE: 403,
  CUSTOMER_HAS_ACTIVE_ACCOUNTS: 403,
  CUSTOMER_ENABLED: 403,
  CUSTOMER_DISABLED: 403,
  ACCOUNT_NOT_FOUND: 403,
  ACCOUNT_ACTIVE: 403,
  ACCOUNT_INACTIVE: 403,
  ACCOUNT_BALANCE_NOT_ZERO: 403,
  ACCOUNT_CUSTOMER_INACTIVE: 403,
  ACCOUNT_OPENING_CUSTOMER_INACTIVE: 403,
  ACCOUNT_OPENING_CUSTOMER_DISABLED: 403,
  CURRENCY_UNSUPPORTED: 403,
  ACCOUNT_FROZEN: 403,
  ACCOUNT_NOT_FROZEN: 403,
  BLOCKAGE_NOT_FOUND: 403,
  BLOCKAGE_AMOUNT_EXCEEDED: 403,
  AMOUNT_FORMAT: 403,
  BALANCE_FORMAT: 403,
  PAYMENT_TO_SELF: 400,
  SENDER_ACCOUNT_NOT_FOUND: 403,
  SENDER_ACCOUNT_FROZEN: 403,
  SENDER_CUSTOMER_DISABLED: 403,
  RECIPIENT_ACCOUNT_NOT_FOUND: 403,
  CURRENCY_INCOMPATIBLE: 403,
  BALANCE_INSUFFICIENT: 403,
  TRANSACTION_NOT_COMPLIANT: 403,
  VIRTUAL_CURRENCY_NAME_PREFIX: 403,
  VIRTUAL_CURRENCY_EXISTS: 403,
  VIRTUAL_CURRENCY_NOT_FOUND: 403,
  VIRTUAL_CURRENCY_BALANCE: 403,
  ETAG_MISMATCH: 412,
  REQUEST_ID_REUSED: 422,
  API_KEY_INVALID: 401,
  TENANT_SUSPENDED: 401,
  SCOPE_MISSING: 403,
  RATE_LIMIT_EXCEEDED: 429,
  CONCURRENCY_LIMIT_EXCEEDED: 429,
  KEY_NOT_FOUND: 403,
  KEY_REVOKED: 403,
  KEY_EXPIRED: 403,
  KEY_RIGHTS_EXCEEDED: 403,
  KEY_QUOTA_REACHED: 403,
  PAGE_TOKEN_INVALID: 400,
  WATCH_POSITION_INVALID: 400,
  WATCH_POSITION_EXPIRED: 410,
  WATCHES_EXHAUSTED: 429,
  ARGUMENT_INVALID: 400,
  WRITE_CONFLICT: 503,
  DATABASE_UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
  INTERNAL: 500,
} as const satisfies Record<Reason, number>;

/** The most failing properties that an answer tells. */
const violationsMax = 100;

/** When a client may try again what failed for a passing reason, in seconds. */
const retryAfterSeconds = 1;

/** The statuses of passing reasons. */
const passing: ReadonlySet<number> = new Set([429, 503]);

/** A request that is refused before the ledger is asked. */
export class RequestRefusal extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`refused with status ${answer.status}`);
    this.name = 'RequestRefusal';
    this.answer = answer;
  }
}

/** Refuses a request whose path, query or body is wrong: 400, with one entry for each of the first failing properties. */
export function refuseInvalid(violations: readonly Violation[]): RequestRefusal {
  return new RequestRefusal({
    status: 400,
    body: {
      statusCode: 400,
      errorCode: 'validation.failed',
      message: 'Request validation failed. Please see data for additional information.',
      data: violations.slice(0, violationsMax),
    },
  });
}

/** Refuses a request with a status and a message. */
export function refuse(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): RequestRefusal {
  return new RequestRefusal({ status, headers, body: { statusCode: status, message } });
}

/** Makes the answer to whatever was thrown. What is not a refusal says no more than that it is internal. */
export function toAnswer(error: unknown): Answer {
  if (error instanceof RequestRefusal) return error.answer;
  const reason = isLedgerError(error) ? error.reason : 'INTERNAL';
  const status = statuses[reason];
  if (!isLedgerError(error) || status === 500) {
    return { status: 500, body: { statusCode: 500, message: 'Internal server error' } };
  }
  const { errorCode, message, blockers } = error;
  return {
    status,
    ...(passing.has(status) && { headers: { 'retry-after': String(retryAfterSeconds) } }),
    body: {
      statusCode: status,
      ...(errorCode !== null && { errorCode }),
      message,
      ...(blockers && { blockers }),
    },
  };
}
