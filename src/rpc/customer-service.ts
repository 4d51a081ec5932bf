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
import type { Call, Customers } from '../domain/ledger.ts';
import { fromCustomerOneof, toCustomerChanges, toCustomerMessage } from './customer-message.ts';
import { pickTexts, toPage } from './request-fields.ts';

/** Creates the implementation of ledger.v1.CustomerService. */
export function createCustomerService(
  customers: Customers,
  toCall: (context: HandlerContext) => Call,
): ServiceImpl<typeof CustomerService> {
  const change =
    (transition: CustomerTransition) =>
    async (request: Pick<GetCustomerRequest, 'customer'>, context: HandlerContext) => {
      const ref = fromCustomerOneof(request.customer);
      const customer = await customers.transition(toCall(context), ref, transition);
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

    async updateCustomer({ customer, profile, updateMask }, context) {
      // The validation has seen to it that there is a profile.
      const changes = profile ? toCustomerChanges(profile, updateMask?.paths ?? []) : {};
      const ref = fromCustomerOneof(customer);
      const updated = await customers.update(toCall(context), ref, changes);
      return { customer: toCustomerMessage(updated) };
    },

    activateCustomer: change(activation),
    deactivateCustomer: change(deactivation),
    enableCustomer: change(enabling),
    disableCustomer: change(disabling),
  };
}
