import type { DescMethodUnary, JsonObject } from '@bufbuild/protobuf';
import { AccountService } from '../../../gen/ledger/v1/account_service_pb.js';
import { CustomerService } from '../../../gen/ledger/v1/customer_service_pb.js';
import { invalidIntents } from './invalid-intents.ts';
import { invalidKeyRequests } from './invalid-key-requests.ts';
import {
  type InvalidRequest,
  invalidMoneyRequests,
  wrongProfiles,
} from './invalid-money-requests.ts';

const { method: customers } = CustomerService;
const { method: accounts } = AccountService;
const id = 'f'.repeat(24);
const long = 'x'.repeat(101);

/** The requests by which one customer is named; the fields of the update stand in for what the others do not have. */
const byCustomer: [DescMethodUnary, JsonObject][] = [
  [customers.getCustomer, {}],
  [customers.updateCustomer, { profile: { customerCountry: 'DE' } }],
  [customers.activateCustomer, {}],
  [customers.deactivateCustomer, {}],
  [customers.enableCustomer, {}],
  [customers.disableCustomer, {}],
  [customers.listCustomerChanges, {}],
];

/** The requests that name several customers. */
const byCustomers: DescMethodUnary[] = [
  customers.batchGetCustomers,
  customers.batchEnableCustomers,
  customers.batchDisableCustomers,
];

/** The filters of a list of accounts, which a count has too. */
const accountFilters: [request: JsonObject, field: string][] = [
  [{ customerId: 'nope' }, 'customer_id'],
  [{ customerExternalId: '' }, 'customer_external_id'],
  [{ customerExternalId: long }, 'customer_external_id'],
  [{ currency: 'E'.repeat(41) }, 'currency'],
  [{ accountCode: long }, 'account_code'],
  [{ accountNumber: long }, 'account_number'],
];

/** Openings that are wrong, by themselves and as one of several. */
const openings: [opening: JsonObject, field: string][] = [
  [{}, 'currency'],
  [{ currency: 'E' }, 'currency'],
  [{ currency: 'E'.repeat(41) }, 'currency'],
  [{ currency: 'EUR', accountCode: long }, 'account_code'],
  [{ currency: 'EUR', accountNumber: long }, 'account_number'],
  [{ currency: 'EUR', xpub: 'x'.repeat(193) }, 'xpub'],
  [{ currency: 'EUR', accountingCurrency: '1' }, 'accounting_currency'],
  ...wrongProfiles.map(([customer, field]): [JsonObject, string] => [
    { currency: 'EUR', customer },
    `customer.${field}`,
  ]),
];

/** The requests that name one account, and nothing else that they need. */
const byAccount: DescMethodUnary[] = [
  accounts.getAccount,
  accounts.listAccountChanges,
  accounts.updateAccount,
  accounts.activateAccount,
  accounts.deactivateAccount,
  accounts.freezeAccount,
  accounts.unfreezeAccount,
];

/** Each rule of the contract for customers and accounts. */
const requests: InvalidRequest[] = [
  ...byCustomer.flatMap(([method, rest]): InvalidRequest[] => [
    [method, rest, 'customer'],
    [method, { ...rest, id: 'nope' }, 'id'],
    [method, { ...rest, id: `${id}0` }, 'id'],
    [method, { ...rest, id: `${id}\n` }, 'id'],
    [method, { ...rest, externalId: '' }, 'external_id'],
    [method, { ...rest, externalId: long }, 'external_id'],
  ]),
  ...byAccount.flatMap((method): InvalidRequest[] => [
    [method, {}, 'id'],
    [method, { id: 'nope' }, 'id'],
    [method, { id: 'g'.repeat(24) }, 'id'],
  ]),
  ...byCustomers.flatMap((method): InvalidRequest[] => [
    [method, {}, 'customers'],
    [method, { customers: Array(101).fill({ id }) }, 'customers'],
    [method, { customers: [{ id }, {}] }, 'customers[1].customer'],
    [method, { customers: [{ id: 'nope' }] }, 'customers[0].id'],
    [method, { customers: [{ externalId: long }] }, 'customers[0].external_id'],
  ]),
  [customers.listCustomerChanges, { id, pageSize: -1 }, 'page_size'],
  [customers.listCustomerChanges, { id, pageToken: 'x'.repeat(513) }, 'page_token'],
  [customers.listCustomerChanges, { id, verb: 'disable' }, 'verb'],
  [customers.listCustomerChanges, { id, actor: long }, 'actor'],
  [customers.listCustomerChanges, { id, requestId: 'x'.repeat(256) }, 'request_id'],
  [accounts.listAccountChanges, { id, pageSize: -1 }, 'page_size'],
  [accounts.listAccountChanges, { id, pageToken: 'x'.repeat(513) }, 'page_token'],
  [accounts.listAccountChanges, { id, verb: 'ENABLE' }, 'verb'],
  [accounts.listAccountChanges, { id, actor: long }, 'actor'],
  [accounts.listAccountChanges, { id, requestId: 'x'.repeat(256) }, 'request_id'],
  [customers.listCustomers, { pageSize: -1 }, 'page_size'],
  [customers.listCustomers, { pageSize: -(2 ** 31) }, 'page_size'],
  [customers.listCustomers, { pageToken: 'x'.repeat(513) }, 'page_token'],
  [customers.listCustomers, { customerCountry: 'de' }, 'customer_country'],
  [customers.listCustomers, { accountingCurrency: 'BTC' }, 'accounting_currency'],
  [
    customers.listCustomers,
    { pageSize: -1, customerCountry: 'UK' },
    'page_size',
    'customer_country',
  ],
  [customers.updateCustomer, { id }, 'profile'],
  [customers.updateCustomer, { id, profile: { externalId: long } }, 'profile.external_id'],
  [customers.updateCustomer, { id, profile: { customerCountry: 'D' } }, 'profile.customer_country'],
  [customers.updateCustomer, { id, profile: { providerCountry: 'x' } }, 'profile.provider_country'],
  [
    customers.updateCustomer,
    { id, profile: { accountingCurrency: 'usd' } },
    'profile.accounting_currency',
  ],
  [customers.updateCustomer, { id, profile: {}, updateMask: 'active' }, 'update_mask'],
  ...openings.flatMap(([opening, field]): InvalidRequest[] => [
    [accounts.createAccount, opening, field],
    [accounts.batchCreateAccounts, { requests: [opening] }, `requests[0].${field}`],
    [
      accounts.batchCreateAccounts,
      { requests: [{ currency: 'EUR' }, opening] },
      `requests[1].${field}`,
    ],
  ]),
  [accounts.batchCreateAccounts, {}, 'requests'],
  [accounts.batchCreateAccounts, { requests: Array(101).fill({ currency: 'EUR' }) }, 'requests'],
  [accounts.listAccounts, { pageSize: -1 }, 'page_size'],
  [accounts.listAccounts, { pageToken: 'x'.repeat(513) }, 'page_token'],
  [accounts.listAccounts, { orderBy: 'currency' }, 'order_by'],
  [accounts.listAccounts, { orderBy: 'id asc' }, 'order_by'],
  [accounts.listAccounts, { orderBy: 'account_balance DESC' }, 'order_by'],
  [accounts.listAccounts, { orderBy: 'id', customerId: id }, 'order_by'],
  [accounts.listAccounts, { orderBy: 'id desc', customerExternalId: 'a' }, 'order_by'],
  ...accountFilters.flatMap(([filter, field]): InvalidRequest[] => [
    [accounts.listAccounts, filter, field],
    [accounts.countAccounts, filter, field],
  ]),
  [accounts.updateAccount, { id, accountCode: long }, 'account_code'],
  [accounts.updateAccount, { id, accountNumber: long }, 'account_number'],
  [accounts.updateAccount, { id, updateMask: 'accountCode,frozen' }, 'update_mask'],
];

/** Each rule of the contract: a request that breaks it, and the fields that are named. */
export const invalidRequests: readonly InvalidRequest[] = [
  ...requests,
  ...invalidMoneyRequests,
  ...invalidIntents,
  ...invalidKeyRequests,
];
