import type { VirtualCurrencies } from '../domain/ledger.ts';
import type { VirtualCurrency } from '../domain/virtual-currency.ts';
import { toAccountJson } from './account-routes.ts';
import { noContent, ok, tag } from './answer.ts';
import { assertSetsSomething } from './body.ts';
import { optional } from './field.ts';
import { defineRoute, type Route } from './route.ts';
import { number, text } from './scalar-field.ts';
import { accountDetails, amount, currency, internalId, recordNotes } from './shapes.ts';

/** The name of a virtual currency that may exist. */
const name = text(3, 100);

const creationBody = {
  name: text(1, 30, /^[a-zA-Z0-9_]+$/),
  supply: amount,
  basePair: currency,
  baseRate: optional(number(0)),
  ...accountDetails,
  description: optional(text(1, 100)),
};

const supplyBody = {
  accountId: internalId,
  amount,
  ...recordNotes,
  reference: optional(text(1, 100)),
  // It is noted without being looked for, so that its form is all that can be wrong with it.
  counterAccount: optional(text(24, 24, /^[0-9a-fA-F]+$/)),
};

/** Creates the routes of virtual currencies (wire contract, section 4). */
export function createVirtualCurrencyRoutes(virtualCurrencies: VirtualCurrencies): Route[] {
  const change = (verb: 'mint' | 'revoke') =>
    defineRoute({
      method: 'PUT',
      path: `/v3/ledger/virtualCurrency/${verb}`,
      scope: 'transactions:write',
      keepsCause: false,
      body: supplyBody,
      async answer(call, { body: { counterAccount, ...told } }) {
        const counter = counterAccount === undefined ? {} : { counterAccountId: counterAccount };
        return ok({ reference: await virtualCurrencies[verb](call, { ...told, ...counter }) });
      },
    });

  return [
    defineRoute({
      method: 'POST',
      path: '/v3/ledger/virtualCurrency',
      scope: 'transactions:write',
      body: creationBody,
      async answer(call, { body }) {
        const account = await virtualCurrencies.create(call, body);
        return tag(ok(toAccountJson(account)), account);
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v3/ledger/virtualCurrency/:name',
      scope: 'transactions:read',
      pathShape: { name },
      answer: async (call, { path }) => ok(toJson(await virtualCurrencies.get(call, path.name))),
    }),
    defineRoute({
      method: 'PUT',
      path: '/v3/ledger/virtualCurrency',
      scope: 'transactions:write',
      keepsCause: false,
      body: { name, baseRate: optional(number(0)), basePair: optional(currency) },
      async answer(call, { body: { name, ...changes } }) {
        assertSetsSomething(changes);
        await virtualCurrencies.update(call, name, changes);
        return noContent;
      },
    }),
    change('mint'),
    change('revoke'),
  ];
}

/** Makes the JSON of a virtual currency: what is not set is absent. */
function toJson(virtualCurrency: VirtualCurrency): object {
  const { name, supply, basePair, baseRate, accountId, customerId, description } = virtualCurrency;
  return { name, supply, basePair, baseRate, accountId, customerId, description };
}
