import { ObjectId } from 'mongodb';
import type { Invariant } from '../../src/verification/breach.ts';
import { type Breakage, createPayment, decimal, id } from './breakage.ts';

/** How what is told of customers, accounts and blockages is broken by hand. */
export const accountBreaches = {
  async CUSTOMER_OPEN_ACCOUNTS({ ledger, change }) {
    const { customerId } = ledger;
    await change('customers', { _id: id(customerId) }, { $inc: { openAccounts: 1 } });
    return [['CUSTOMER_OPEN_ACCOUNTS', { customerId }]];
  },
  async CUSTOMER_SPENDS({ ledger, change }) {
    const { customerId } = ledger;
    await change('customers', { _id: id(customerId) }, { $inc: { spends: -1 } });
    return [['CUSTOMER_SPENDS', { customerId }]];
  },
  async CUSTOMER_REQUEST_MARKS({ ledger, change }) {
    const { gone, payeeCustomerId } = ledger;
    // One lacks the mark of its first request id, the other has one too many.
    await change('customers', { _id: id(gone.customerId) }, { $pop: { requestMarks: -1 } });
    await change('customers', { _id: id(payeeCustomerId) }, { $push: { requestMarks: 7 } });
    return [
      ['CUSTOMER_REQUEST_MARKS', { customerId: gone.customerId }],
      ['CUSTOMER_REQUEST_MARKS', { customerId: payeeCustomerId }],
    ];
  },
  async ACCOUNT_CUSTOMER_MISSING({ ledger, other, collections, set, insert, remove }) {
    const { customerId, accountId } = ledger.gone;
    await set('customers', { _id: id(customerId) }, { tenant: other.tenant });
    const history = await collections.changes.find({ '_id.resource': id(customerId) }).toArray();
    for (const { _id, ...entry } of history) {
      await remove('changes', { _id });
      await insert('changes', { _id: { ..._id, tenant: other.tenant }, ...entry });
    }
    return [['ACCOUNT_CUSTOMER_MISSING', { customerId, accountId }]];
  },
  async ACCOUNT_CUSTOMER_INACTIVE({ ledger, set, setChange }) {
    const { payeeCustomerId: customerId, payee: accountId } = ledger;
    await set('customers', { _id: id(customerId) }, { active: false });
    await setChange(customerId, 1, { 'after.active': false });
    return [['ACCOUNT_CUSTOMER_INACTIVE', { customerId, accountId }]];
  },
  async ACCOUNT_NOT_EMPTY({ ledger, set, setChange }) {
    const { payeeCustomerId: customerId, payee: accountId } = ledger;
    const { version } = await set('accounts', { _id: id(accountId) }, { active: false });
    await setChange(accountId, version, { 'after.active': false });
    await set('customers', { _id: id(customerId) }, { openAccounts: 0 });
    return [['ACCOUNT_NOT_EMPTY', { accountId }]];
  },
  async ACCOUNT_OVERDRAWN({ ledger, set, insert }) {
    const [debit, credit] = createPayment(ledger.tenant, ...ledger.spare);
    for (const record of [debit, credit]) {
      await insert('records', record);
      const { balance } = record;
      const holdings = { balance, available: balance, records: 1 };
      await set('accounts', { _id: record.accountId }, holdings);
    }
    const [accountId] = ledger.spare;
    return [
      ['ACCOUNT_OVERDRAWN', { recordId: String(debit._id), accountId }],
      ['ACCOUNT_OVERDRAWN', { accountId }],
    ];
  },
  async ACCOUNT_AVAILABLE({ ledger, set }) {
    const { issuer: accountId } = ledger;
    await set('accounts', { _id: id(accountId) }, { available: decimal('0') });
    return [['ACCOUNT_AVAILABLE', { accountId }]];
  },
  async ACCOUNT_BLOCKED({ ledger, remove }) {
    await remove('blockages', { _id: id(ledger.blockages[0]) });
    return [['ACCOUNT_BLOCKED', { accountId: ledger.issuer }]];
  },
  async ACCOUNT_SUM({ ledger, set, findRecord }) {
    const { loose: accountId, currency } = ledger;
    const recordId = await findRecord(accountId, 1);
    await set('records', { _id: id(recordId) }, { amount: decimal('2') });
    return [
      ['RECORD_BALANCE', { recordId, accountId }],
      ['ACCOUNT_SUM', { accountId }],
      ['CURRENCY_BALANCES', { currency }],
      ['CURRENCY_SUPPLY', { currency }],
    ];
  },
  async ACCOUNT_LAST_RECORD({ ledger, set }) {
    const { loose: accountId, currency } = ledger;
    const holdings = { balance: decimal('8'), available: decimal('8') };
    await set('accounts', { _id: id(accountId) }, holdings);
    return [
      ['ACCOUNT_SUM', { accountId }],
      ['ACCOUNT_LAST_RECORD', { accountId }],
      ['CURRENCY_BALANCES', { currency }],
    ];
  },
  async ACCOUNT_RECORDS({ ledger, change }) {
    const { loose: accountId } = ledger;
    await change('accounts', { _id: id(accountId) }, { $inc: { records: 1 } });
    return [['ACCOUNT_RECORDS', { accountId }]];
  },
  async BLOCKAGE_ACCOUNT_MISSING({ ledger, other, insert }) {
    const { tenant } = ledger;
    const accountId = other.spare[0];
    const blockage = {
      _id: new ObjectId(),
      tenant,
      accountId: id(accountId),
      amount: decimal('1'),
    };
    await insert('blockages', { ...blockage, type: 'by hand', live: true, createTime: new Date() });
    return [['BLOCKAGE_ACCOUNT_MISSING', { blockageId: String(blockage._id), accountId }]];
  },
} satisfies Partial<Record<Invariant, Breakage>>;
