import { ObjectId } from 'mongodb';
import type { Invariant } from '../../src/verification/breach.ts';
import { type Breakage, createPayment, decimal, id } from './breakage.ts';

/** How what is told of records and payments is broken by hand. */
export const recordBreaches = {
  async RECORD_SEQUENCE({ ledger, change, findRecord }) {
    const { loose: accountId } = ledger;
    const { records } = await change('accounts', { _id: id(accountId) }, { $inc: { records: 1 } });
    const recordId = await findRecord(accountId, records);
    await change('records', { _id: id(recordId) }, { $inc: { sequence: 1 } });
    return [['RECORD_SEQUENCE', { recordId, accountId }]];
  },
  async RECORD_BALANCE({ ledger, set, findRecord }) {
    const { loose: accountId } = ledger;
    const [recordId, nextId] = [await findRecord(accountId, 1), await findRecord(accountId, 2)];
    await set('records', { _id: id(recordId) }, { balance: decimal('1.1') });
    return [
      ['RECORD_BALANCE', { recordId, accountId }],
      ['RECORD_BALANCE', { recordId: nextId, accountId }],
    ];
  },
  async RECORD_DIRECTION({ ledger, set, findRecord }) {
    const { loose: accountId } = ledger;
    const recordId = await findRecord(accountId, 2);
    await set('records', { _id: id(recordId) }, { transactionType: 'DEBIT_PAYMENT' });
    return [['RECORD_DIRECTION', { recordId, accountId }]];
  },
  async RECORD_ACCOUNT({ ledger, set, findRecord }) {
    const { loose: accountId, customerId } = ledger;
    const recordId = await findRecord(accountId, 2);
    await set('records', { _id: id(recordId) }, { customerId: id(customerId) });
    return [['RECORD_ACCOUNT', { recordId, accountId }]];
  },
  async RECORD_ACCOUNT_MISSING({ ledger, other, insert }) {
    // One of no account at all, and one of another tenant's.
    const [accountId, foreignId] = [new ObjectId().toHexString(), other.spare[0]];
    const [debit, credit] = createPayment(ledger.tenant, accountId, foreignId);
    await insert('records', debit);
    await insert('records', credit);
    return [
      ['RECORD_ACCOUNT_MISSING', { recordId: String(debit._id), accountId }],
      ['RECORD_ACCOUNT_MISSING', { recordId: String(credit._id), accountId: foreignId }],
    ];
  },
  async PAYMENT_RECORDS({ ledger, set, findPayment }) {
    const [debit, credit] = await findPayment(ledger.open);
    await set('records', { _id: credit._id }, { reference: 'another one' });
    return [
      ['PAYMENT_RECORDS', { reference: ledger.open, recordId: String(debit._id) }],
      ['PAYMENT_RECORDS', { reference: 'another one', recordId: String(credit._id) }],
    ];
  },
  async PAYMENT_AMOUNTS({ ledger, collections, set, findPayment }) {
    const { loose: accountId, currency } = ledger;
    const account = await collections.accounts.findOne({ _id: id(accountId) });
    const last = { accountId: id(accountId), sequence: account?.records };
    const balance = decimal('9.000000000000000000000000000001');
    const { reference } = await set('records', last, { amount: decimal('8'), balance });
    await set('accounts', { _id: id(accountId) }, { balance, available: balance });
    const [debit, credit] = await findPayment(reference);
    const ids = { recordId: String(debit._id), counterRecordId: String(credit._id) };
    return [
      ['PAYMENT_AMOUNTS', { reference, ...ids }],
      ['CURRENCY_BALANCES', { currency }],
    ];
  },
  async PAYMENT_CURRENCY({ ledger, set, findPayment }) {
    const { anonymous: reference, loose: accountId } = ledger;
    const [debit, credit] = await findPayment(reference);
    await set('records', { _id: credit._id }, { currency: 'EUR' });
    const recordId = String(credit._id);
    return [
      ['RECORD_ACCOUNT', { recordId, accountId }],
      ['PAYMENT_CURRENCY', { reference, recordId: String(debit._id), counterRecordId: recordId }],
    ];
  },
  async PAYMENT_PARTIES({ ledger, change, findPayment }) {
    const [debit, credit] = await findPayment(ledger.open);
    await change('records', { _id: credit._id }, { $unset: { counterAccountId: '' } });
    const ids = { recordId: String(debit._id), counterRecordId: String(credit._id) };
    return [['PAYMENT_PARTIES', { reference: ledger.open, ...ids }]];
  },
} satisfies Partial<Record<Invariant, Breakage>>;
