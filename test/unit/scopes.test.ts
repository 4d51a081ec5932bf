import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/domain/ledger.ts';
import { createAccountRoutes } from '../../src/rest/account-routes.ts';
import { createBlockageRoutes } from '../../src/rest/blockage-routes.ts';
import { createCustomerRoutes } from '../../src/rest/customer-routes.ts';
import { createTransactionRoutes } from '../../src/rest/transaction-routes.ts';
import { createVirtualCurrencyRoutes } from '../../src/rest/virtual-currency-routes.ts';

/** No route is called: there is no ledger behind them. */
const ledger = {} as Ledger;
const routes = [
  ...createCustomerRoutes(ledger.customers),
  ...createAccountRoutes(ledger.accounts),
  ...createBlockageRoutes(ledger.blockages),
  ...createTransactionRoutes(ledger.transactions),
  ...createVirtualCurrencyRoutes(ledger.virtualCurrencies),
];

/** What each call asks of its key; the paths are those behind /v3/ledger/. */
const expected = {
  'customers:read': ['GET customer', 'GET customer/:id'],
  'customers:write': ['PUT customer/:id'],
  'customers:state': ['activate', 'deactivate', 'enable', 'disable'].map(
    (verb) => `PUT customer/:id/${verb}`,
  ),
  'accounts:read': [
    'GET account',
    'GET account/count',
    'GET account/customer/:id',
    'GET account/:id',
    'GET account/:id/balance',
    'GET account/block/:id',
    'GET account/block/:id/detail',
  ],
  'accounts:write': [
    'POST account',
    'POST account/batch',
    'PUT account/:id',
    'POST account/block/:id',
    'DELETE account/block/:id',
    'DELETE account/block/account/:id',
  ],
  'accounts:state': ['activate', 'deactivate', 'freeze', 'unfreeze'].map(
    (verb) => `PUT account/:id/${verb}`,
  ),
  'transactions:read': [
    'POST transaction/customer',
    'POST transaction/account',
    'POST transaction/ledger',
    'GET transaction/reference/:reference',
    'GET virtualCurrency/:name',
  ],
  'transactions:write': [
    'POST transaction',
    'POST transaction/batch',
    'PUT account/block/:id',
    'POST virtualCurrency',
    'PUT virtualCurrency',
    'PUT virtualCurrency/mint',
    'PUT virtualCurrency/revoke',
  ],
};

describe('the calls of REST', () => {
  it('are those of the wire contract, and each asks for the scope of what it does', () => {
    const asked = routes.map(
      ({ scope, method, path }) => `${scope} ${method} ${path.replace('/v3/ledger/', '')}`,
    );
    const wanted = Object.entries(expected).flatMap(([scope, calls]) =>
      calls.map((call) => `${scope} ${call}`),
    );
    expect(asked.sort()).toEqual(wanted.sort());
  });
});
