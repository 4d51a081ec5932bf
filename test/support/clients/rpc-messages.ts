import type {
  DescMessage,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import type {
  AccountChange as AccountChangeMessage,
  AccountState as AccountStateMessage,
} from '../../../gen/ledger/v1/account_change_pb.js';
import type { Account as AccountMessage } from '../../../gen/ledger/v1/account_pb.js';
import type {
  CustomerChange as CustomerChangeMessage,
  CustomerState as StateMessage,
} from '../../../gen/ledger/v1/customer_change_pb.js';
import type { Customer as CustomerMessage } from '../../../gen/ledger/v1/customer_pb.js';
import type {
  Account,
  AccountChange,
  AccountFilter,
  AccountState,
  ChangeFilter,
  Customer,
  CustomerChange,
  CustomerRef,
  CustomerState,
  Page,
} from './ledger-client.ts';

/** Calls a method and gives its answer. */
export type Call = <I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  request: MessageInitShape<I>,
) => Promise<MessageShape<O>>;

/** Makes the oneof by which a request names its customer. */
export function toOneof(ref: CustomerRef) {
  return {
    customer:
      'id' in ref
        ? ({ case: 'id', value: ref.id } as const)
        : ({ case: 'externalId', value: ref.externalId } as const),
  };
}

/** Makes the mask of an update. */
export function toMask(paths: readonly string[]) {
  return { paths: [...paths] };
}

/** Makes the filters of a list or a count of accounts. */
export function toAccountFilter({ customerId, customerExternalId, ...rest }: AccountFilter) {
  if (customerId !== undefined) {
    return { ...rest, customer: { case: 'customerId', value: customerId } as const };
  }
  if (customerExternalId === undefined) return rest;
  const customer = { case: 'customerExternalId', value: customerExternalId } as const;
  return { ...rest, customer };
}

/** Makes a page of an answer, whose token is empty behind the last one. */
export function toPage<T>(items: readonly T[], token: string): Page<T> {
  return { items, next: token === '' ? undefined : token };
}

/** Makes a customer of its message. */
export function toCustomer(message: CustomerMessage | undefined): Customer {
  if (!message) throw new Error('the answer has no customer');
  const { id, externalId, active, enabled, accountingCurrency } = message;
  const { customerCountry, providerCountry } = message;
  return {
    id,
    externalId,
    active,
    enabled,
    accountingCurrency,
    ...(customerCountry !== '' && { customerCountry }),
    ...(providerCountry !== '' && { providerCountry }),
  };
}

/** Makes the filters of a list of changes. */
export function toChangeFilter({ from, to, ...rest }: ChangeFilter) {
  return {
    ...rest,
    ...(from !== undefined && { from: timestampFromMs(from) }),
    ...(to !== undefined && { to: timestampFromMs(to) }),
  };
}

/** Makes a change of a customer of its message. */
export function toCustomerChange(message: CustomerChangeMessage): CustomerChange {
  const { customerId, before, after } = message;
  if (!after) throw new Error('the change has nothing after it');
  return {
    ...toChangeFields(message),
    customerId,
    ...(before && { before: toState(before) }),
    after: toState(after),
  };
}

/** Makes a change of an account of its message. */
export function toAccountChange(message: AccountChangeMessage): AccountChange {
  const { accountId, before, after } = message;
  if (!after) throw new Error('the change has nothing after it');
  return {
    ...toChangeFields(message),
    accountId,
    ...(before && { before: toAccountState(before) }),
    after: toAccountState(after),
  };
}

function toChangeFields(message: CustomerChangeMessage | AccountChangeMessage) {
  const { id, version, verb, actor, reason, comment, requestId, time } = message;
  if (!time) throw new Error('the change has no time');
  return {
    id,
    version,
    verb,
    actor,
    ...(reason !== '' && { reason }),
    ...(comment !== '' && { comment }),
    ...(requestId !== '' && { requestId }),
    time: timestampMs(time),
  };
}

function toAccountState(message: AccountStateMessage): AccountState {
  const { customerId, currency, active, frozen, blocked, accountingCurrency } = message;
  const { accountCode, accountNumber } = message;
  return {
    currency,
    active,
    frozen,
    blocked,
    accountingCurrency,
    ...(customerId !== '' && { customerId }),
    ...(accountCode !== '' && { accountCode }),
    ...(accountNumber !== '' && { accountNumber }),
  };
}

function toState(message: StateMessage): CustomerState {
  const { externalId, active, enabled, accountingCurrency } = message;
  const { customerCountry, providerCountry } = message;
  return {
    externalId,
    active,
    enabled,
    accountingCurrency,
    ...(customerCountry !== '' && { customerCountry }),
    ...(providerCountry !== '' && { providerCountry }),
  };
}

/** Makes an account of its message. */
export function toAccount(message: AccountMessage | undefined): Account {
  if (!message?.balance) throw new Error('the answer has no account, or that no balance');
  const { id, currency, active, frozen, customerId, accountCode, accountNumber } = message;
  const { accountingCurrency, xpub } = message;
  const { accountBalance, availableBalance } = message.balance;
  return {
    id,
    currency,
    active,
    frozen,
    balance: { accountBalance, availableBalance },
    accountingCurrency,
    ...(customerId !== '' && { customerId }),
    ...(accountCode !== '' && { accountCode }),
    ...(accountNumber !== '' && { accountNumber }),
    ...(xpub !== '' && { xpub }),
  };
}
