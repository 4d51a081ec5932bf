import type { ServiceImpl } from '@connectrpc/connect';
import type { TransactionService } from '../../gen/ledger/v1/transaction_service_pb.js';
import type { Transactions } from '../domain/ledger.ts';
import type { ToCall } from './call.ts';
import { refuseAt } from './error.ts';
import { fromPaymentMessage } from './payment-message.ts';
import { toRecordFilter, toRecordMessage } from './record-message.ts';
import { toPage } from './request-fields.ts';

/** Creates the implementation of ledger.v1.TransactionService. */
export function createTransactionService(
  transactions: Transactions,
  toCall: ToCall,
): ServiceImpl<typeof TransactionService> {
  return {
    async createPayment(request, context) {
      const reference = await transactions
        .pay(toCall(context, request), request.senderAccountId, fromPaymentMessage(request.payment))
        .catch(refuseAt({ field: 'payment' }));
      return { reference };
    },

    async batchCreatePayments(request, context) {
      const references = await transactions
        .payAll(
          toCall(context, request),
          request.senderAccountId,
          request.payments.map(fromPaymentMessage),
        )
        .catch(refuseAt({ repeated: 'payments' }));
      return { references };
    },

    async listTransactionRecords(request, context) {
      const call = toCall(context);
      const listed = await transactions.list(call, toRecordFilter(request), toPage(request));
      return { records: listed.items.map(toRecordMessage), nextPageToken: listed.nextToken };
    },

    async countTransactionRecords(request, context) {
      return { total: BigInt(await transactions.count(toCall(context), toRecordFilter(request))) };
    },
  };
}
