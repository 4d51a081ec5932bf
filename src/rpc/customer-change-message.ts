import { create } from '@bufbuild/protobuf';
import { CustomerChangeSchema } from '../../gen/ledger/v1/customer_change_pb.js';
import type { CustomerChange, CustomerState } from '../domain/change.ts';
import { toChangeFields } from './change-message.ts';

/** Makes the message of a change of a customer. */
export function toCustomerChangeMessage(change: CustomerChange) {
  return create(CustomerChangeSchema, {
    ...toChangeFields(change),
    customerId: change.customerId,
    ...(change.before && { before: toStateMessage(change.before) }),
    after: toStateMessage(change.after),
  });
}

function toStateMessage(state: CustomerState) {
  const { customerCountry = '', providerCountry = '', ...told } = state;
  return { ...told, customerCountry, providerCountry };
}
