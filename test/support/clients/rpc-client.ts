import type { DescMessage, DescMethodUnary, MessageInitShape } from '@bufbuild/protobuf';
import type { Account as AccountMessage } from '../../../gen/ledger/v1/account_pb.js';
import { AccountService } from '../../../gen/ledger/v1/account_service_pb.js';
import type { Customer as CustomerMessage } from '../../../gen/ledger/v1/customer_pb.js';
import { CustomerService } from '../../../gen/ledger/v1/customer_service_pb.js';
import type { Caller } from './caller.ts';
import type {
  Account,
  AccountFilter,
  Customer,
  CustomerRef,
  LedgerClient,
  Page,
  Protocol,
} from './ledger-client.ts';

/** Creates a client that speaks the proto contract over any of its protocols. */
export function createRpcClient(protocol: Protocol, caller: Caller, key: string): LedgerClient {
  const customers = CustomerService.method;
  const accounts = AccountService.method;
  const call = async <I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
  ) => (await caller.call(method, request, { 'x-api-key': key })).message;

  return {
    protocol,
    async listCustomers({ size, from = '' }, filter = {}) {
      const page = { pageSize: size, pageToken: from };
      const reply = await call(customers.listCustomers, { ...page, ...filter });
      return toPage(reply.customers.map(toCustomer), reply.nextPageToken);
    },
    getCustomer: async (ref) =>
      toCustomer((await call(customers.getCustomer, toOneof(ref))).customer),
    async updateCustomer(ref, profile, mask) {
      const request = { ...toOneof(ref), profile, ...(mask && { updateMask: toMask(mask) }) };
      return toCustomer((await call(customers.updateCustomer, request)).customer);
    },
    activateCustomer: async (ref) =>
      toCustomer((await call(customers.activateCustomer, toOneof(ref))).customer),
    deactivateCustomer: async (ref) =>
      toCustomer((await call(customers.deactivateCustomer, toOneof(ref))).customer),
    enableCustomer: async (ref) =>
      toCustomer((await call(customers.enableCustomer, toOneof(ref))).customer),
    disableCustomer: async (ref) =>
      toCustomer((await call(customers.disableCustomer, toOneof(ref))).customer),

    createAccount: async (opening) =>
      toAccount((await call(accounts.createAccount, opening)).account),
    getAccount: async (id) => toAccount((await call(accounts.getAccount, { id })).account),
    async listAccounts({ size, from = '' }, filter = {}) {
      const page = { pageSize: size, pageToken: from };
      const reply = await call(accounts.listAccounts, { ...page, ...toAccountFilter(filter) });
      return toPage(reply.accounts.map(toAccount), reply.nextPageToken);
    },
    activateAccount: async (id) =>
      toAccount((await call(accounts.activateAccount, { id })).account),
    deactivateAccount: async (id) =>
      toAccount((await call(accounts.deactivateAccount, { id })).account),
    close: async () => caller.close(),
  };
}

/** Makes the oneof by which a request names its customer. */
export function toOneof(ref: CustomerRef) {
  return {
    customer:
      'id' in ref
        ? ({ case: 'id', value: ref.id } as const)
        : ({ case: 'externalId', value: ref.externalId } as const),
  };
}

function toMask(paths: readonly string[]) {
  return { paths: [...paths] };
}

function toAccountFilter({ customerId, customerExternalId, ...rest }: AccountFilter) {
  if (customerId !== undefined) {
    return { ...rest, customer: { case: 'customerId', value: customerId } as const };
  }
  if (customerExternalId === undefined) return rest;
  const customer = { case: 'customerExternalId', value: customerExternalId } as const;
  return { ...rest, customer };
}

function toPage<T>(items: readonly T[], token: string): Page<T> {
  return { items, next: token === '' ? undefined : token };
}

function toCustomer(message: CustomerMessage | undefined): Customer {
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

function toAccount(message: AccountMessage | undefined): Account {
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
