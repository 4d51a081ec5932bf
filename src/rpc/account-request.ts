import type {
  CountAccountsRequest,
  CreateAccountRequest,
  UpdateAccountRequest,
} from '../../gen/ledger/v1/account_service_pb.js';
import type {
  AccountChanges,
  AccountFilter,
  AccountOpening,
  AccountOrder,
  AccountSortKey,
} from '../domain/account.ts';
import { fromProfileMessage } from './customer-message.ts';
import { pickTexts } from './request-fields.ts';
import { toChanges } from './update-mask.ts';

/** Makes an opening of its request, in which an empty field is one that is not told. */
export function toOpening(request: Omit<CreateAccountRequest, '$typeName'>): AccountOpening {
  const { currency, customer } = request;
  return {
    currency,
    ...(customer && { customer: fromProfileMessage(customer) }),
    ...pickTexts(request, 'accountCode', 'accountNumber', 'accountingCurrency', 'xpub'),
  };
}

/** Makes the filter of a list or a count, whose requests name their filters alike. */
export function toAccountFilter(request: Omit<CountAccountsRequest, '$typeName'>): AccountFilter {
  const { customer, active, frozen, onlyNonZeroBalance } = request;
  return {
    ...(customer.case === 'customerId' && { customerId: customer.value }),
    ...(customer.case === 'customerExternalId' && { customerExternalId: customer.value }),
    ...(active !== undefined && { active }),
    ...(frozen !== undefined && { frozen }),
    ...pickTexts(request, 'currency', 'accountCode', 'accountNumber'),
    ...(onlyNonZeroBalance && { onlyNonZeroBalance }),
  };
}

const sortKeys: ReadonlyMap<string, AccountSortKey> = new Map([
  ['id', 'id'],
  ['account_number', 'accountNumber'],
  ['account_balance', 'accountBalance'],
  ['available_balance', 'availableBalance'],
]);

/** Makes the order of a list (AIP-132): a field, and " desc" behind it or nothing; undefined for the order of age. */
export function toAccountOrder(orderBy: string): AccountOrder | undefined {
  const [path = '', direction] = orderBy.split(' ');
  const by = sortKeys.get(path);
  return by && { by, descending: direction === 'desc' };
}

/**
 * Makes the changes of an account that an update asks for.
 *
 * @throws ConnectError INVALID_ARGUMENT when nothing is to be updated
 */
export function toAccountChanges(request: UpdateAccountRequest): AccountChanges {
  return toChanges(request, request.updateMask?.paths ?? [], {
    account_code: { field: 'accountCode', canBeCleared: true },
    account_number: { field: 'accountNumber', canBeCleared: true },
  });
}
