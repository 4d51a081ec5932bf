import {
  activation,
  type Customer,
  type CustomerTransition,
  deactivation,
  disabling,
  enabling,
} from '../domain/customer.ts';
import type { Customers } from '../domain/ledger.ts';
import { noContent, ok } from './answer.ts';
import { assertSetsSomething } from './body.ts';
import { optional } from './field.ts';
import { defineRoute, type Route } from './route.ts';
import { customerDetails, externalId, pageQuery, readPath, writePath } from './shapes.ts';

/** Creates the routes of customers (wire contract, section 2). */
export function createCustomerRoutes(customers: Customers): Route[] {
  const change = (verb: string, transition: CustomerTransition) =>
    defineRoute({
      method: 'PUT',
      path: `/v3/ledger/customer/:id/${verb}`,
      scope: 'customers:state',
      pathShape: writePath,
      async answer(call, { path }) {
        await customers.transition(call, path, transition);
        return noContent;
      },
    });

  return [
    defineRoute({
      method: 'GET',
      path: '/v3/ledger/customer',
      scope: 'customers:read',
      query: pageQuery,
      async answer(call, { query: { pageSize, offset = 0 } }) {
        const { items } = await customers.list(call, {}, { size: pageSize, offset });
        return ok(items.map(toJson));
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v3/ledger/customer/:id',
      scope: 'customers:read',
      pathShape: readPath,
      async answer(call, { path }) {
        return ok(toJson(await customers.get(call, { anyId: path.id })));
      },
    }),
    defineRoute({
      method: 'PUT',
      path: '/v3/ledger/customer/:id',
      scope: 'customers:write',
      pathShape: writePath,
      body: { externalId: optional(externalId), ...customerDetails },
      async answer(call, { path, body }) {
        assertSetsSomething(body);
        return ok(toJson(await customers.update(call, path, body)));
      },
    }),
    change('activate', activation),
    change('deactivate', deactivation),
    change('enable', enabling),
    change('disable', disabling),
  ];
}

/** Makes the JSON of a customer: what is not set is absent. */
function toJson(customer: Customer): object {
  const { externalId, id, enabled, active } = customer;
  const { accountingCurrency, customerCountry, providerCountry } = customer;
  return { externalId, id, enabled, active, accountingCurrency, customerCountry, providerCountry };
}
