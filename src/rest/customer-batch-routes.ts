import { batchMax, changeEach, type Outcome, settleEach } from '../domain/batch.ts';
import { type Customer, type CustomerTransition, disabling, enabling } from '../domain/customer.ts';
import type { Customers, Intent } from '../domain/ledger.ts';
import { ok, toEntityTag } from './answer.ts';
import { toCustomerJson } from './customer-routes.ts';
import { array, excludedBy, object, optional, optionalWith, type Shaped } from './field.ts';
import { toAnswer } from './refusal.ts';
import { defineRoute, type Route } from './route.ts';
import { etag, readPath, writePath } from './shapes.ts';

const target = { ...writePath, etag: optional(etag) };

/** The customers to change: by their ids alone, or each with the etag that it must have. */
const targets = {
  ids: optionalWith(array(writePath.id, 1, batchMax), 'customers'),
  customers: excludedBy(array(object(target), 1, batchMax), 'ids'),
};

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
      changesSeveral: true,
      body: targets,
      async answer(all, { body }) {
        const asked = toTargets(body);
        const outcomes = await changeEach(all, asked, (call, { id, etag: expected }) => {
          const intent = { ...call.intent, ...expecting(expected) };
          return customers.transition({ ...call, intent }, { id }, transition);
        });
        return ok(outcomes.map((outcome, index) => toJson(asked[index]?.id, outcome)));
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

function toTargets({ ids = [], customers }: Shaped<typeof targets>) {
  return customers ?? ids.map((id): Shaped<typeof target> => ({ id }));
}

/** Makes of a quoted etag what a change expects; an asterisk matches every customer. */
function expecting(quoted: string | undefined): Pick<Intent, 'etags'> {
  return quoted === undefined || quoted === '*' ? {} : { etags: [quoted.slice(1, -1)] };
}

function toJson(id: string | undefined, outcome: Outcome<Customer>): object {
  if ('value' in outcome) {
    const { value } = outcome;
    return { id, statusCode: 200, etag: toEntityTag(value), customer: toCustomerJson(value) };
  }
  return { id, ...(toAnswer(outcome.error).body as object) };
}
