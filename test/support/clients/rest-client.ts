import type {
  Account,
  AccountChange,
  AccountFilter,
  AccountOrder,
  Customer,
  CustomerChange,
  CustomerRef,
  LedgerClient,
} from './ledger-client.ts';
import { openRestConnection, type Query, withQuery } from './rest-connection.ts';
import { createRestMoneyClient } from './rest-money-client.ts';

/** A change as REST tells it. */
type ToldBy<Change> = Omit<Change, 'time'> & { readonly created: number };

/** Creates a client of REST. */
export function createRestClient(address: string, key: string): LedgerClient {
  const connection = openRestConnection(address, key);
  const { send, list } = connection;

  const getCustomer = async (ref: CustomerRef) => {
    const id = 'id' in ref ? ref.id : ref.externalId;
    return await send<Customer>('GET', `customer/${encodeURIComponent(id)}`);
  };
  const toPath = async (ref: CustomerRef) => {
    const id = 'id' in ref ? ref.id : (await getCustomer(ref)).id;
    return `customer/${encodeURIComponent(id)}`;
  };
  const changeCustomer = (verb: string) => async (ref: CustomerRef) => {
    const path = await toPath(ref);
    await send('PUT', `${path}/${verb}`);
    return await send<Customer>('GET', path);
  };
  const getAccount = async (id: string) =>
    await send<Account>('GET', `account/${encodeURIComponent(id)}`);
  const changeAccount = (verb: string) => async (id: string) => {
    await send('PUT', `account/${encodeURIComponent(id)}/${verb}`);
    return await getAccount(id);
  };

  return {
    ...createRestMoneyClient(connection),
    protocol: 'rest',
    async listCustomers(page, filter = {}) {
      if (Object.keys(filter).length > 0) throw new Error('REST lists all customers');
      return await list<Customer>('customer', page);
    },
    getCustomer,
    async updateCustomer(ref, fields, mask) {
      if (mask) throw new Error('REST has no mask');
      return await send<Customer>('PUT', await toPath(ref), fields);
    },
    activateCustomer: changeCustomer('activate'),
    deactivateCustomer: changeCustomer('deactivate'),
    enableCustomer: changeCustomer('enable'),
    disableCustomer: changeCustomer('disable'),
    async listCustomerChanges(ref, page, filter = {}) {
      const id = encodeURIComponent('id' in ref ? ref.id : ref.externalId);
      const path = `customer/${id}/changes`;
      const { items, next } = await list<ToldBy<CustomerChange>>(path, page, { ...filter });
      return { items: items.map(({ created: time, ...told }) => ({ ...told, time })), next };
    },
    createAccount: async (opening) => await send<Account>('POST', 'account', opening),
    createAccounts: async (accounts) =>
      await send<Account[]>('POST', 'account/batch', { accounts }),
    getAccount,
    async listAccounts(page, filter = {}, order) {
      const { customerId, accountCode, ...rest } = filter;
      if (customerId === undefined) {
        return await list<Account>('account', page, { ...toQuery(filter), ...toSort(order) });
      }
      if (Object.keys(rest).length > 0 || order) throw new Error('REST knows no such list');
      return await list<Account>(`account/customer/${customerId}`, page, { accountCode });
    },
    async countAccounts(filter) {
      const path = withQuery('account/count', toQuery(filter));
      return (await send<{ total: number }>('GET', path)).total;
    },
    async listAccountChanges(id, page, filter = {}) {
      const path = `account/${encodeURIComponent(id)}/changes`;
      const { items, next } = await list<ToldBy<AccountChange>>(path, page, { ...filter });
      return { items: items.map(({ created: time, ...told }) => ({ ...told, time })), next };
    },
    async updateAccount(id, fields, mask) {
      if (mask) throw new Error('REST has no mask');
      await send('PUT', `account/${encodeURIComponent(id)}`, fields);
      return await getAccount(id);
    },
    activateAccount: changeAccount('activate'),
    deactivateAccount: changeAccount('deactivate'),
    freezeAccount: changeAccount('freeze'),
    unfreezeAccount: changeAccount('unfreeze'),
    close: async () => undefined,
  };
}

/** Makes the query of a list or a count of all accounts. */
function toQuery({ customerId, customerExternalId, accountCode, ...filter }: AccountFilter): Query {
  if (customerId ?? customerExternalId ?? accountCode) throw new Error('REST has no such filter');
  return { ...filter };
}

function toSort(order: AccountOrder | undefined): Query {
  return order ? { sortBy: order.by, sort: order.descending ? 'desc' : 'asc' } : {};
}
