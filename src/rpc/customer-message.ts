import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  type CustomerProfile as CustomerProfileMessage,
  CustomerSchema,
} from '../../gen/ledger/v1/customer_pb.js';
import type { GetCustomerRequest } from '../../gen/ledger/v1/customer_service_pb.js';
import type {
  Customer,
  CustomerChanges,
  CustomerProfile,
  CustomerRef,
} from '../domain/customer.ts';
import { pickTexts } from './request-fields.ts';
import { toChanges } from './update-mask.ts';

/** Makes the message of a customer. */
export function toCustomerMessage(customer: Customer) {
  return create(CustomerSchema, {
    id: customer.id,
    externalId: customer.externalId,
    active: customer.active,
    enabled: customer.enabled,
    accountingCurrency: customer.accountingCurrency,
    customerCountry: customer.customerCountry ?? '',
    providerCountry: customer.providerCountry ?? '',
    openAccounts: customer.openAccounts,
    createTime: timestampFromDate(customer.createTime),
    updateTime: timestampFromDate(customer.updateTime),
    etag: customer.etag,
  });
}

/** Takes the customer that a request names. The validation has seen to it that it names one. */
export function fromCustomerOneof(customer: GetCustomerRequest['customer']): CustomerRef {
  return customer.case === 'id' ? { id: customer.value } : { externalId: customer.value ?? '' };
}

/** Makes a profile of its message, in which an empty field is one that is not told. */
export function fromProfileMessage(message: CustomerProfileMessage): CustomerProfile {
  return {
    externalId: message.externalId,
    ...pickTexts(message, 'accountingCurrency', 'customerCountry', 'providerCountry'),
  };
}

const updatableFields = {
  external_id: { field: 'externalId', canBeCleared: false },
  accounting_currency: { field: 'accountingCurrency', canBeCleared: false },
  customer_country: { field: 'customerCountry', canBeCleared: true },
  provider_country: { field: 'providerCountry', canBeCleared: true },
} as const;

/**
 * Makes the changes of a customer that a profile and an update mask ask for.
 *
 * @throws ConnectError INVALID_ARGUMENT when nothing is to be updated, or a field that every customer has would be cleared
 */
export function toCustomerChanges(
  profile: CustomerProfileMessage,
  mask: readonly string[],
): CustomerChanges {
  return toChanges(profile, mask, updatableFields, 'profile.');
}
