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
  return protocol === 'rest' ? { status, ...told } : { code, reason, domain: 'ledger', ...told };
}
