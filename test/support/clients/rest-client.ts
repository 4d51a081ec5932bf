import type { Account, Customer, CustomerRef, LedgerClient, Page } from './ledger-client.ts';
import { Refusal } from './refusal.ts';

/** The body of an error of REST. */
interface ErrorBody {
  readonly statusCode: number;
  readonly errorCode?: string;
  readonly message: string;
  readonly data?: readonly {
    readonly property: string;
    readonly constraints: Readonly<Record<string, string>>;
  }[];
}

/** Creates a client of REST by nothing but fetch. It sends what the SDKs send: a change of state has no body. */
export function createRestClient(address: string, key: string): LedgerClient {
  async function send<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${address}/v3/ledger/${path}`, {
      method,
      headers: {
        'x-api-key': key,
        'content-type': body ? 'application/json' : 'application/x-www-form-urlencoded',
      },
      body: body ? JSON.stringify(body) : null,
    });
    const text = await response.text();
    if (!response.ok) throw toRefusal(response, JSON.parse(text) as ErrorBody);
    // An answer of 204 has no body: a client that reads one would fail.
    return (response.status === 204 ? undefined : JSON.parse(text)) as T;
  }

  async function list<T>(path: string, size: number, from = '0'): Promise<Page<T>> {
    const mark = path.includes('?') ? '&' : '?';
    const items = await send<T[]>('GET', `${path}${mark}pageSize=${size}&offset=${from}`);
    const isFull = items.length === size;
    return { items, next: isFull ? String(Number(from) + items.length) : undefined };
  }

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
    protocol: 'rest',
    async listCustomers({ size, from }, filter = {}) {
      if (Object.keys(filter).length > 0) throw new Error('REST lists all customers');
      return await list<Customer>('customer', size, from);
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
    createAccount: async (opening) => await send<Account>('POST', 'account', opening),
    getAccount,
    async listAccounts({ size, from }, { customerId, accountCode, ...rest } = {}) {
      if (customerId === undefined || Object.keys(rest).length > 0) {
        throw new Error('REST lists the accounts of one customer');
      }
      const code = accountCode === undefined ? '' : `?accountCode=${accountCode}`;
      return await list<Account>(`account/customer/${customerId}${code}`, size, from);
    },
    activateAccount: changeAccount('activate'),
    deactivateAccount: changeAccount('deactivate'),
    close: async () => undefined,
  };
}

function toRefusal({ status, headers }: Response, body: ErrorBody): Refusal {
  const retryAfter = headers.get('retry-after');
  return new Refusal({
    status,
    message: body.message,
    errorCode: body.errorCode,
    headers,
    violations: (body.data ?? []).flatMap(({ property, constraints }) =>
      Object.entries(constraints).map(([rule, description]) => ({
        field: property,
        rule,
        description,
      })),
    ),
    retryAfter: retryAfter === null ? undefined : Number(retryAfter),
  });
}
