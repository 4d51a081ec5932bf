import type { Transactions } from '../domain/ledger.ts';
import type { StoreContext } from './context.ts';
import { createPay } from './payment.ts';
import { countRecords, listRecords } from './record-list.ts';

/** Creates the part of the store that keeps payments and their records. */
export function createTransactions(context: StoreContext): Transactions {
  const pay = createPay(context);

  return {
    async pay(call, senderAccountId, payment) {
      const request = { verb: 'PAY', senderAccountId, payments: [payment] };
      const [reference = ''] = await pay(call, request);
      return reference;
    },
    payAll: async (call, senderAccountId, payments) =>
      await pay(call, { verb: 'PAY_ALL', senderAccountId, payments }),
    list: async (call, filter, page) => await listRecords(context, call, filter, page),
    count: async (call, filter) => await countRecords(context, call, filter),
  };
}
