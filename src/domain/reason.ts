/**
 * Every reason for which the ledger refuses a call. It is part of the contract: gRPC and Connect carry it in
 * google.rpc.ErrorInfo, and each protocol gives it a code in a table that does not compile until it knows every reason.
 */
export type Reason =
  | 'CUSTOMER_NOT_FOUND'
  | 'CUSTOMER_EXTERNAL_ID_TAKEN'
  | 'CUSTOMER_ACTIVE'
  | 'CUSTOMER_INACTIVE'
  | 'CUSTOMER_HAS_ACTIVE_ACCOUNTS'
  | 'CUSTOMER_ENABLED'
  | 'CUSTOMER_DISABLED'
  | 'ACCOUNT_NOT_FOUND'
  | 'ACCOUNT_ACTIVE'
  | 'ACCOUNT_INACTIVE'
  | 'ACCOUNT_BALANCE_NOT_ZERO'
  | 'ACCOUNT_CUSTOMER_INACTIVE'
  | 'ACCOUNT_OPENING_CUSTOMER_INACTIVE'
  | 'ACCOUNT_OPENING_CUSTOMER_DISABLED'
  | 'CURRENCY_UNSUPPORTED'
  | 'ACCOUNT_FROZEN'
  | 'ACCOUNT_NOT_FROZEN'
  | 'BLOCKAGE_NOT_FOUND'
  | 'BLOCKAGE_AMOUNT_EXCEEDED'
  | 'AMOUNT_FORMAT'
  | 'BALANCE_FORMAT'
  | 'PAYMENT_TO_SELF'
  | 'SENDER_ACCOUNT_NOT_FOUND'
  | 'SENDER_ACCOUNT_FROZEN'
  | 'SENDER_CUSTOMER_DISABLED'
  | 'RECIPIENT_ACCOUNT_NOT_FOUND'
  | 'CURRENCY_INCOMPATIBLE'
  | 'BALANCE_INSUFFICIENT'
  | 'TRANSACTION_NOT_COMPLIANT'
  | 'VIRTUAL_CURRENCY_NAME_PREFIX'
  | 'VIRTUAL_CURRENCY_EXISTS'
  | 'VIRTUAL_CURRENCY_NOT_FOUND'
  | 'VIRTUAL_CURRENCY_BALANCE'
  | 'ETAG_MISMATCH'
  | 'REQUEST_ID_REUSED'
  | 'API_KEY_INVALID'
  | 'TENANT_SUSPENDED'
  | 'SCOPE_MISSING'
  | 'RATE_LIMIT_EXCEEDED'
  | 'CONCURRENCY_LIMIT_EXCEEDED'
  | 'KEY_NOT_FOUND'
  | 'KEY_REVOKED'
  | 'KEY_EXPIRED'
  | 'KEY_RIGHTS_EXCEEDED'
  | 'KEY_QUOTA_REACHED'
  | 'PAGE_TOKEN_INVALID'
  | 'WATCH_POSITION_INVALID'
  | 'WATCH_POSITION_EXPIRED'
  | 'WATCHES_EXHAUSTED'
  | 'ARGUMENT_INVALID'
  | 'WRITE_CONFLICT'
  | 'DATABASE_UNAVAILABLE'
  | 'DEADLINE_EXCEEDED'
  | 'INTERNAL';

/** What a refusal is about: ids and values by name, safe to show to the caller. */
export type Metadata = Readonly<Record<string, string>>;

interface Wording {
  /** The errorCode of the REST contract; null where a refusal has none there. */
  readonly errorCode: string | null;
  /** The message, word for word that of the REST contract where it has one; `{name}` stands for a value of the metadata. */
  readonly message: string;
}

/** The errorCode and the message of each reason (wire contract, section 5). */
export const wordings = {
  CUSTOMER_NOT_FOUND: { errorCode: 'customer.internal.not.exists', message: 'No such customer.' },
  CUSTOMER_EXTERNAL_ID_TAKEN: {
    errorCode: 'customer.external.exists',
    message: 'Customer with given external ID {externalId} already exists.',
  },
  CUSTOMER_ACTIVE: { errorCode: 'customer.active', message: 'Unable to activate active customer.' },
  CUSTOMER_INACTIVE: {
    errorCode: 'customer.inactive',
    message: 'Unable to perform operation on inactive customer.',
  },
  CUSTOMER_HAS_ACTIVE_ACCOUNTS: {
    errorCode: 'customer.deactivate.account.active',
    message: 'Unable to deactivate customer, accounts not deactivated.',
  },
  CUSTOMER_ENABLED: {
    errorCode: 'customer.enabled',
    message: 'Unable to enable enabled customer.',
  },
  CUSTOMER_DISABLED: {
    errorCode: 'customer.disabled',
    message: 'Unable to disable disabled customer.',
  },
  ACCOUNT_NOT_FOUND: { errorCode: 'account.not.exists', message: 'No such account.' },
  ACCOUNT_ACTIVE: { errorCode: 'account.active', message: 'Unable to activate active account.' },
  ACCOUNT_INACTIVE: {
    errorCode: 'account.inactive',
    message: 'Unable to deactivate inactive account.',
  },
  ACCOUNT_BALANCE_NOT_ZERO: {
    errorCode: 'account.balance.non.zero',
    message: 'Unable to deactivate account with non-zero balance.',
  },
  ACCOUNT_CUSTOMER_INACTIVE: {
    errorCode: 'account.customer.inactive',
    message: 'Unable to activate account, customer inactive.',
  },
  ACCOUNT_OPENING_CUSTOMER_INACTIVE: {
    errorCode: 'customer.not.active',
    message: 'Customer not active.',
  },
  ACCOUNT_OPENING_CUSTOMER_DISABLED: {
    errorCode: 'customer.disabled',
    message: 'Unable to perform operation on disabled customer.',
  },
  CURRENCY_UNSUPPORTED: {
    errorCode: 'ledger.currency.invalid',
    message: 'Unable to create an account, unsupported currency.',
  },
  ACCOUNT_FROZEN: { errorCode: 'account.frozen', message: 'Unable to freeze frozen account.' },
  ACCOUNT_NOT_FROZEN: {
    errorCode: 'account.not.frozen',
    message: 'Unable to unfreeze unfrozen account.',
  },
  BLOCKAGE_NOT_FOUND: { errorCode: 'blockage.not.exists', message: 'No such blockage.' },
  BLOCKAGE_AMOUNT_EXCEEDED: {
    errorCode: 'blockage.amount.exceeded',
    message: 'Amount to transfer is greater then amount of the blockage.',
  },
  AMOUNT_FORMAT: { errorCode: 'amount.format', message: 'Amount has incorrect format.' },
  // The amount is good, but what it would lead to cannot be held exactly: the same errorCode, told last.
  BALANCE_FORMAT: { errorCode: 'amount.format', message: 'Amount has incorrect format.' },
  PAYMENT_TO_SELF: {
    errorCode: 'validation.failed',
    message: 'recipientAccountId must not be the account that pays',
  },
  SENDER_ACCOUNT_NOT_FOUND: {
    errorCode: 'senderAccount.not.exists',
    message: 'Unable to find sender account {senderAccountId}.',
  },
  SENDER_ACCOUNT_FROZEN: {
    errorCode: 'senderAccount.frozen',
    message: 'Sender account {senderAccountId} is frozen, unable to perform payment.',
  },
  SENDER_CUSTOMER_DISABLED: {
    errorCode: 'senderAccount.customer.disabled',
    message: 'Sender accounts customer {customerId} is disabled, unable to perform payment.',
  },
  RECIPIENT_ACCOUNT_NOT_FOUND: {
    errorCode: 'recipientAccount.not.exists',
    message: 'Unable to find recipient account {recipientAccountId}.',
  },
  CURRENCY_INCOMPATIBLE: {
    errorCode: 'transaction.currency.incompatible',
    message:
      'Incompatible currencies for sender account {senderAccountId} and recipient account {recipientAccountId}.',
  },
  BALANCE_INSUFFICIENT: {
    errorCode: 'balance.insufficient',
    message:
      'Insufficient balance for account {senderAccountId} and payment amount {amount}. Sender balance is {availableBalance}, amount is {amount}',
  },
  TRANSACTION_NOT_COMPLIANT: {
    errorCode: 'transaction.not.compliant',
    message: 'Transaction not compliant, recipient account customer country is not defined.',
  },
  VIRTUAL_CURRENCY_NAME_PREFIX: {
    errorCode: 'virtual.name.prefix',
    message: 'Virtual currency has wrong name, must start with VC_.',
  },
  VIRTUAL_CURRENCY_EXISTS: {
    errorCode: 'virtual.duplicate',
    message: 'Virtual currency with given name already exists.',
  },
  VIRTUAL_CURRENCY_NOT_FOUND: {
    errorCode: 'vc.not.found',
    message: 'No such virtual currency.',
  },
  VIRTUAL_CURRENCY_BALANCE: {
    errorCode: 'virtual.account.balance',
    message: 'Insufficient balance to revoke virtual currency on account.',
  },
  ETAG_MISMATCH: {
    errorCode: 'etag.mismatch',
    message: 'The resource has changed since it was read.',
  },
  REQUEST_ID_REUSED: {
    errorCode: 'idempotency.key.reused',
    message: 'The idempotency key was used for another request.',
  },
  API_KEY_INVALID: {
    errorCode: 'subscription.invalid',
    message: 'Unable to find valid subscription for the given API key.',
  },
  TENANT_SUSPENDED: {
    errorCode: 'subscription.not.active',
    message: 'Subscription not active anymore.',
  },
  SCOPE_MISSING: { errorCode: null, message: 'Forbidden' },
  RATE_LIMIT_EXCEEDED: {
    errorCode: null,
    message: 'Too many calls: the API key may make {limit} in a second.',
  },
  CONCURRENCY_LIMIT_EXCEEDED: {
    errorCode: null,
    message: 'Too many calls at once: the API key may have {limit} in flight.',
  },
  KEY_NOT_FOUND: { errorCode: null, message: 'No such API key.' },
  KEY_REVOKED: { errorCode: null, message: 'The API key is revoked.' },
  KEY_EXPIRED: { errorCode: null, message: 'The API key has expired.' },
  KEY_RIGHTS_EXCEEDED: {
    errorCode: null,
    message: 'An API key cannot hand out more than it has: {excess}.',
  },
  KEY_QUOTA_REACHED: { errorCode: null, message: 'No more API keys can be made: {quota}.' },
  PAGE_TOKEN_INVALID: {
    errorCode: null,
    message: 'The page token is not one of this list with these filters.',
  },
  WATCH_POSITION_INVALID: {
    errorCode: null,
    message: 'The position is not one of this watch.',
  },
  WATCH_POSITION_EXPIRED: {
    errorCode: null,
    message: 'The position is too old to be watched from. List the changes, and watch from now.',
  },
  WATCHES_EXHAUSTED: { errorCode: null, message: 'Too many watches at once. Try again.' },
  ARGUMENT_INVALID: { errorCode: 'validation.failed', message: '{violation}' },
  WRITE_CONFLICT: {
    errorCode: null,
    message: 'Too many writes at once to the same resource. Try again.',
  },
  DATABASE_UNAVAILABLE: {
    errorCode: null,
    message: 'The database cannot be reached. A change that was under way may have been made.',
  },
  DEADLINE_EXCEEDED: {
    errorCode: null,
    message: 'The call took longer than its deadline. A change may have been made.',
  },
  INTERNAL: { errorCode: null, message: 'Internal server error' },
} as const satisfies Record<Reason, Wording>;

/**
 * The wording of a customer that was looked for by its external id, for which the REST contract has a code of its own
 * (wire contract, section 2).
 */
export const unknownExternalId = {
  errorCode: 'customer.not.exists',
  message: 'No customer with given external ID {externalId} exists.',
} as const satisfies Wording;
