import type { DescMethodUnary, JsonObject } from '@bufbuild/protobuf';
import { AccountService } from '../../../gen/ledger/v1/account_service_pb.js';
import { CustomerService } from '../../../gen/ledger/v1/customer_service_pb.js';
import { KeyService } from '../../../gen/ledger/v1/key_service_pb.js';
import { TransactionService } from '../../../gen/ledger/v1/transaction_service_pb.js';
import { VirtualCurrencyService } from '../../../gen/ledger/v1/virtual_currency_service_pb.js';
import type { InvalidRequest } from './invalid-money-requests.ts';

const { method: customers } = CustomerService;
const { method: accounts } = AccountService;
const { method: transactions } = TransactionService;
const { method: currencies } = VirtualCurrencyService;
const { method: keys } = KeyService;
const id = 'f'.repeat(24);
const keyId = `key_${'0'.repeat(12)}`;
const payment = { recipientAccountId: id, amount: '1' };
const supplyChange = { accountId: id, amount: '1' };

/** A request of every method that changes something, which is good but for what is added to it. */
const changes: readonly (readonly [DescMethodUnary, JsonObject])[] = [
  [customers.updateCustomer, { id, profile: { customerCountry: 'DE' } }],
  [customers.activateCustomer, { id }],
  [customers.deactivateCustomer, { id }],
  [customers.enableCustomer, { id }],
  [customers.disableCustomer, { id }],
  [customers.batchEnableCustomers, { customers: [{ id }] }],
  [customers.batchDisableCustomers, { customers: [{ id }] }],
  [accounts.createAccount, { currency: 'EUR' }],
  [accounts.batchCreateAccounts, { requests: [{ currency: 'EUR' }] }],
  [accounts.updateAccount, { id, accountCode: 'a' }],
  [accounts.activateAccount, { id }],
  [accounts.deactivateAccount, { id }],
  [accounts.freezeAccount, { id }],
  [accounts.unfreezeAccount, { id }],
  [accounts.createBlockage, { accountId: id, amount: '1', type: 'a' }],
  [accounts.releaseBlockage, { id }],
  [accounts.releaseAllBlockages, { accountId: id }],
  [accounts.settleBlockage, { id, payment }],
  [transactions.createPayment, { senderAccountId: id, payment }],
  [transactions.batchCreatePayments, { senderAccountId: id, payments: [payment] }],
  [currencies.createVirtualCurrency, { name: 'VC_A', supply: '1', basePair: 'EUR' }],
  [currencies.updateVirtualCurrency, { name: 'VC_A', basePair: 'USD' }],
  [currencies.mintVirtualCurrency, supplyChange],
  [currencies.revokeVirtualCurrency, supplyChange],
  [keys.createKey, { name: 'a', scopes: ['*'] }],
  [keys.rotateKey, { id: keyId }],
  [keys.revokeKey, { id: keyId }],
];

/** What a request may not add to its change, by the field. */
const wrongIntents: readonly (readonly [field: string, wrong: JsonObject])[] = [
  ['request_id', { requestId: 'x'.repeat(256) }],
  ['request_id', { requestId: 'a b' }],
  ['request_id', { requestId: 'ü' }],
  ['request_id', { requestId: 'a\n' }],
  ['etag', { etag: 'x'.repeat(65) }],
  ['reason', { reason: 'x'.repeat(101) }],
  ['comment', { comment: 'x'.repeat(501) }],
];

/** Each rule of what a request adds to its change: for every method that takes it. */
export const invalidIntents: readonly InvalidRequest[] = [
  ...changes.flatMap(([method, request]) =>
    wrongIntents
      .filter(([name]) => method.input.fields.some((field) => field.name === name))
      .map(([name, wrong]): InvalidRequest => [method, { ...request, ...wrong }, name]),
  ),
  ...[customers.batchEnableCustomers, customers.batchDisableCustomers].map(
    (method): InvalidRequest => [
      method,
      { customers: [{ id }, { id, etag: 'x'.repeat(65) }] },
      'customers[1].etag',
    ],
  ),
  ...wrongIntents
    .filter(([name]) => name !== 'etag')
    .map(
      ([name, wrong]): InvalidRequest => [
        accounts.batchCreateAccounts,
        { requests: [{ currency: 'EUR', ...wrong }] },
        'requests',
        `requests[0].${name}`,
      ],
    ),
];
