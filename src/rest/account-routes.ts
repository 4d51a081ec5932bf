import {
  type Account,
  type AccountOpening,
  type AccountTransition,
  accountActivation,
  accountDeactivation,
} from '../domain/account.ts';
import { fiatCurrencies } from '../domain/fiat.ts';
import type { Accounts } from '../domain/ledger.ts';
import { noContent, ok } from './answer.ts';
import { boolean, object, oneOf, optional, text } from './field.ts';
import { defineRoute, type Route } from './route.ts';
import { customerDetails, externalId, pageQuery, readPath, writePath } from './shapes.ts';

const openingBody = {
  currency: text(2, 40),
  customer: optional(object({ externalId, ...customerDetails })),
  accountCode: optional(text(1, 50)),
  accountNumber: optional(text(1, 50)),
  accountingCurrency: optional(oneOf(fiatCurrencies)),
  // Taken, since clients send it: the ledger has no check of its own to make at an opening.
  compliant: optional(boolean),
  xpub: optional(text(1, 192)),
};

/** Creates the routes of accounts (wire contract, section 3). */
export function createAccountRoutes(accounts: Accounts): Route[] {
  const change = (verb: string, transition: AccountTransition) =>
    defineRoute({
      method: 'PUT',
      path: `/v3/ledger/account/:id/${verb}`,
      scope: 'accounts:state',
      pathShape: writePath,
      async answer(call, { path }) {
        await accounts.transition(call, path.id, transition);
        return noContent;
      },
    });

  return [
    defineRoute({
      method: 'POST',
      path: '/v3/ledger/account',
      scope: 'accounts:write',
      body: openingBody,
      async answer(call, { body: { compliant: _, ...opening } }) {
        return ok(toJson(await accounts.open(call, opening satisfies AccountOpening)));
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v3/ledger/account/customer/:id',
      scope: 'accounts:read',
      pathShape: readPath,
      query: { ...pageQuery, accountCode: optional(text(1, 50)) },
      async answer(call, { path, query: { pageSize, offset = 0, ...filter } }) {
        const { items } = await accounts.list(
          call,
          { customerId: path.id, active: true, ...filter },
          { size: pageSize, offset },
        );
        return ok(items.map(toJson));
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v3/ledger/account/:id',
      scope: 'accounts:read',
      pathShape: readPath,
      async answer(call, { path }) {
        return ok(toJson(await accounts.get(call, path.id)));
      },
    }),
    change('activate', accountActivation),
    change('deactivate', accountDeactivation),
  ];
}

/** Makes the JSON of an account: what is not set is absent. */
function toJson(account: Account): object {
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
