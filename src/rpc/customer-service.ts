import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type {
  CustomerService,
  GetCustomerRequest,
} from '../../gen/ledger/v1/customer_service_pb.js';
import {
  activation,
  type CustomerTransition,
  deactivation,
  disabling,
  enabling,
} from '../domain/customer.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { ToCall } from './call.ts';
import { createCustomerBatch } from './customer-batch.ts';
import { createCustomerHistory } from './customer-history.ts';
import { fromCustomerOneof, toCustomerChanges, toCustomerMessage } from './customer-message.ts';
import type { IntentFields } from './intent.ts';
import type { ToLongCall } from './long-call.ts';
import { pickTexts, toPage } from './request-fields.ts';

/** Creates the implementation of ledger.v1.CustomerService. */
export function createCustomerService(
  { customers, changes }: Pick<Ledger, 'customers' | 'changes'>,
  toCall: ToCall,
  toLongCall: ToLongCall,
): ServiceImpl<typeof CustomerService> {
  const change =
    (transition: CustomerTransition) =>
    async (
      request: Pick<GetCustomerRequest, 'customer'> & IntentFields,
      context: HandlerContext,
    ) => {
      const ref = fromCustomerOneof(request.customer);
      const customer = await customers.transition(toCall(context, request), ref, transition);
      return { customer: toCustomerMessage(customer) };
    };

  return {
    async listCustomers(request, context) {
      const { active, enabled } = request;
      const filter = {
        ...(active !== undefined && { active }),
        ...(enabled !== undefined && { enabled }),
        ...pickTexts(request, 'customerCountry', 'accountingCurrency'),
      };
      const call = toCall(context);
      const { items, nextToken } = await customers.list(call, filter, toPage(request));
      return { customers: items.map(toCustomerMessage), nextPageToken: nextToken };
    },

    async getCustomer(request, context) {
      const ref = fromCustomerOneof(request.customer);
      return { customer: toCustomerMessage(await customers.get(toCall(context), ref)) };
    },

    async updateCustomer(request, context) {
      const { customer, profile, updateMask } = request;
      // The validation has seen to it that there is a profile.
      const changes = profile ? toCustomerChanges(profile, updateMask?.paths ?? []) : {};
      const ref = fromCustomerOneof(customer);
      const updated = await customers.update(toCall(context, request), ref, changes);
      return { customer: toCustomerMessage(updated) };
    },

    activateCustomer: change(activation),
    deactivateCustomer: change(deactivation),
    enableCustomer: change(enabling),
    disableCustomer: change(disabling),

    ...createCustomerBatch(customers, toCall),
    ...createCustomerHistory(changes, toCall, toLongCall),
  };
}
