import { batchMax, type Outcome, settleEach } from '../domain/batch.ts';
import { type Customer, type CustomerTransition, disabling, enabling } from '../domain/customer.ts';
import type { Customers } from '../domain/ledger.ts';
import { ok } from './answer.ts';
import { toCustomerJson } from './customer-routes.ts';
import { array } from './field.ts';
import { toAnswer } from './refusal.ts';
import { defineRoute, type Route } from './route.ts';
import { readPath, writePath } from './shapes.ts';

/**
 * Creates the routes for several customers at once, which the original does not have. Each is answered for by itself, with the status
 * and the refusal that it would have alone.
 */
export function createCustomerBatchRoutes(customers: Customers): Route[] {
  const change = (verb: string, transition: CustomerTransition) =>
    defineRoute({
      method: 'PUT',
      path: `/v3/ledger/customer/batch/${verb}`,
      scope: 'customers:state',
      body: { ids: array(writePath.id, 1, batchMax) },
      async answer(call, { body: { ids } }) {
        const outcomes = await settleEach(ids, (id) =>
          customers.transition(call, { id }, transition),
        );
        return ok(outcomes.map((outcome, index) => toJson(ids[index], outcome)));
      },
    });

  return [
    defineRoute({
      method: 'POST',
      path: '/v3/ledger/customer/batch',
      scope: 'customers:read',
      body: { ids: array(readPath.id, 1, batchMax) },
      async answer(call, { body: { ids } }) {
        const outcomes = await settleEach(ids, (anyId) => customers.get(call, { anyId }));
        return ok(outcomes.map((outcome, index) => toJson(ids[index], outcome)));
      },
    }),
    change('enable', enabling),
    change('disable', disabling),
  ];
}

function toJson(id: string | undefined, outcome: Outcome<Customer>): object {
  if ('value' in outcome) {
    return { id, statusCode: 200, customer: toCustomerJson(outcome.value) };
  }
  return { id, ...(toAnswer(outcome.error).body as object) };
}
