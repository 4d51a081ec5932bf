import {
  activation,
  type Customer,
  type CustomerTransition,
  deactivation,
  disabling,
  enabling,
} from '../domain/customer.ts';
import type { Customers } from '../domain/ledger.ts';
import { noContent, ok, tag } from './answer.ts';
import { assertSetsSomething } from './body.ts';
import { optional } from './field.ts';
import { defineRoute, type Route } from './route.ts';
import { customerDetails, externalId, pageQuery, readPath, writePath } from './shapes.ts';
import { transitionQuery, validating } from './transition-query.ts';

/** Creates the routes of customers (wire contract, section 2). */
export function createCustomerRoutes(customers: Customers): Route[] {
  const change = (verb: string, transition: CustomerTransition) =>
    defineRoute({
      method: 'PUT',
      path: `/v3/ledger/customer/:id/${verb}`,
      scope: 'customers:state',
      pathShape: writePath,
      query: transitionQuery,
      async answer(call, { path, query }) {
        const intended = validating(call, query);
        return tag(noContent, await customers.transition(intended, path, transition));
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
        return ok(items.map(toCustomerJson));
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v3/ledger/customer/:id',
      scope: 'customers:read',
      pathShape: readPath,
      async answer(call, { path }) {
        const customer = await customers.get(call, { anyId: path.id });
        return tag(ok(toCustomerJson(customer)), customer);
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
        const customer = await customers.update(call, path, body);
        return tag(ok(toCustomerJson(customer)), customer);
      },
    }),
    change('activate', activation),
    change('deactivate', deactivation),
    change('enable', enabling),
    change('disable', disabling),
  ];
}

/** Makes the JSON of a customer: what is not set is absent. */
export function toCustomerJson(customer: Customer): object {
  const { externalId, id, enabled, active } = customer;
  const { accountingCurrency, customerCountry, providerCountry } = customer;
  return { externalId, id, enabled, active, accountingCurrency, customerCountry, providerCountry };
}
