import type { Account } from './ledger-client.ts';
import type {
  Blockage,
  MoneyClient,
  Payment,
  RecordFilter,
  SupplyChange,
  TransactionRecord,
  VirtualCurrency,
} from './money-client.ts';
import { type RestConnection, withQuery } from './rest-connection.ts';

/** Creates the part of a client of REST that is about money. */
export function createRestMoneyClient({ send, list }: RestConnection): MoneyClient {
  const getBlockage = async (id: string) =>
    await send<Blockage>('GET', `account/block/${id}/detail`);
  const getVirtualCurrency = async (name: string) =>
    await send<VirtualCurrency>('GET', `virtualCurrency/${encodeURIComponent(name)}`);
  const readReference = async (method: string, path: string, body: object) =>
    (await send<{ reference: string }>(method, path, body)).reference;

  return {
    async createBlockage(accountId, fields) {
      const { id } = await send<{ id: string }>('POST', `account/block/${accountId}`, fields);
      return await getBlockage(id);
    },
    getBlockage,
    listBlockages: async (accountId, page) =>
      await list<Blockage>(`account/block/${accountId}`, page),
    releaseBlockage: async (id) => await send('DELETE', `account/block/${id}`),
    releaseAllBlockages: async (accountId) =>
      await send('DELETE', `account/block/account/${accountId}`),
    settleBlockage: async (id, payment) =>
      await readReference('PUT', `account/block/${id}`, payment),

    pay: async (senderAccountId: string, payment: Payment) =>
      await readReference('POST', 'transaction', { senderAccountId, ...payment }),
    payAll: async (senderAccountId, transaction) =>
      await send<string[]>('POST', 'transaction/batch', { senderAccountId, transaction }),
    async listRecords(page, filter) {
      if (filter.reference === undefined) {
        const { path, body } = toRecordQuery(filter);
        return await list<TransactionRecord>(path, page, {}, body);
      }
      if (Object.keys(filter).length > 1) throw new Error('REST takes no filter with a reference');
      const path = `transaction/reference/${encodeURIComponent(filter.reference)}`;
      return { items: await send<TransactionRecord[]>('GET', path), next: undefined };
    },
    async countRecords(filter) {
      const { path, body } = toRecordQuery(filter);
      return await send<number>('POST', withQuery(path, { count: true }), body);
    },

    createVirtualCurrency: async (fields) => await send<Account>('POST', 'virtualCurrency', fields),
    getVirtualCurrency,
    async updateVirtualCurrency(name, changes, mask) {
      if (mask) throw new Error('REST has no mask');
      await send('PUT', 'virtualCurrency', { name, ...changes });
      return await getVirtualCurrency(name);
    },
    mint: async (change) =>
      await readReference('PUT', 'virtualCurrency/mint', toSupplyBody(change)),
    revoke: async (change) =>
      await readReference('PUT', 'virtualCurrency/revoke', toSupplyBody(change)),
  };
}

function toSupplyBody({ counterAccountId: counterAccount, ...rest }: SupplyChange): object {
  return { ...rest, ...(counterAccount !== undefined && { counterAccount }) };
}

/** Makes the query of the records of a customer, of an account, or of the ledger: its path and its body. */
function toRecordQuery(filter: RecordFilter): { path: string; body: object } {
  const { customerId, accountId, counterAccountId, amounts, operationType, ...rest } = filter;
  const body = {
    ...rest,
    // What is undefined is left out of the JSON.
    counterAccount: counterAccountId,
    opType: operationType,
    amount: amounts?.map(({ comparison, value }) => ({ op: comparison, value })),
  };
  if (customerId !== undefined) {
    return { path: 'transaction/customer', body: { ...body, id: customerId, account: accountId } };
  }
  if (accountId !== undefined) {
    return { path: 'transaction/account', body: { ...body, id: accountId } };
  }
  return { path: 'transaction/ledger', body };
}
