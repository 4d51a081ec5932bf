import { create } from '@bufbuild/protobuf';
import { timestampDate, timestampFromDate } from '@bufbuild/protobuf/wkt';
import { CustomerChangeSchema } from '../../gen/ledger/v1/customer_change_pb.js';
import type { ListCustomerChangesRequest } from '../../gen/ledger/v1/customer_service_pb.js';
import type {
  ChangeFilter,
  CustomerChange,
  CustomerState,
  CustomerVerb,
} from '../domain/change.ts';

/** Makes the message of a change of a customer. */
export function toCustomerChangeMessage(change: CustomerChange) {
  return create(CustomerChangeSchema, {
    id: change.id,
    customerId: change.customerId,
    version: change.version,
    verb: change.verb,
    actor: change.actor,
    reason: change.reason ?? '',
    comment: change.comment ?? '',
    requestId: change.requestId ?? '',
    time: timestampFromDate(change.time),
    ...(change.before && { before: toStateMessage(change.before) }),
    after: toStateMessage(change.after),
  });
}

function toStateMessage(state: CustomerState) {
  const { customerCountry = '', providerCountry = '', ...told } = state;
  return { ...told, customerCountry, providerCountry };
}

/** Takes the filters of a list of changes. The validation has seen to it that the verb is one. */
export function toChangeFilter(request: ListCustomerChangesRequest): ChangeFilter {
  const { verb, actor, requestId, from, to } = request;
  return {
    ...(verb !== '' && { verb: verb as CustomerVerb }),
    ...(actor !== '' && { actor }),
    ...(requestId !== '' && { requestId }),
    ...(from && { from: timestampDate(from) }),
    ...(to && { to: timestampDate(to) }),
  };
}
