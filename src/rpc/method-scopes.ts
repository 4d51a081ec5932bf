import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { AccountService } from '../../gen/ledger/v1/account_service_pb.js';
import { CustomerService } from '../../gen/ledger/v1/customer_service_pb.js';
import { KeyService } from '../../gen/ledger/v1/key_service_pb.js';
import { TransactionService } from '../../gen/ledger/v1/transaction_service_pb.js';
import { VirtualCurrencyService } from '../../gen/ledger/v1/virtual_currency_service_pb.js';
import type { Scope } from '../domain/scope.ts';

type Entry = readonly [DescMethod, Scope];

/** What each method of each service asks of the key that calls it. A method that is not named here does not compile. */
const scopes: ReadonlyMap<DescMethod, Scope> = new Map([
  ...entriesOf(CustomerService, {
    listCustomers: 'customers:read',
    batchGetCustomers: 'customers:read',
    batchEnableCustomers: 'customers:state',
    batchDisableCustomers: 'customers:state',
    listCustomerChanges: 'customers:read',
    watchCustomers: 'customers:read',
    getCustomer: 'customers:read',
    updateCustomer: 'customers:write',
    activateCustomer: 'customers:state',
    deactivateCustomer: 'customers:state',
    enableCustomer: 'customers:state',
    disableCustomer: 'customers:state',
  }),
  ...entriesOf(AccountService, {
    // It is by accounts that customers come to be: who may open one may tell of its customer.
    createAccount: 'accounts:write',
    batchCreateAccounts: 'accounts:write',
    getAccount: 'accounts:read',
    listAccounts: 'accounts:read',
    countAccounts: 'accounts:read',
    listAccountChanges: 'accounts:read',
    updateAccount: 'accounts:write',
    activateAccount: 'accounts:state',
    deactivateAccount: 'accounts:state',
    freezeAccount: 'accounts:state',
    unfreezeAccount: 'accounts:state',
    createBlockage: 'accounts:write',
    getBlockage: 'accounts:read',
    listBlockages: 'accounts:read',
    releaseBlockage: 'accounts:write',
    releaseAllBlockages: 'accounts:write',
    // It pays.
    settleBlockage: 'transactions:write',
  }),
  ...entriesOf(TransactionService, {
    createPayment: 'transactions:write',
    batchCreatePayments: 'transactions:write',
    listTransactionRecords: 'transactions:read',
    countTransactionRecords: 'transactions:read',
  }),
  ...entriesOf(VirtualCurrencyService, {
    createVirtualCurrency: 'transactions:write',
    getVirtualCurrency: 'transactions:read',
    updateVirtualCurrency: 'transactions:write',
    mintVirtualCurrency: 'transactions:write',
    revokeVirtualCurrency: 'transactions:write',
  }),
  ...entriesOf(KeyService, {
    createKey: 'keys:write',
    listKeys: 'keys:read',
    getKey: 'keys:read',
    rotateKey: 'keys:write',
    revokeKey: 'keys:write',
  }),
]);

/** Gives the scope that a method asks for; undefined for one that nobody may call. */
export function scopeOf(method: DescMethod): Scope | undefined {
  return scopes.get(method);
}

function entriesOf<S extends DescService>(
  service: S,
  scopesByName: { readonly [Name in keyof S['method']]: Scope },
): Entry[] {
  return Object.entries<Scope>(scopesByName).map(([name, scope]) => [
    service.method[name] as DescMethod,
    scope,
  ]);
}
