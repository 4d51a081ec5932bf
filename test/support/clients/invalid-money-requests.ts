import type { DescMethodUnary, JsonObject } from '@bufbuild/protobuf';
import { AccountService } from '../../../gen/ledger/v1/account_service_pb.js';
import { TransactionService } from '../../../gen/ledger/v1/transaction_service_pb.js';
import { VirtualCurrencyService } from '../../../gen/ledger/v1/virtual_currency_service_pb.js';

/** A request that breaks rules of the contract, and the fields that are named. */
export type InvalidRequest = [method: DescMethodUnary, request: JsonObject, ...fields: string[]];

const { method: accounts } = AccountService;
const { method: transactions } = TransactionService;
const { method: currencies } = VirtualCurrencyService;
const id = 'f'.repeat(24);
const long = 'x'.repeat(101);

/** The profiles of customers that no account can be opened for. */
export const wrongProfiles: readonly (readonly [profile: JsonObject, field: string])[] = [
  [{}, 'external_id'],
  [{ externalId: long }, 'external_id'],
  [{ externalId: 'a', accountingCurrency: 'BTC' }, 'accounting_currency'],
  [{ externalId: 'a', customerCountry: 'EU' }, 'customer_country'],
  [{ externalId: 'a', providerCountry: 'de' }, 'provider_country'],
];

const wrongAmounts = ['', '-1', '1e3', '.', '1'.repeat(39), ' 1', '1\n', '٣'];

/** What notes on records must keep to, in requests that are good without them. */
const wrongNotes: readonly [notes: JsonObject, field: string][] = [
  [{ transactionCode: long }, 'transaction_code'],
  [{ paymentId: long }, 'payment_id'],
  [{ recipientNote: 'x'.repeat(501) }, 'recipient_note'],
  [{ senderNote: 'x'.repeat(501) }, 'sender_note'],
];

/** What a payment must keep to. */
const wrongPayments: readonly [payment: JsonObject, field: string][] = [
  [{ amount: '1' }, 'recipient_account_id'],
  [{ amount: '1', recipientAccountId: `${id}0` }, 'recipient_account_id'],
  ...wrongAmounts.map((amount): [JsonObject, string] => [
    { recipientAccountId: id, amount },
    'amount',
  ]),
  ...wrongNotes.map(([notes, field]): [JsonObject, string] => [
    { recipientAccountId: id, amount: '1', ...notes },
    field,
  ]),
];

const payment = { recipientAccountId: id, amount: '1' };
const payments: readonly InvalidRequest[] = [
  ...wrongPayments.flatMap(([wrong, field]): InvalidRequest[] => [
    [transactions.createPayment, { senderAccountId: id, payment: wrong }, `payment.${field}`],
    [
      transactions.batchCreatePayments,
      { senderAccountId: id, payments: [payment, wrong] },
      `payments[1].${field}`,
    ],
    [accounts.settleBlockage, { id, payment: wrong }, `payment.${field}`],
  ]),
  [transactions.createPayment, { payment }, 'sender_account_id'],
  [transactions.createPayment, { senderAccountId: id }, 'payment'],
  [transactions.createPayment, {}, 'sender_account_id', 'payment'],
  [transactions.batchCreatePayments, { payments: [payment] }, 'sender_account_id'],
  [transactions.batchCreatePayments, { senderAccountId: id }, 'payments'],
  [
    transactions.batchCreatePayments,
    { senderAccountId: id, payments: Array(101).fill(payment) },
    'payments',
  ],
];

const blockages: readonly InvalidRequest[] = [
  ...wrongAmounts.map(
    (amount): InvalidRequest => [
      accounts.createBlockage,
      { accountId: id, amount, type: 'test' },
      'amount',
    ],
  ),
  [accounts.createBlockage, { amount: '1', type: 'test' }, 'account_id'],
  [accounts.createBlockage, { accountId: id, amount: '1' }, 'type'],
  [accounts.createBlockage, { accountId: id, amount: '1', type: long }, 'type'],
  [
    accounts.createBlockage,
    { accountId: id, amount: '1', type: 'test', description: 'x'.repeat(301) },
    'description',
  ],
  [accounts.getBlockage, { id: 'nope' }, 'id'],
  [accounts.releaseBlockage, {}, 'id'],
  [accounts.releaseAllBlockages, { accountId: id.slice(1) }, 'account_id'],
  [accounts.listBlockages, {}, 'account_id'],
  [accounts.listBlockages, { accountId: id, pageSize: -1 }, 'page_size'],
  [accounts.listBlockages, { accountId: id, pageToken: 'x'.repeat(513) }, 'page_token'],
  [accounts.settleBlockage, { payment }, 'id'],
  [accounts.settleBlockage, { id }, 'payment'],
];

/** The filters of a list of records, which a count has too. */
const recordFilters: readonly [request: JsonObject, field: string][] = [
  [{ customerId: 'nope' }, 'customer_id'],
  [{ accountId: 'nope' }, 'account_id'],
  [{ counterAccountId: 'nope' }, 'counter_account_id'],
  [{ currencies: ['EUR', 'E'] }, 'currencies[1]'],
  [{ currencies: ['E'.repeat(41)] }, 'currencies[0]'],
  [{ currencies: Array(51).fill('EUR') }, 'currencies'],
  [{ amounts: Array(11).fill({ comparison: 'COMPARISON_GT', value: '1' }) }, 'amounts'],
  [{ amounts: [{ value: '1' }] }, 'amounts[0].comparison'],
  [{ amounts: [{ comparison: 7, value: '1' }] }, 'amounts[0].comparison'],
  [{ amounts: [{ comparison: 'COMPARISON_GT' }] }, 'amounts[0].value'],
  [{ amounts: [{ comparison: 'COMPARISON_GT', value: '1e3' }] }, 'amounts[0].value'],
  [{ amounts: [{ comparison: 'COMPARISON_GT', value: '1'.repeat(39) }] }, 'amounts[0].value'],
  [{ operationType: 99 }, 'operation_type'],
  [{ transactionType: -1 }, 'transaction_type'],
  [{ reference: long }, 'reference'],
  ...wrongNotes,
];

const records: readonly InvalidRequest[] = [
  [transactions.listTransactionRecords, { pageSize: -1 }, 'page_size'],
  [transactions.listTransactionRecords, { pageToken: 'x'.repeat(513) }, 'page_token'],
  ...recordFilters.flatMap(([filter, field]): InvalidRequest[] => [
    [transactions.listTransactionRecords, filter, field],
    [transactions.countTransactionRecords, filter, field],
  ]),
];

const creation = { name: 'VC_A', supply: '1', basePair: 'EUR' };
const virtualCurrencies: readonly InvalidRequest[] = [
  ...['', 'x'.repeat(31), 'VC A', 'VC-A', 'VC_Ä', 'VC_A\n'].map((name): InvalidRequest => {
    return [currencies.createVirtualCurrency, { ...creation, name }, 'name'];
  }),
  ...wrongAmounts.map((supply): InvalidRequest => {
    return [currencies.createVirtualCurrency, { ...creation, supply }, 'supply'];
  }),
  ...['', 'E', 'E'.repeat(41)].map((basePair): InvalidRequest => {
    return [currencies.createVirtualCurrency, { ...creation, basePair }, 'base_pair'];
  }),
  ...(
    [
      [-1, 'base_rate'],
      ['Infinity', 'base_rate'],
      // These are neither finite nor 0 or more.
      ['NaN', 'base_rate', 'base_rate'],
      ['-Infinity', 'base_rate', 'base_rate'],
    ] as const
  ).flatMap(([baseRate, ...fields]): InvalidRequest[] => [
    [currencies.createVirtualCurrency, { ...creation, baseRate }, ...fields],
    [currencies.updateVirtualCurrency, { name: 'VC_A', baseRate }, ...fields],
  ]),
  ...wrongProfiles.map(([customer, field]): InvalidRequest => {
    return [currencies.createVirtualCurrency, { ...creation, customer }, `customer.${field}`];
  }),
  [currencies.createVirtualCurrency, { ...creation, accountCode: long }, 'account_code'],
  [currencies.createVirtualCurrency, { ...creation, accountNumber: long }, 'account_number'],
  [
    currencies.createVirtualCurrency,
    { ...creation, accountingCurrency: 'VC_A' },
    'accounting_currency',
  ],
  [currencies.createVirtualCurrency, { ...creation, description: long }, 'description'],
  [currencies.getVirtualCurrency, { name: 'VC' }, 'name'],
  [currencies.getVirtualCurrency, { name: long }, 'name'],
  [currencies.updateVirtualCurrency, { basePair: 'EUR' }, 'name'],
  [currencies.updateVirtualCurrency, { name: 'VC_A', basePair: 'E' }, 'base_pair'],
  [
    currencies.updateVirtualCurrency,
    { name: 'VC_A', basePair: 'EUR', updateMask: 'supply' },
    'update_mask',
  ],
  ...[currencies.mintVirtualCurrency, currencies.revokeVirtualCurrency].flatMap(
    (method): InvalidRequest[] => [
      [method, { amount: '1' }, 'account_id'],
      ...wrongAmounts.map((amount): InvalidRequest => {
        return [method, { accountId: id, amount }, 'amount'];
      }),
      ...[
        ...wrongNotes,
        [{ reference: long }, 'reference'] as const,
        [{ counterAccountId: 'nope' }, 'counter_account_id'] as const,
      ].map(([notes, field]): InvalidRequest => {
        return [method, { accountId: id, amount: '1', ...notes }, field];
      }),
    ],
  ),
];

/** Each rule of the contract for money. */
export const invalidMoneyRequests: readonly InvalidRequest[] = [
  ...payments,
  ...blockages,
  ...records,
  ...virtualCurrencies,
];
