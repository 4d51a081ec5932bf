import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import {
  ListAccountsRequestSchema,
  UpdateAccountRequestSchema,
} from '../../gen/ledger/v1/account_service_pb.js';
import { OperationType, TransactionType } from '../../gen/ledger/v1/transaction_record_pb.js';
import {
  AmountBound_Comparison as Comparison,
  CountTransactionRecordsRequestSchema,
  ListTransactionRecordsRequestSchema,
} from '../../gen/ledger/v1/transaction_service_pb.js';
import { UpdateVirtualCurrencyRequestSchema } from '../../gen/ledger/v1/virtual_currency_service_pb.js';
import {
  comparisons,
  operationTypes,
  transactionTypes,
} from '../../src/domain/transaction-record.ts';
import {
  toAccountChanges,
  toAccountFilter,
  toAccountOrder,
} from '../../src/rpc/account-request.ts';
import { toRecordFilter } from '../../src/rpc/record-message.ts';
import { toVirtualCurrencyChanges } from '../../src/rpc/virtual-currency-message.ts';

describe('the order of a list of accounts', () => {
  it.each([
    ['', undefined],
    ['id', { by: 'id', descending: false }],
    ['id desc', { by: 'id', descending: true }],
    ['account_number', { by: 'accountNumber', descending: false }],
    ['account_balance', { by: 'accountBalance', descending: false }],
    ['available_balance desc', { by: 'availableBalance', descending: true }],
  ])('of %j is %j', (text, order) => {
    expect(toAccountOrder(text)).toEqual(order);
  });
});

describe('the filter of a list of accounts', () => {
  it('is empty when nothing is told, and otherwise what is told', () => {
    expect(toAccountFilter(create(ListAccountsRequestSchema))).toEqual({});
    const told = {
      active: false,
      frozen: false,
      currency: 'EUR',
      accountCode: 'code',
      accountNumber: 'number',
      onlyNonZeroBalance: true,
    };
    const request = create(ListAccountsRequestSchema, {
      ...told,
      customer: { case: 'customerExternalId', value: 'a' },
    });
    expect(toAccountFilter(request)).toEqual({ ...told, customerExternalId: 'a' });
  });
});

describe('the filter of a list of records', () => {
  it('is empty when nothing is told, and otherwise what is told', () => {
    expect(toRecordFilter(create(CountTransactionRecordsRequestSchema))).toEqual({});
    const told = {
      customerId: 'a',
      accountId: 'b',
      counterAccountId: 'c',
      currencies: ['EUR', 'VC_A'],
      reference: 'd',
      transactionCode: 'e',
      paymentId: 'f',
      recipientNote: 'g',
      senderNote: 'h',
    };
    for (const schema of [
      ListTransactionRecordsRequestSchema,
      CountTransactionRecordsRequestSchema,
    ] as const) {
      expect(toRecordFilter(create(schema, told))).toEqual(told);
    }
  });

  it('knows every type and every comparison of the domain', () => {
    for (const type of operationTypes) {
      const operationType = OperationType[type];
      const request = create(CountTransactionRecordsRequestSchema, { operationType });
      expect(toRecordFilter(request)).toEqual({ operationType: type });
    }
    for (const type of transactionTypes) {
      const transactionType = TransactionType[type];
      const request = create(CountTransactionRecordsRequestSchema, { transactionType });
      expect(toRecordFilter(request)).toEqual({ transactionType: type });
    }
    const amounts = comparisons.map((comparison) => ({
      comparison: Comparison[comparison.toUpperCase() as keyof typeof Comparison],
      value: '1',
    }));
    const request = create(CountTransactionRecordsRequestSchema, { amounts });
    expect(toRecordFilter(request)).toEqual({
      amounts: comparisons.map((comparison) => ({ comparison, value: '1' })),
    });
  });

  it.each([
    [1, 0, 1_000, 1_000],
    [1, 1, 1_001, 1_000],
    [1, 999_999_999, 2_000, 1_999],
    [1, 5_000_000, 1_005, 1_005],
    [-1, 500_000_001, -499, -500],
    [-62_135_596_800, 0, -62_135_596_800_000, -62_135_596_800_000],
    [253_402_300_799, 999_999_999, 253_402_300_800_000, 253_402_300_799_999],
  ])(
    'takes %d s and %d ns for the milliseconds from %d and to %d that are within',
    (seconds, nanos, from, to) => {
      const time = { seconds: BigInt(seconds), nanos };
      const request = create(CountTransactionRecordsRequestSchema, { from: time, to: time });
      expect(toRecordFilter(request)).toEqual({ from: new Date(from), to: new Date(to) });
    },
  );
});

describe('the changes of an update', () => {
  it('clear what is named and empty of an account', () => {
    const request = create(UpdateAccountRequestSchema, {
      accountCode: 'code',
      updateMask: { paths: ['*'] },
    });
    expect(toAccountChanges(request)).toEqual({ accountCode: 'code', accountNumber: null });
  });

  it('tell a rate of 0 of a virtual currency from none', () => {
    const request = create(UpdateVirtualCurrencyRequestSchema, { baseRate: 0 });
    expect(toVirtualCurrencyChanges(request)).toEqual({ baseRate: 0 });
    const named = create(UpdateVirtualCurrencyRequestSchema, {
      basePair: 'EUR',
      updateMask: { paths: ['base_pair', 'base_rate'] },
    });
    expect(() => toVirtualCurrencyChanges(named)).toThrow('base_rate: cannot be cleared');
    expect(() => toVirtualCurrencyChanges(create(UpdateVirtualCurrencyRequestSchema))).toThrow(
      'nothing to update',
    );
  });
});
