import type { Collections } from '../../src/store/documents.ts';

/** How much a ledger keeps, in numbers that every change moves; that they fit each other is for the invariants to tell. */
export type Effects = Readonly<Record<string, number>>;

/** Counts what a ledger keeps: its documents, and the versions of those that change. */
export async function countEffects(collections: Collections): Promise<Effects> {
  const { customers, accounts, blockages, records, virtualCurrencies, requests } = collections;
  const options = { readConcern: { level: 'majority' } } as const;
  const sum = async (collection: 'customers' | 'accounts', field: string) => {
    const pipeline = [{ $group: { _id: null, sum: { $sum: `$${field}` } } }];
    const [total] = await collections[collection].aggregate(pipeline, options).toArray();
    return Number(total?.sum ?? 0);
  };
  return {
    customers: await customers.countDocuments({}, options),
    customerVersions: await sum('customers', 'version'),
    openAccounts: await sum('customers', 'openAccounts'),
    spends: await sum('customers', 'spends'),
    accounts: await accounts.countDocuments({}, options),
    accountVersions: await sum('accounts', 'version'),
    balances: await sum('accounts', 'balance'),
    blocked: await sum('accounts', 'blocked'),
    blockages: await blockages.countDocuments({}, options),
    liveBlockages: await blockages.countDocuments({ live: true }, options),
    records: await records.countDocuments({}, options),
    virtualCurrencies: await virtualCurrencies.countDocuments({}, options),
    requests: await requests.countDocuments({}, options),
  };
}

/** Adds up what several changes did, less what others did. */
export function sumEffects(added: readonly Effects[], taken: readonly Effects[] = []): Effects {
  const sums: Record<string, number> = {};
  for (const [sign, all] of [
    [1, added],
    [-1, taken],
  ] as const) {
    for (const effects of all) {
      for (const [name, count] of Object.entries(effects)) {
        sums[name] = (sums[name] ?? 0) + sign * count;
      }
    }
  }
  return sums;
}

/** Counts under how many changes of the ledger a request id is kept, with a majority, wherever it is kept. */
export async function countRequest(collections: Collections, requestId: string): Promise<number> {
  const options = { readConcern: { level: 'majority' } } as const;
  const isAnswer = { requestId, requestHash: { $exists: true } };
  // What waits for the relay is read first: it is in the changes before it leaves its customer.
  const waiting = await collections.customers
    .find({ pending: { $elemMatch: isAnswer } }, options)
    .toArray();
  const copied = await collections.changes.find(isAnswer, options).toArray();
  const entries = [
    ...waiting.flatMap(({ _id, pending }) =>
      pending
        .filter((entry) => entry.requestId === requestId && entry.requestHash !== undefined)
        .map(({ version }) => `${_id} ${version}`),
    ),
    ...copied.map(({ _id }) => `${_id.resource} ${_id.version}`),
  ];
  const kept = await collections.requests.countDocuments({ '_id.requestId': requestId }, options);
  return new Set(entries).size + kept;
}
