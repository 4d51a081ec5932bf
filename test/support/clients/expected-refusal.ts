import type { Protocol } from './ledger-client.ts';

/** What is told of a refusal: its gRPC code, the status and the errorCode of REST, and the message, the same for all. */
interface Expected {
  readonly code: string;
  readonly status: number;
  readonly errorCode: string | undefined;
  readonly message: string;
}

const notFound = { code: 'NOT_FOUND', status: 403 } as const;
const precondition = { code: 'FAILED_PRECONDITION', status: 403 } as const;

/** The refusals of the wire contract, sections 5 and 7, word for word; `{name}` stands for an id. */
export const expectedRefusals = {
  CUSTOMER_NOT_FOUND: {
    ...notFound,
    errorCode: 'customer.internal.not.exists',
    message: 'No such customer.',
  },
  CUSTOMER_EXTERNAL_ID_TAKEN: {
    code: 'ALREADY_EXISTS',
    status: 403,
    errorCode: 'customer.external.exists',
    message: 'Customer with given external ID {externalId} already exists.',
  },
  CUSTOMER_ACTIVE: {
    ...precondition,
    errorCode: 'customer.active',
    message: 'Unable to activate active customer.',
  },
  CUSTOMER_INACTIVE: {
    ...precondition,
    errorCode: 'customer.inactive',
    message: 'Unable to perform operation on inactive customer.',
  },
  CUSTOMER_HAS_ACTIVE_ACCOUNTS: {
    ...precondition,
    errorCode: 'customer.deactivate.account.active',
    message: 'Unable to deactivate customer, accounts not deactivated.',
  },
  CUSTOMER_ENABLED: {
    ...precondition,
    errorCode: 'customer.enabled',
    message: 'Unable to enable enabled customer.',
  },
  CUSTOMER_DISABLED: {
    ...precondition,
    errorCode: 'customer.disabled',
    message: 'Unable to disable disabled customer.',
  },
  ACCOUNT_NOT_FOUND: {
    ...notFound,
    errorCode: 'account.not.exists',
    message: 'No such account.',
  },
  ACCOUNT_ACTIVE: {
    ...precondition,
    errorCode: 'account.active',
    message: 'Unable to activate active account.',
  },
  ACCOUNT_INACTIVE: {
    ...precondition,
    errorCode: 'account.inactive',
    message: 'Unable to deactivate inactive account.',
  },
  ACCOUNT_BALANCE_NOT_ZERO: {
    ...precondition,
    errorCode: 'account.balance.non.zero',
    message: 'Unable to deactivate account with non-zero balance.',
  },
  ACCOUNT_CUSTOMER_INACTIVE: {
    ...precondition,
    errorCode: 'account.customer.inactive',
    message: 'Unable to activate account, customer inactive.',
  },
  ACCOUNT_OPENING_CUSTOMER_INACTIVE: {
    ...precondition,
    errorCode: 'customer.not.active',
    message: 'Customer not active.',
  },
  ACCOUNT_OPENING_CUSTOMER_DISABLED: {
    ...precondition,
    errorCode: 'customer.disabled',
    message: 'Unable to perform operation on disabled customer.',
  },
  CURRENCY_UNSUPPORTED: {
    ...precondition,
    errorCode: 'ledger.currency.invalid',
    message: 'Unable to create an account, unsupported currency.',
  },
  ACCOUNT_FROZEN: {
    ...precondition,
    errorCode: 'account.frozen',
    message: 'Unable to freeze frozen account.',
  },
  ACCOUNT_NOT_FROZEN: {
    ...precondition,
    errorCode: 'account.not.frozen',
    message: 'Unable to unfreeze unfrozen account.',
  },
  BLOCKAGE_NOT_FOUND: {
    ...notFound,
    errorCode: 'blockage.not.exists',
    message: 'No such blockage.',
  },
  BLOCKAGE_AMOUNT_EXCEEDED: {
    ...precondition,
    errorCode: 'blockage.amount.exceeded',
    message: 'Amount to transfer is greater then amount of the blockage.',
  },
  AMOUNT_FORMAT: {
    code: 'INVALID_ARGUMENT',
    status: 403,
    errorCode: 'amount.format',
    message: 'Amount has incorrect format.',
  },
  BALANCE_FORMAT: {
    code: 'OUT_OF_RANGE',
    status: 403,
    errorCode: 'amount.format',
    message: 'Amount has incorrect format.',
  },
  PAYMENT_TO_SELF: {
    code: 'INVALID_ARGUMENT',
    status: 400,
    errorCode: 'validation.failed',
    message: 'recipientAccountId must not be the account that pays',
  },
  SENDER_ACCOUNT_NOT_FOUND: {
    ...notFound,
    errorCode: 'senderAccount.not.exists',
    message: 'Unable to find sender account {senderAccountId}.',
  },
  SENDER_ACCOUNT_FROZEN: {
    ...precondition,
    errorCode: 'senderAccount.frozen',
    message: 'Sender account {senderAccountId} is frozen, unable to perform payment.',
  },
  SENDER_CUSTOMER_DISABLED: {
    ...precondition,
    errorCode: 'senderAccount.customer.disabled',
    message: 'Sender accounts customer {customerId} is disabled, unable to perform payment.',
  },
  RECIPIENT_ACCOUNT_NOT_FOUND: {
    ...notFound,
    errorCode: 'recipientAccount.not.exists',
    message: 'Unable to find recipient account {recipientAccountId}.',
  },
  CURRENCY_INCOMPATIBLE: {
    ...precondition,
    errorCode: 'transaction.currency.incompatible',
    message:
      'Incompatible currencies for sender account {senderAccountId} and recipient account {recipientAccountId}.',
  },
  BALANCE_INSUFFICIENT: {
    ...precondition,
    errorCode: 'balance.insufficient',
    message:
      'Insufficient balance for account {senderAccountId} and payment amount {amount}. Sender balance is {availableBalance}, amount is {amount}',
  },
  TRANSACTION_NOT_COMPLIANT: {
    ...precondition,
    errorCode: 'transaction.not.compliant',
    message: 'Transaction not compliant, recipient account customer country is not defined.',
  },
  VIRTUAL_CURRENCY_NAME_PREFIX: {
    code: 'INVALID_ARGUMENT',
    status: 403,
    errorCode: 'virtual.name.prefix',
    message: 'Virtual currency has wrong name, must start with VC_.',
  },
  VIRTUAL_CURRENCY_EXISTS: {
    code: 'ALREADY_EXISTS',
    status: 403,
    errorCode: 'virtual.duplicate',
    message: 'Virtual currency with given name already exists.',
  },
  VIRTUAL_CURRENCY_NOT_FOUND: {
    ...notFound,
    errorCode: 'vc.not.found',
    message: 'No such virtual currency.',
  },
  VIRTUAL_CURRENCY_BALANCE: {
    ...precondition,
    errorCode: 'virtual.account.balance',
    message: 'Insufficient balance to revoke virtual currency on account.',
  },
  ETAG_MISMATCH: {
    code: 'ABORTED',
    status: 412,
    errorCode: 'etag.mismatch',
    message: 'The resource has changed since it was read.',
  },
  REQUEST_ID_REUSED: {
    code: 'INVALID_ARGUMENT',
    status: 422,
    errorCode: 'idempotency.key.reused',
    message: 'The idempotency key was used for another request.',
  },
  WATCH_POSITION_INVALID: {
    code: 'INVALID_ARGUMENT',
    status: 400,
    errorCode: undefined,
    message: 'The position is not one of this watch.',
  },
  WATCH_POSITION_EXPIRED: {
    code: 'OUT_OF_RANGE',
    status: 410,
    errorCode: undefined,
    message: 'The position is too old to be watched from. List the changes, and watch from now.',
  },
  WATCHES_EXHAUSTED: {
    code: 'RESOURCE_EXHAUSTED',
    status: 429,
    errorCode: undefined,
    message: 'Too many watches at once. Try again.',
  },
  PAGE_TOKEN_INVALID: {
    code: 'INVALID_ARGUMENT',
    status: 400,
    errorCode: undefined,
    message: 'The page token is not one of this list with these filters.',
  },
  API_KEY_INVALID: {
    code: 'UNAUTHENTICATED',
    status: 401,
    errorCode: 'subscription.invalid',
    message: 'Unable to find valid subscription for the given API key.',
  },
  TENANT_SUSPENDED: {
    code: 'UNAUTHENTICATED',
    status: 401,
    errorCode: 'subscription.not.active',
    message: 'Subscription not active anymore.',
  },
  SCOPE_MISSING: {
    code: 'PERMISSION_DENIED',
    status: 403,
    errorCode: undefined,
    message: 'Forbidden',
  },
  RATE_LIMIT_EXCEEDED: {
    code: 'RESOURCE_EXHAUSTED',
    status: 429,
    errorCode: undefined,
    message: 'Too many calls: the API key may make {limit} in a second.',
  },
  CONCURRENCY_LIMIT_EXCEEDED: {
    code: 'RESOURCE_EXHAUSTED',
    status: 429,
    errorCode: undefined,
    message: 'Too many calls at once: the API key may have {limit} in flight.',
  },
  KEY_NOT_FOUND: { ...notFound, errorCode: undefined, message: 'No such API key.' },
  KEY_REVOKED: { ...precondition, errorCode: undefined, message: 'The API key is revoked.' },
  KEY_EXPIRED: { ...precondition, errorCode: undefined, message: 'The API key has expired.' },
  KEY_RIGHTS_EXCEEDED: {
    code: 'PERMISSION_DENIED',
    status: 403,
    errorCode: undefined,
    message: 'An API key cannot hand out more than it has: {excess}.',
  },
  KEY_QUOTA_REACHED: {
    ...precondition,
    errorCode: undefined,
    message: 'No more API keys can be made: {quota}.',
  },
} as const satisfies Record<string, Expected>;

/** The refusal of a customer that was looked for by its external id. */
const unknownExternalId: Expected = {
  ...notFound,
  errorCode: 'customer.not.exists',
  message: 'No customer with given external ID {externalId} exists.',
};

/** What REST says of any request that is wrong. */
const invalidMessage = 'Request validation failed. Please see data for additional information.';

export type ExpectedReason = keyof typeof expectedRefusals;

/**
 * Makes what a refusal over a protocol must match: REST tells status, errorCode and message, the others the gRPC code, reason,
 * domain and errorCode, and all the same message.
 */
export function toRefusalOf(
  protocol: Protocol,
  reason: ExpectedReason,
  ids: Readonly<Record<string, string>> = {},
): object {
  return describe(protocol, reason, expectedRefusals[reason], ids);
}

/** Makes what the refusal of an unknown external id must match; a read of REST takes every id for an external one. */
export function toUnknownExternalId(protocol: Protocol, externalId: string): object {
  return describe(protocol, 'CUSTOMER_NOT_FOUND', unknownExternalId, { externalId });
}

function describe(
  protocol: Protocol,
  reason: string,
  { code, status, errorCode, message }: Expected,
  ids: Readonly<Record<string, string>>,
): object {
  const told = { errorCode, message: message.replace(/\{(\w+)\}/g, (_, name) => ids[name] ?? '') };
  if (protocol !== 'rest') return { code, reason, domain: 'ledger', ...told };
  // A request that is wrong is told alike of each field; which one it is stands beside it.
  return { status, ...told, ...(errorCode === 'validation.failed' && { message: invalidMessage }) };
}
