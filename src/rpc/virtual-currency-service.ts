import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type { VirtualCurrencyService } from '../../gen/ledger/v1/virtual_currency_service_pb.js';
import type { Call, VirtualCurrencies } from '../domain/ledger.ts';
import { toAccountMessage } from './account-message.ts';
import {
  toCreation,
  toSupplyChange,
  toVirtualCurrencyChanges,
  toVirtualCurrencyMessage,
} from './virtual-currency-message.ts';

/** Creates the implementation of ledger.v1.VirtualCurrencyService. */
export function createVirtualCurrencyService(
  virtualCurrencies: VirtualCurrencies,
  toCall: (context: HandlerContext) => Call,
): ServiceImpl<typeof VirtualCurrencyService> {
  return {
    async createVirtualCurrency(request, context) {
      const account = await virtualCurrencies.create(toCall(context), toCreation(request));
      return { account: toAccountMessage(account) };
    },

    async getVirtualCurrency(request, context) {
      const found = await virtualCurrencies.get(toCall(context), request.name);
      return { virtualCurrency: toVirtualCurrencyMessage(found) };
    },

    async updateVirtualCurrency(request, context) {
      const changes = toVirtualCurrencyChanges(request);
      const updated = await virtualCurrencies.update(toCall(context), request.name, changes);
      return { virtualCurrency: toVirtualCurrencyMessage(updated) };
    },

    async mintVirtualCurrency(request, context) {
      const reference = await virtualCurrencies.mint(toCall(context), toSupplyChange(request));
      return { reference };
    },

    async revokeVirtualCurrency(request, context) {
      const reference = await virtualCurrencies.revoke(toCall(context), toSupplyChange(request));
      return { reference };
    },
  };
}
