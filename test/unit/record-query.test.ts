import { describe, expect, it } from 'vitest';
import { operationTypes, transactionTypes } from '../../src/domain/transaction-record.ts';
import { parseShape, type Shaped } from '../../src/rest/field.ts';
import {
  ledgerRecordQuery,
  ownedRecordQuery,
  toRecordFilter,
} from '../../src/rest/record-query.ts';

type Query = Shaped<typeof ledgerRecordQuery>;

const [id, other] = ['abcdef0123456789abcdef01', '0'.repeat(24)];

/** Reads a body, which must keep the rules, and gives its filter. */
function toFilter(body: object, owner = {}) {
  const { value, violations } = parseShape(body as Record<string, unknown>, ledgerRecordQuery);
  expect(violations).toEqual([]);
  return toRecordFilter(value as Query, owner);
}

describe('a query of records', () => {
  it('filters by nothing when it is empty, or says so with empty lists', () => {
    expect(toFilter({})).toEqual({});
    expect(toFilter({ currencies: [], amount: [], transactionTypes: [] })).toEqual({});
  });

  it('filters by all that it tells', () => {
    const notes = {
      transactionCode: 'code',
      paymentId: 'payment',
      recipientNote: 'to you',
      senderNote: 'to me',
    };
    const body = {
      ...notes,
      account: id,
      counterAccount: other,
      currencies: ['EUR', 'VC_A'],
      from: 0,
      to: 1_700_000_000_123,
      amount: [
        { op: 'gte', value: '-1.50' },
        { op: 'neq', value: '+.5' },
      ],
      transactionType: 'DEBIT_PAYMENT',
      opType: 'MINT',
      unknown: true,
    };
    expect(toFilter(body)).toEqual({
      ...notes,
      accountId: id,
      counterAccountId: other,
      currencies: ['EUR', 'VC_A'],
      from: new Date(0),
      to: new Date('2023-11-14T22:13:20.123Z'),
      amounts: [
        { comparison: 'gte', value: '-1.50' },
        { comparison: 'neq', value: '+.5' },
      ],
      transactionType: 'DEBIT_PAYMENT',
      operationType: 'MINT',
    });
  });

  it('is of one customer, or of one account, which it cannot leave', () => {
    expect(toFilter({}, { customerId: id })).toEqual({ customerId: id });
    expect(toFilter({ account: other }, { customerId: id })).toEqual({
      customerId: id,
      accountId: other,
    });
    expect(toFilter({}, { accountId: id })).toEqual({ accountId: id });
    expect(toFilter({ account: id.toUpperCase() }, { accountId: id })).toEqual({ accountId: id });
    expect(toFilter({ account: other }, { accountId: id })).toBeUndefined();
  });

  it('takes a currency among others as that one alone', () => {
    expect(toFilter({ currency: 'EUR' })).toEqual({ currencies: ['EUR'] });
    expect(toFilter({ currency: 'EUR', currencies: ['USD', 'EUR'] })).toEqual({
      currencies: ['EUR'],
    });
    expect(toFilter({ currency: 'EUR', currencies: ['EU', 'EURO'] })).toBeUndefined();
  });

  it.each(transactionTypes)('asks for records of the type %s, in either way', (type) => {
    const foreign = ['CREDIT_DEPOSIT', 'FAILED'];
    const other = transactionTypes.find((another) => another !== type);
    const filter = { transactionType: type };
    expect(toFilter({ transactionType: type })).toEqual(filter);
    expect(toFilter({ transactionTypes: [type, ...foreign] })).toEqual(filter);
    expect(toFilter({ transactionType: type, transactionTypes: [...transactionTypes] })).toEqual(
      filter,
    );
    expect(toFilter({ transactionType: type, transactionTypes: [other] })).toBeUndefined();
    expect(toFilter({ transactionTypes: [...foreign, ...transactionTypes] })).toEqual({});
  });

  it.each(operationTypes)('asks for records of the operation %s', (opType) => {
    expect(toFilter({ opType })).toEqual({ operationType: opType });
  });

  it('finds nothing by what clients of the original may ask for and the ledger never does', () => {
    // The types that the official SDK declares, but for those of the ledger.
    const types = [
      'FAILED',
      'CREDIT_DEPOSIT',
      'DEBIT_WITHDRAWAL',
      'CANCEL_WITHDRAWAL',
      'DEBIT_OUTGOING_PAYMENT',
      'EXCHANGE_BUY',
      'EXCHANGE_SELL',
      'DEBIT_TRANSACTION',
      'CREDIT_INCOMING_PAYMENT',
    ];
    for (const transactionType of types) {
      expect(toFilter({ transactionType })).toBeUndefined();
      expect(toFilter({ transactionTypes: [transactionType] })).toBeUndefined();
    }
    for (const opType of [
      'WITHDRAWAL',
      'BLOCKCHAIN_TRANSACTION',
      'EXCHANGE',
      'FAILED',
      'DEPOSIT',
    ]) {
      expect(toFilter({ opType })).toBeUndefined();
    }
  });

  it('names whose records it wants where it is of a customer or an account', () => {
    const { violations } = parseShape({}, ownedRecordQuery);
    expect(violations).toMatchObject([{ property: 'id' }]);
  });
});
