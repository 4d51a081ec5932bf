import type { IndexDescription } from 'mongodb';
import type { Collections } from './documents.ts';

/** The filter of documents whose changes the relay has not copied; a query must repeat it to be served by its index. */
export const hasPending = { 'pending.0': { $exists: true } };

const pendingIndex: IndexDescription = {
  key: { tenant: 1, _id: 1 },
  name: 'pending',
  partialFilterExpression: hasPending,
};

/**
 * The indexes of each collection. Each begins with the tenant, each list is served in the order of its rows, and the two states
 * are indexed only where they are rare, so that disabling a customer touches no index that it need not.
 */
const indexes: Record<keyof Collections, IndexDescription[]> = {
  customers: [
    { key: { tenant: 1, externalId: 1 }, name: 'externalId', unique: true },
    { key: { tenant: 1, _id: 1 }, name: 'list' },
    { key: { tenant: 1, customerCountry: 1, _id: 1 }, name: 'customerCountry' },
    { key: { tenant: 1, accountingCurrency: 1, _id: 1 }, name: 'accountingCurrency' },
    { key: { tenant: 1, _id: 1 }, name: 'inactive', partialFilterExpression: { active: false } },
    { key: { tenant: 1, _id: 1 }, name: 'disabled', partialFilterExpression: { enabled: false } },
    pendingIndex,
  ],
  accounts: [
    { key: { tenant: 1, _id: 1 }, name: 'list' },
    { key: { tenant: 1, customerId: 1, _id: 1 }, name: 'customer' },
    { key: { tenant: 1, currency: 1, _id: 1 }, name: 'currency' },
    { key: { tenant: 1, accountCode: 1, _id: 1 }, name: 'accountCode' },
    { key: { tenant: 1, _id: 1 }, name: 'inactive', partialFilterExpression: { active: false } },
    pendingIndex,
  ],
  blockages: [
    {
      key: { tenant: 1, accountId: 1, _id: 1 },
      name: 'account',
      partialFilterExpression: { live: true },
    },
  ],
  records: [
    { key: { tenant: 1, createTime: 1, _id: 1 }, name: 'list' },
    { key: { tenant: 1, accountId: 1, createTime: 1, _id: 1 }, name: 'account' },
  ],
  virtualCurrencies: [{ key: { tenant: 1, name: 1 }, name: 'name', unique: true }],
  changes: [
    { key: { tenant: 1, '_id.resource': 1, version: 1 }, name: 'history', unique: true },
    {
      key: { tenant: 1, '_id.resource': 1, requestId: 1 },
      name: 'requestId',
      partialFilterExpression: { requestHash: { $exists: true } },
    },
  ],
  requests: [],
  tenants: [],
  keys: [
    // Unique across tenants: the key is what tells the tenant.
    { key: { hash: 1 }, name: 'hash', unique: true },
    { key: { tenant: 1, createTime: 1, _id: 1 }, name: 'tenant' },
  ],
};

/** Creates the indexes that are missing. */
export async function createIndexes(collections: Collections): Promise<void> {
  for (const name of Object.keys(indexes) as (keyof Collections)[]) {
    // Transactions cannot wait for a collection that another one creates at the same moment.
    await collections[name].db.createCollection(name).catch(ignoreExisting);
    if (indexes[name].length > 0) await collections[name].createIndexes(indexes[name]);
  }
}

function ignoreExisting(error: unknown): void {
  const namespaceExists = 48;
  if ((error as { code?: unknown }).code !== namespaceExists) throw error;
}
