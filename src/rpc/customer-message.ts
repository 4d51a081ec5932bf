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
import { toInvalidArgument } from './validation.ts';

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
  const { externalId, accountingCurrency, customerCountry, providerCountry } = message;
  return {
    externalId,
    ...(accountingCurrency !== '' && { accountingCurrency }),
    ...(customerCountry !== '' && { customerCountry }),
    ...(providerCountry !== '' && { providerCountry }),
  };
}

/** The fields of a profile by their path in an update mask, and whether an update can clear them. */
const paths = {
  external_id: { field: 'externalId', canBeCleared: false },
  accounting_currency: { field: 'accountingCurrency', canBeCleared: false },
  customer_country: { field: 'customerCountry', canBeCleared: true },
  provider_country: { field: 'providerCountry', canBeCleared: true },
} as const;
const allPaths = Object.keys(paths) as (keyof typeof paths)[];

/**
 * Makes the changes that a profile and an update mask ask for (AIP-134): without a mask the fields that are not empty, with `*`
 * all of them.
 *
 * @throws ConnectError INVALID_ARGUMENT when nothing is to be updated, or a field that every customer has would be cleared
 */
export function toCustomerChanges(
  profile: CustomerProfileMessage,
  mask: readonly string[],
): CustomerChanges {
  const named = mask.includes('*') ? allPaths : allPaths.filter((path) => mask.includes(path));
  const chosen =
    mask.length > 0 ? named : allPaths.filter((path) => profile[paths[path].field] !== '');
  if (chosen.length === 0) {
    const description = 'nothing to update: name a field, or fill one in';
    throw toInvalidArgument([{ field: 'update_mask', description, reason: 'REQUIRED' }]);
  }
  const kept = chosen.filter(
    (path) => !paths[path].canBeCleared && profile[paths[path].field] === '',
  );
  if (kept.length > 0) {
    const description = 'cannot be cleared';
    throw toInvalidArgument(
      kept.map((path) => ({ field: `profile.${path}`, description, reason: 'REQUIRED' })),
    );
  }
  const changes = chosen.map((path) => [paths[path].field, profile[paths[path].field] || null]);
  return Object.fromEntries(changes);
}
