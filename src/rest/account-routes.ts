import {
  type Account,
  type AccountTransition,
  accountActivation,
  accountDeactivation,
  freezing,
  unfreezing,
} from '../domain/account.ts';
import type { Accounts } from '../domain/ledger.ts';
import {
  accountCountQuery,
  accountListQuery,
  toAccountFilter,
  toAccountOrder,
  toAccountPage,
} from './account-query.ts';
import { noContent, ok, tag } from './answer.ts';
import { assertSetsSomething } from './body.ts';
import { array, object, optional } from './field.ts';
import { defineRoute, type Route } from './route.ts';
import { boolean, text } from './scalar-field.ts';
import {
  accountDetails,
  accountNames,
  currency,
  pageQuery,
  readPath,
  writePath,
} from './shapes.ts';
import { transitionQuery, validating } from './transition-query.ts';

const openingBody = {
  currency,
  ...accountDetails,
  compliant: optional(boolean),
  xpub: optional(text(1, 192)),
};

/** The most accounts that are opened at once. */
const openingsMax = 100;

/** Creates the routes of accounts (wire contract, section 3). */
export function createAccountRoutes(accounts: Accounts): Route[] {
  return [...createOpenings(accounts), ...createReads(accounts), ...createChanges(accounts)];
}

function createOpenings(accounts: Accounts): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v3/ledger/account',
      scope: 'accounts:write',
      body: openingBody,
      async answer(call, { body }) {
        const account = await accounts.open(call, body);
        return tag(ok(toAccountJson(account)), account);
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v3/ledger/account/batch',
      scope: 'accounts:write',
      body: { accounts: array(object(openingBody), 1, openingsMax) },
      async answer(call, { body }) {
        const opened = await accounts.openAll(call, body.accounts);
        return ok(opened.map(toAccountJson));
      },
    }),
  ];
}

function createReads(accounts: Accounts): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v3/ledger/account',
      scope: 'accounts:read',
      query: accountListQuery,
      async answer(call, { query }) {
        const [filter, page] = [toAccountFilter(query), toAccountPage(query)];
        const { items } = await accounts.list(call, filter, page, toAccountOrder(query));
        return ok(items.map(toAccountJson));
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v3/ledger/account/count',
      scope: 'accounts:read',
      query: accountCountQuery,
      async answer(call, { query }) {
        return ok({ total: await accounts.count(call, toAccountFilter(query)) });
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v3/ledger/account/customer/:id',
      scope: 'accounts:read',
      pathShape: readPath,
      query: { ...pageQuery, accountCode: accountNames.accountCode },
      async answer(call, { path, query: { pageSize, offset = 0, ...filter } }) {
        const { items } = await accounts.list(
          call,
          { customerId: path.id, active: true, ...filter },
          { size: pageSize, offset },
        );
        return ok(items.map(toAccountJson));
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v3/ledger/account/:id',
      scope: 'accounts:read',
      pathShape: readPath,
      async answer(call, { path }) {
        const account = await accounts.get(call, path.id);
        return tag(ok(toAccountJson(account)), account);
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v3/ledger/account/:id/balance',
      scope: 'accounts:read',
      pathShape: readPath,
      answer: async (call, { path }) => ok((await accounts.get(call, path.id)).balance),
    }),
  ];
}

function createChanges(accounts: Accounts): Route[] {
  const change = (verb: string, transition: AccountTransition) =>
    defineRoute({
      method: 'PUT',
      path: `/v3/ledger/account/:id/${verb}`,
      scope: 'accounts:state',
      pathShape: writePath,
      query: transitionQuery,
      async answer(call, { path, query }) {
        const intended = validating(call, query);
        return tag(noContent, await accounts.transition(intended, path.id, transition));
      },
    });

  return [
    defineRoute({
      method: 'PUT',
      path: '/v3/ledger/account/:id',
      scope: 'accounts:write',
      pathShape: writePath,
      body: accountNames,
      async answer(call, { path, body }) {
        assertSetsSomething(body);
        return tag(noContent, await accounts.update(call, path.id, body));
      },
    }),
    change('activate', accountActivation),
    change('deactivate', accountDeactivation),
    change('freeze', freezing),
    change('unfreeze', unfreezing),
  ];
}

/** Makes the JSON of an account: what is not set is absent. */
export function toAccountJson(account: Account): object {
  const { id, currency, active, frozen, balance } = account;
  const { customerId, accountCode, accountNumber, accountingCurrency, xpub } = account;
  return {
    id,
    currency,
    active,
    frozen,
    balance,
    customerId,
    accountCode,
    accountNumber,
    accountingCurrency,
    xpub,
  };
}
