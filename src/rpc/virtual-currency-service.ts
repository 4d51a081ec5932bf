import type { ServiceImpl } from '@connectrpc/connect';
import type { VirtualCurrencyService } from '../../gen/ledger/v1/virtual_currency_service_pb.js';
import type { VirtualCurrencies } from '../domain/ledger.ts';
import { toAccountMessage } from './account-message.ts';
import type { ToCall } from './call.ts';
import {
  toCreation,
  toSupplyChange,
  toVirtualCurrencyChanges,
  toVirtualCurrencyMessage,
} from './virtual-currency-message.ts';

/** Creates the implementation of ledger.v1.VirtualCurrencyService. */
export function createVirtualCurrencyService(
  virtualCurrencies: VirtualCurrencies,
  toCall: ToCall,
): ServiceImpl<typeof VirtualCurrencyService> {
  return {
    async createVirtualCurrency(request, context) {
      const account = await virtualCurrencies.create(toCall(context, request), toCreation(request));
      return { account: toAccountMessage(account) };
    },

    async getVirtualCurrency(request, context) {
      const found = await virtualCurrencies.get(toCall(context), request.name);
      return { virtualCurrency: toVirtualCurrencyMessage(found) };
    },

    async updateVirtualCurrency(request, context) {
      const changes = toVirtualCurrencyChanges(request);
      const updated = await virtualCurrencies.update(
        toCall(context, request),
        request.name,
        changes,
      );
      return { virtualCurrency: toVirtualCurrencyMessage(updated) };
    },

    async mintVirtualCurrency(request, context) {
      const reference = await virtualCurrencies.mint(
        toCall(context, request),
        toSupplyChange(request),
      );
      return { reference };
    },

    async revokeVirtualCurrency(request, context) {
      const reference = await virtualCurrencies.revoke(
        toCall(context, request),
        toSupplyChange(request),
      );
      return { reference };
    },
  };
}
