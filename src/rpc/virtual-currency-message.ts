import { create } from '@bufbuild/protobuf';
import { VirtualCurrencySchema } from '../../gen/ledger/v1/virtual_currency_pb.js';
import type {
  CreateVirtualCurrencyRequest,
  MintVirtualCurrencyRequest,
  UpdateVirtualCurrencyRequest,
} from '../../gen/ledger/v1/virtual_currency_service_pb.js';
import type {
  SupplyChange,
  VirtualCurrency,
  VirtualCurrencyChanges,
  VirtualCurrencyCreation,
} from '../domain/virtual-currency.ts';
import { fromProfileMessage } from './customer-message.ts';
import { pickNotes } from './payment-message.ts';
import { pickTexts } from './request-fields.ts';
import { toChanges } from './update-mask.ts';

/** Makes the message of a virtual currency. */
export function toVirtualCurrencyMessage(virtualCurrency: VirtualCurrency) {
  return create(VirtualCurrencySchema, virtualCurrency);
}

/** Makes a creation of its request, in which an empty field is one that is not told. */
export function toCreation(request: CreateVirtualCurrencyRequest): VirtualCurrencyCreation {
  const { name, supply, basePair, baseRate, customer } = request;
  return {
    name,
    supply,
    basePair,
    ...(baseRate !== undefined && { baseRate }),
    ...(customer && { customer: fromProfileMessage(customer) }),
    ...pickTexts(request, 'accountCode', 'accountNumber', 'accountingCurrency', 'description'),
  };
}

/**
 * Makes the changes of a virtual currency that an update asks for.
 *
 * @throws ConnectError INVALID_ARGUMENT when nothing is to be updated, or a field would be cleared
 */
export function toVirtualCurrencyChanges(
  request: UpdateVirtualCurrencyRequest,
): VirtualCurrencyChanges {
  return toChanges(request, request.updateMask?.paths ?? [], {
    base_pair: { field: 'basePair', canBeCleared: false },
    base_rate: { field: 'baseRate', canBeCleared: false },
  });
}

/** Makes the change of a supply of a request to mint or to revoke, which are alike. */
export function toSupplyChange(
  request: Omit<MintVirtualCurrencyRequest, '$typeName'>,
): SupplyChange {
  const { accountId, amount } = request;
  return {
    accountId,
    amount,
    ...pickTexts(request, 'reference', 'counterAccountId'),
    ...pickNotes(request),
  };
}
