import type { ServiceImpl } from '@connectrpc/connect';
import type { KeyService } from '../../gen/ledger/v1/key_service_pb.js';
import type { ApiKeys } from '../domain/ledger.ts';
import { coercePageSize } from '../domain/page.ts';
import type { ToCall } from './call.ts';
import { toAnsweredKey, toKeyMessage, toKeyRequest, toRotation } from './key-message.ts';

/** Creates the implementation of ledger.v1.KeyService. */
export function createKeyService(apiKeys: ApiKeys, toCall: ToCall): ServiceImpl<typeof KeyService> {
  return {
    async createKey(request, context) {
      return toAnsweredKey(await apiKeys.create(toCall(context, request), toKeyRequest(request)));
    },

    async listKeys(request, context) {
      const page = { size: coercePageSize(request.pageSize), token: request.pageToken };
      const { items, nextToken } = await apiKeys.list(toCall(context), page);
      return { keys: items.map(toKeyMessage), nextPageToken: nextToken };
    },

    async getKey(request, context) {
      return { key: toKeyMessage(await apiKeys.get(toCall(context), request.id)) };
    },

    async rotateKey(request, context) {
      const rotation = toRotation(request);
      return toAnsweredKey(await apiKeys.rotate(toCall(context, request), request.id, rotation));
    },

    async revokeKey(request, context) {
      return { key: toKeyMessage(await apiKeys.revoke(toCall(context, request), request.id)) };
    },
  };
}
