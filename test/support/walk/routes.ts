import type { Route } from '../../../src/rest/route.ts';
import type { RawRequest } from '../clients/http.ts';
import type { Refs } from './refs.ts';

type Body = (refs: Refs) => object;

const payment: Body = ({ recipient }) => ({ recipientAccountId: recipient, amount: '1' });
const opening: Body = ({ currency, externalId }) => ({ currency, customer: { externalId } });
const supply: Body = ({ account, recipient }) => ({
  accountId: account,
  amount: '1',
  counterAccount: recipient,
});

/** The bodies of routes that take one, made of what they name (wire contract, sections 2 to 4). */
const bodies: Readonly<Record<string, Body>> = {
  'PUT customer/:id': ({ externalId }) => ({ externalId, customerCountry: 'DE' }),
  'POST customer/batch': ({ customer }) => ({ ids: [customer] }),
  'PUT customer/batch/enable': ({ customer }) => ({ ids: [customer] }),
  'PUT customer/batch/disable': ({ customer }) => ({ customers: [{ id: customer, etag: '*' }] }),
  'POST account': opening,
  'POST account/batch': (refs) => ({ accounts: [opening(refs)] }),
  'PUT account/:id': () => ({ accountCode: 'walk' }),
  'POST account/block/:id': () => ({ amount: '1', type: 'walk' }),
  'PUT account/block/:id': payment,
  'POST transaction': (refs) => ({ senderAccountId: refs.account, ...payment(refs) }),
  'POST transaction/batch': (refs) => ({
    senderAccountId: refs.account,
    transaction: [payment(refs)],
  }),
  'POST transaction/customer': ({ customer, ...refs }) => ({ id: customer, ...toQuery(refs) }),
  'POST transaction/account': ({ account, ...refs }) => ({ id: account, ...toQuery(refs) }),
  'POST transaction/ledger': toQuery,
  'POST virtualCurrency': ({ currency, externalId }) => ({
    name: currency,
    supply: '1',
    basePair: 'EUR',
    customer: { externalId },
  }),
  'PUT virtualCurrency': ({ currency }) => ({ name: currency, basePair: 'USD' }),
  'PUT virtualCurrency/mint': supply,
  'PUT virtualCurrency/revoke': supply,
};

function toQuery({ currency, recipient }: Pick<Refs, 'currency' | 'recipient'>): object {
  return { currency, counterAccount: recipient };
}

/** What the id of a path names, by the path and, where that does not tell, by the method. */
function idOf(method: string, path: string, refs: Refs): string {
  if (path.startsWith('transaction/reference/')) return refs.reference;
  if (path.startsWith('virtualCurrency/')) return refs.currency;
  if (/^(?:account\/)?customer\//.test(path)) return refs.customer;
  if (!path.startsWith('account/block/') || path.startsWith('account/block/account/')) {
    return refs.account;
  }
  const isOfBlockage = path.endsWith('/detail') || method === 'DELETE' || method === 'PUT';
  return isOfBlockage ? refs.blockage : refs.account;
}

/** The headers by which a request names something: its request id, or where it watches from. */
function headersOf(method: string, name: string, refs: Refs): Record<string, string> {
  if (method !== 'GET') return { 'idempotency-key': refs.requestId };
  if (!name.endsWith('/watch') || refs.position === '') return {};
  return { 'last-event-id': refs.position };
}

/**
 * Makes the request of a route, of what it names.
 *
 * @throws Error when it takes a body and nobody has said which
 */
export function requestOf({ method, path, takesBody }: Route, refs: Refs): RawRequest {
  const name = path.replace('/v3/ledger/', '');
  const body = bodies[`${method} ${name}`];
  if (takesBody && !body) throw new Error(`which body does ${method} ${name} take?`);
  const filled = path.replace(/:\w+/, () => encodeURIComponent(idOf(method, name, refs)));
  return {
    method,
    path: `${filled}?pageSize=10`,
    headers: { 'content-type': 'application/json', ...headersOf(method, name, refs) },
    ...(takesBody && body && { body: JSON.stringify(body(refs)) }),
  };
}
