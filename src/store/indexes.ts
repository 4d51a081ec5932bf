import { BSON, type Collection, Decimal128, type IndexDescription } from 'mongodb';
import type { Collections } from './documents.ts';

/** The filter of documents whose changes the relay has not copied; a query must repeat it to be served by its index. */
export const hasPending = { 'pending.0': { $exists: true } };

/** The filter of changes that answer for their request id: those of an opening leave that to the tenant, which keeps its answer. */
export const isAnswer = { requestHash: { $exists: true } };

/** The filter of accounts that hold something: a balance is never less than zero. */
export const isNonZero = { balance: { $gt: Decimal128.fromString('0') } };

type Index = Pick<IndexDescription, 'key' | 'unique' | 'partialFilterExpression'>;

const pending: Index = { key: { tenant: 1, _id: 1 }, partialFilterExpression: hasPending };

/**
 * The indexes of accounts, by name. A payment writes two accounts. It changes `balance` and `available`, and so the entries of the four
 * indexes in their order, but MongoDB 6.0 looks at all indexes: each was 5 to 8 % of what the database does for a payment.
 *
 * The orders within a currency are worth it: balances compare within a currency, and what a unit of it is worth decides where its
 * accounts are among those of the others, which may be at the far end of a million. The orders of balances within a customer, a
 * number, a code or the frozen accounts are not worth it: account-find.ts does without. Nor is the order of what is available within
 * the accounts that hold something: a list of them that begins with the smallest passes by those that hold nothing.
 *
 * Where `active` and `frozen` follow the id, a count that asks for them needs no document.
 */
export const accountIndexes = {
  list: { key: { tenant: 1, _id: 1, active: 1, frozen: 1 } },
  customer: { key: { tenant: 1, customerId: 1, active: 1, _id: 1 } },
  currency: { key: { tenant: 1, currency: 1, _id: 1, active: 1, frozen: 1 } },
  accountCode: {
    key: { tenant: 1, accountCode: 1, _id: 1 },
    partialFilterExpression: { accountCode: { $exists: true } },
  },
  // Not partial: a list in the order of numbers holds the accounts without one, too.
  accountNumber: { key: { tenant: 1, accountNumber: 1, _id: 1 } },
  inactive: { key: { tenant: 1, active: 1, _id: 1 }, partialFilterExpression: { active: false } },
  frozen: { key: { tenant: 1, frozen: 1, _id: 1 }, partialFilterExpression: { frozen: true } },
  // A payment changes these two only where an account begins or ceases to hold something.
  nonZero: { key: { tenant: 1, _id: 1 }, partialFilterExpression: isNonZero },
  nonZeroCurrency: {
    key: { tenant: 1, currency: 1, _id: 1 },
    partialFilterExpression: isNonZero,
  },
  balance: { key: { tenant: 1, balance: 1, _id: 1, active: 1, frozen: 1 } },
  available: { key: { tenant: 1, available: 1, _id: 1 } },
  currencyBalance: { key: { tenant: 1, currency: 1, balance: 1, _id: 1, active: 1, frozen: 1 } },
  currencyAvailable: { key: { tenant: 1, currency: 1, available: 1, _id: 1 } },
  pending,
} as const satisfies Record<string, Index>;

export type AccountIndex = keyof typeof accountIndexes;

/** The operations that change a supply. They are rare beside payments. */
export const supplyOperations = ['MINT', 'REVOKE'] as const;

/** The filter of records by which money enters the ledger or leaves it; a query must repeat it to be served by its indexes. */
export const isIssuance = { operationType: { $in: [...supplyOperations] } };

/**
 * The indexes of records, by name, each in the order of time. A record is written once, into the indexes of what it has: those of a
 * payment have a time, an account, another account, a currency and a reference, and most a customer. Amounts have no index: they are
 * looked for among the records that the other filters leave.
 */
export const recordIndexes = {
  list: { key: { tenant: 1, createTime: 1, _id: 1 } },
  account: { key: { tenant: 1, accountId: 1, createTime: 1, _id: 1 } },
  customer: {
    key: { tenant: 1, customerId: 1, createTime: 1, _id: 1 },
    partialFilterExpression: { customerId: { $exists: true } },
  },
  counterAccount: {
    key: { tenant: 1, counterAccountId: 1, createTime: 1, _id: 1 },
    partialFilterExpression: { counterAccountId: { $exists: true } },
  },
  currency: { key: { tenant: 1, currency: 1, createTime: 1, _id: 1 } },
  reference: { key: { tenant: 1, reference: 1, createTime: 1, _id: 1 } },
  transactionCode: {
    key: { tenant: 1, transactionCode: 1, createTime: 1, _id: 1 },
    partialFilterExpression: { transactionCode: { $exists: true } },
  },
  paymentId: {
    key: { tenant: 1, paymentId: 1, createTime: 1, _id: 1 },
    partialFilterExpression: { paymentId: { $exists: true } },
  },
  recipientNote: {
    key: { tenant: 1, recipientNote: 1, createTime: 1, _id: 1 },
    partialFilterExpression: { recipientNote: { $exists: true } },
  },
  senderNote: {
    key: { tenant: 1, senderNote: 1, createTime: 1, _id: 1 },
    partialFilterExpression: { senderNote: { $exists: true } },
  },
  supply: {
    key: { tenant: 1, operationType: 1, createTime: 1, _id: 1 },
    partialFilterExpression: isIssuance,
  },
  // What is verified of a currency: all that was issued of it.
  issuance: { key: { tenant: 1, currency: 1 }, partialFilterExpression: isIssuance },
  accountSupply: {
    key: { tenant: 1, accountId: 1, operationType: 1, createTime: 1, _id: 1 },
    partialFilterExpression: isIssuance,
  },
} as const satisfies Record<string, Index>;

export type RecordIndex = keyof typeof recordIndexes;

/**
 * The indexes of each collection by name. Each begins with the tenant, each list is served in the order of its rows, and the states
 * of customers and accounts are indexed only where they are rare, so that disabling a customer touches no index that it need not.
 */
const indexes: Record<keyof Collections, Readonly<Record<string, Index>>> = {
  customers: {
    externalId: { key: { tenant: 1, externalId: 1 }, unique: true },
    list: { key: { tenant: 1, _id: 1 } },
    customerCountry: { key: { tenant: 1, customerCountry: 1, _id: 1 } },
    accountingCurrency: { key: { tenant: 1, accountingCurrency: 1, _id: 1 } },
    inactive: { key: { tenant: 1, _id: 1 }, partialFilterExpression: { active: false } },
    disabled: { key: { tenant: 1, _id: 1 }, partialFilterExpression: { enabled: false } },
    pending,
  },
  accounts: accountIndexes,
  blockages: { account: { key: { tenant: 1, accountId: 1, live: 1, _id: 1 } } },
  records: recordIndexes,
  virtualCurrencies: { name: { key: { tenant: 1, name: 1 }, unique: true } },
  changes: {
    // The history of a resource is read by the ids. Here the resource comes last: it may be called by a name that it no longer has.
    requestId: {
      key: { '_id.tenant': 1, requestId: 1, '_id.resource': 1 },
      partialFilterExpression: isAnswer,
    },
  },
  requests: {},
  tenants: {},
  keys: {
    // Unique across tenants: the key is what tells the tenant.
    hash: { key: { hash: 1 }, unique: true },
    tenant: { key: { tenant: 1, createTime: 1, _id: 1 } },
  },
};

/** Creates the indexes that are missing, and those anew whose definition has changed since they were created. */
export async function createIndexes(collections: Collections): Promise<void> {
  for (const name of Object.keys(indexes) as (keyof Collections)[]) {
    const collection = collections[name] as unknown as Collection;
    // Transactions cannot wait for a collection that another one creates at the same moment.
    await collection.db.createCollection(name).catch(ignore(namespaceExists));
    const descriptions = Object.entries(indexes[name]).map(([index, description]) => ({
      ...description,
      name: index,
    }));
    for (const existing of await collection.listIndexes().toArray()) {
      const description = indexes[name][existing.name];
      if (description && !isSame(description, existing as IndexDescription)) {
        await collection.dropIndex(existing.name).catch(ignore(indexNotFound));
      }
    }
    if (descriptions.length > 0) await collection.createIndexes(descriptions);
  }
}

function isSame(a: Index, b: Index): boolean {
  const [told, existing] = [a, b].map(({ key, unique = false, partialFilterExpression = {} }) =>
    BSON.EJSON.stringify([Object.entries(key), unique, partialFilterExpression]),
  );
  return told === existing;
}

const indexNotFound = 27;
const namespaceExists = 48;

function ignore(code: number): (error: unknown) => void {
  return (error) => {
    if ((error as { code?: unknown }).code !== code) throw error;
  };
}
