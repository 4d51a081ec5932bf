import { create } from '@bufbuild/protobuf';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import {
  type BatchDisableCustomersRequest,
  CustomerOutcomeSchema,
  type CustomerService,
} from '../../gen/ledger/v1/customer_service_pb.js';
import { changeEach, type Outcome, settleEach } from '../domain/batch.ts';
import { type Customer, type CustomerTransition, disabling, enabling } from '../domain/customer.ts';
import type { Customers } from '../domain/ledger.ts';
import type { ToCall } from './call.ts';
import { fromCustomerOneof, toCustomerMessage } from './customer-message.ts';
import { toStatus } from './error.ts';
import { toIntent } from './intent.ts';

type Batch = Pick<
  ServiceImpl<typeof CustomerService>,
  'batchGetCustomers' | 'batchEnableCustomers' | 'batchDisableCustomers'
>;

/** What the changes of several customers have alike. */
type BatchChange = Pick<
  BatchDisableCustomersRequest,
  'customers' | 'requestId' | 'reason' | 'comment'
>;

/** Creates the methods of ledger.v1.CustomerService for several customers at once. */
export function createCustomerBatch(customers: Customers, toCall: ToCall): Batch {
  const change =
    (transition: CustomerTransition) => async (request: BatchChange, context: HandlerContext) => {
      const all = toCall(context, request);
      const outcomes = await changeEach(all, request.customers, (call, { customer, etag }) => {
        const intent = { ...call.intent, ...toIntent({ etag }) };
        return customers.transition({ ...call, intent }, fromCustomerOneof(customer), transition);
      });
      return { outcomes: outcomes.map(toOutcome) };
    };

  return {
    async batchGetCustomers(request, context) {
      const call = toCall(context);
      const outcomes = await settleEach(request.customers, ({ customer }) =>
        customers.get(call, fromCustomerOneof(customer)),
      );
      return { outcomes: outcomes.map(toOutcome) };
    },
    batchEnableCustomers: change(enabling),
    batchDisableCustomers: change(disabling),
  };
}

function toOutcome(outcome: Outcome<Customer>) {
  return create(CustomerOutcomeSchema, {
    outcome:
      'value' in outcome
        ? { case: 'customer', value: toCustomerMessage(outcome.value) }
        : { case: 'refusal', value: toStatus(outcome.error) },
  });
}
