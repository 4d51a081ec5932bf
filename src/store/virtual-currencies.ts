import type { Filter } from 'mongodb';
import { formatDecimal } from '../domain/decimal.ts';
import { assertNoEtag } from '../domain/etag.ts';
import type { Call, VirtualCurrencies } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import type { VirtualCurrency } from '../domain/virtual-currency.ts';
import { remainingMs, type StoreContext } from './context.ts';
import { fromDecimal128 } from './decimal128.ts';
import type { VirtualCurrencyDocument } from './documents.ts';
import { runOnce } from './request.ts';
import { laneOf, mint, revoke } from './supply-change.ts';
import { createVirtualCurrency } from './virtual-currency-creation.ts';

/** Creates the part of the store that keeps virtual currencies. */
export function createVirtualCurrencies(context: StoreContext): VirtualCurrencies {
  const { virtualCurrencies } = context.collections;
  const keyOf = (call: Call, name: string): Filter<VirtualCurrencyDocument> => ({
    tenant: call.tenant,
    name,
  });

  return {
    create: async (call, creation) => await createVirtualCurrency(context, call, creation),

    async get(call, name) {
      const found = await virtualCurrencies.findOne(keyOf(call, name), {
        maxTimeMS: remainingMs(call),
      });
      return fromFound(found, name);
    },

    async update(call, name, changes) {
      const content = { name, changes };
      const request = { target: 'virtualCurrencies', verb: 'UPDATE', content } as const;
      return await context.lanes(
        [laneOf(call, name)],
        async () =>
          await runOnce(context, call, request, async (session) => {
            assertNoEtag(call);
            const updated = await virtualCurrencies.findOneAndUpdate(
              keyOf(call, name),
              { $set: { ...changes, updateTime: new Date() } },
              { returnDocument: 'after', session },
            );
            return fromFound(updated, name);
          }),
      );
    },

    mint: async (call, change) => await mint(context, call, change),
    revoke: async (call, change) => await revoke(context, call, change),
  };
}

function fromFound(document: VirtualCurrencyDocument | null, name: string): VirtualCurrency {
  if (!document) throw new LedgerError('VIRTUAL_CURRENCY_NOT_FOUND', { currency: name });
  const { basePair, baseRate, accountId, customerId, description, supply } = document;
  return {
    name: document.name,
    supply: formatDecimal(fromDecimal128(supply)),
    basePair,
    baseRate,
    accountId: accountId.toHexString(),
    ...(customerId && { customerId: customerId.toHexString() }),
    ...(description !== undefined && { description }),
  };
}
