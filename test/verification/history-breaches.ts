import { Double, ObjectId } from 'mongodb';
import type { Invariant } from '../../src/verification/breach.ts';
import { type Breakage, decimal, id } from './breakage.ts';

/** How what is told of currencies, the history and the kind of amounts is broken by hand. */
export const otherBreaches = {
  async CURRENCY_MISSING({ ledger, remove }) {
    const { currency } = ledger;
    await remove('virtualCurrencies', { name: currency });
    return [['CURRENCY_MISSING', { currency }]];
  },
  async CURRENCY_ACCOUNT({ ledger, set }) {
    const { currency } = ledger;
    const [accountId] = ledger.spare;
    await set('virtualCurrencies', { name: currency }, { accountId: id(accountId) });
    return [['CURRENCY_ACCOUNT', { currency, accountId }]];
  },
  async CURRENCY_SUPPLY({ ledger, set }) {
    const { currency } = ledger;
    await set('virtualCurrencies', { name: currency }, { supply: decimal('901.1') });
    return [['CURRENCY_SUPPLY', { currency }]];
  },
  async CURRENCY_BALANCES({ ledger, set }) {
    const [accountId] = ledger.spare;
    const holdings = { balance: decimal('1E-30'), available: decimal('1E-30') };
    await set('accounts', { _id: id(accountId) }, holdings);
    return [
      ['ACCOUNT_SUM', { accountId }],
      ['ACCOUNT_LAST_RECORD', { accountId }],
      ['CURRENCY_BALANCES', { currency: 'EUR' }],
    ];
  },
  async HISTORY_VERSIONS({ ledger, change, remove }) {
    const { issuer: accountId, customerId } = ledger;
    await remove('changes', { '_id.resource': id(accountId), '_id.version': 3 });
    await change('customers', { _id: id(customerId) }, { $inc: { version: 1 } });
    return [
      ['HISTORY_VERSIONS', { accountId }],
      ['HISTORY_VERSIONS', { customerId }],
    ];
  },
  async HISTORY_CHAIN({ ledger, setChange }) {
    const { payee: accountId } = ledger;
    await setChange(accountId, 3, { 'before.frozen': false });
    return [['HISTORY_CHAIN', { accountId }]];
  },
  async HISTORY_LAST({ ledger, change, set }) {
    const { issuer: accountId, customerId } = ledger;
    await set('accounts', { _id: id(accountId) }, { accountNumber: '2' });
    await change('customers', { _id: id(customerId) }, { $set: { customerCountry: 'DE' } });
    return [
      ['HISTORY_LAST', { accountId }],
      ['HISTORY_LAST', { customerId }],
    ];
  },
  async HISTORY_COPY({ ledger, collections, set }) {
    const { issuer: accountId } = ledger;
    const copied = await collections.changes.findOne({
      '_id.resource': id(accountId),
      '_id.version': 2,
    });
    const entry = { ...copied, _id: new ObjectId(), actor: 'somebody else' };
    await set('accounts', { _id: id(accountId) }, { pending: [entry] });
    return [['HISTORY_COPY', { accountId }]];
  },
  async CHANGE_RESOURCE_MISSING({ ledger, other, insert }) {
    const resource = new ObjectId();
    const accountId = resource.toHexString();
    const { tenant } = ledger;
    const entry = { kind: 'account', version: 1, verb: 'CREATE' };
    await insert('changes', { _id: { tenant, resource, version: 1 }, ...entry });
    // A customer of another tenant is none of this one.
    const foreign = id(other.customerId);
    const told = { ...entry, kind: 'customer', version: 9 };
    await insert('changes', { _id: { tenant, resource: foreign, version: 9 }, ...told });
    return [
      ['CHANGE_RESOURCE_MISSING', { accountId }],
      ['CHANGE_RESOURCE_MISSING', { customerId: other.customerId }],
    ];
  },
  async AMOUNT_KIND({ ledger, set }) {
    const { issuer: accountId } = ledger;
    const [blockageId] = ledger.blockages;
    await set('blockages', { _id: id(blockageId) }, { amount: new Double(0.25) });
    await set('accounts', { _id: id(ledger.spare[1]) }, { available: decimal('NaN') });
    return [
      ['AMOUNT_KIND', { blockageId, accountId }],
      ['ACCOUNT_BLOCKED', { accountId }],
      ['AMOUNT_KIND', { accountId: ledger.spare[1] }],
    ];
  },
} satisfies Partial<Record<Invariant, Breakage>>;
