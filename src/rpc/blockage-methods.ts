import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import type { AccountService } from '../../gen/ledger/v1/account_service_pb.js';
import { BlockageSchema } from '../../gen/ledger/v1/blockage_pb.js';
import type { Blockage } from '../domain/blockage.ts';
import type { Blockages } from '../domain/ledger.ts';
import type { ToCall } from './call.ts';
import { refuseAt } from './error.ts';
import { fromPaymentMessage } from './payment-message.ts';
import { pickTexts, toPage } from './request-fields.ts';

type BlockageMethod =
  | 'createBlockage'
  | 'getBlockage'
  | 'listBlockages'
  | 'releaseBlockage'
  | 'releaseAllBlockages'
  | 'settleBlockage';

/** Creates the methods of ledger.v1.AccountService that are about blockages. */
export function createBlockageMethods(
  blockages: Blockages,
  toCall: ToCall,
): Pick<ServiceImpl<typeof AccountService>, BlockageMethod> {
  return {
    async createBlockage(request, context) {
      const { accountId, amount, type, ensureSufficientBalance } = request;
      const blockage = await blockages.create(toCall(context, request), accountId, {
        amount,
        type,
        ...pickTexts(request, 'description'),
        ensureSufficientBalance,
      });
      return { blockage: toBlockageMessage(blockage) };
    },

    async getBlockage(request, context) {
      return { blockage: toBlockageMessage(await blockages.get(toCall(context), request.id)) };
    },

    async listBlockages(request, context) {
      const listed = await blockages.list(toCall(context), request.accountId, toPage(request));
      return { blockages: listed.items.map(toBlockageMessage), nextPageToken: listed.nextToken };
    },

    async releaseBlockage(request, context) {
      await blockages.release(toCall(context, request), request.id);
      return {};
    },

    async releaseAllBlockages(request, context) {
      await blockages.releaseAll(toCall(context, request), request.accountId);
      return {};
    },

    async settleBlockage(request, context) {
      const reference = await blockages
        .settle(toCall(context, request), request.id, fromPaymentMessage(request.payment))
        .catch(refuseAt({ field: 'payment' }));
      return { reference };
    },
  };
}

/** Makes the message of a blockage. */
function toBlockageMessage(blockage: Blockage) {
  const { createTime, ...told } = blockage;
  return create(BlockageSchema, { ...told, createTime: timestampFromDate(createTime) });
}
