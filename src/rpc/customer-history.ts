import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import type { CustomerService } from '../../gen/ledger/v1/customer_service_pb.js';
import { type CustomerVerb, heartbeatDefaultMs } from '../domain/change.ts';
import type { Changes } from '../domain/ledger.ts';
import type { ToCall } from './call.ts';
import { toChangeFilter } from './change-message.ts';
import { toCustomerChangeMessage } from './customer-change-message.ts';
import { fromCustomerOneof } from './customer-message.ts';
import type { ToLongCall } from './long-call.ts';
import { toPage } from './request-fields.ts';

type History = Pick<ServiceImpl<typeof CustomerService>, 'listCustomerChanges' | 'watchCustomers'>;

/** Creates the methods of ledger.v1.CustomerService that tell of changes. */
export function createCustomerHistory(
  changes: Changes,
  toCall: ToCall,
  toLongCall: ToLongCall,
): History {
  return {
    async listCustomerChanges(request, context) {
      const ref = fromCustomerOneof(request.customer);
      const [filter, page] = [toChangeFilter<CustomerVerb>(request), toPage(request)];
      const listed = await changes.listOfCustomer(toCall(context), ref, filter, page);
      return {
        changes: listed.items.map(toCustomerChangeMessage),
        nextPageToken: listed.nextToken,
      };
    },

    async *watchCustomers({ customer, position, heartbeat }, context) {
      const call = toLongCall(context);
      const ref = customer.case === undefined ? undefined : fromCustomerOneof(customer);
      const heartbeatMs = heartbeat
        ? Number(heartbeat.seconds) * 1_000 + heartbeat.nanos / 1e6
        : heartbeatDefaultMs;
      for await (const event of changes.watch(call, ref, { position, heartbeatMs })) {
        const { change } = event;
        yield {
          ...(change && { change: toCustomerChangeMessage(change) }),
          position: event.position,
        };
      }
      context.signal.throwIfAborted();
      throw new ConnectError('the service is going down', Code.Unavailable);
    },
  };
}
