import type { ClientSession, Collection, Filter } from 'mongodb';
import type { ApiKey } from '../domain/api-key.ts';
import type { ApiKeys, Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import type { Page } from '../domain/page.ts';
import { boundsOf, remainingMs, type StoreContext } from './context.ts';
import type { KeyDocument } from './documents.ts';
import { createKeyByKey } from './key-creation.ts';
import { fromKeyDocument } from './key-document.ts';
import { rotateKeyByKey } from './key-rotation.ts';
import { createPageToken, parsePageToken, rowsToFind } from './page-token.ts';
import { runOnce } from './request.ts';

/** Creates the part of the store that serves keys to keys of the same tenant. */
export function createApiKeys(context: StoreContext): ApiKeys {
  const { keys } = context.collections;

  /** Runs what writes the caller's key behind what writes it already, since the transactions would conflict. */
  const inTurn = <T>({ actor }: Call, task: () => Promise<T>) => context.lanes([actor], task);

  return {
    create: async (call, request) =>
      await inTurn(call, () => createKeyByKey(context, call, request)),

    rotate: async (call, id, rotation) =>
      await inTurn(call, () => rotateKeyByKey(context, call, { id, ...rotation })),

    async list(call, page) {
      const identity = { tenant: call.tenant, list: 'keys', filter: {} };
      const documents = await keys
        .find({ tenant: call.tenant, ...toPosition(identity, page) })
        .sort({ createTime: 1, _id: 1 })
        .skip('offset' in page ? page.offset : 0)
        .limit(rowsToFind(page))
        .maxTimeMS(remainingMs(call))
        .toArray();
      const rows = documents.slice(0, page.size);
      const last = documents.length > page.size ? rows.at(-1) : undefined;
      return {
        items: rows.map(fromKeyDocument),
        nextToken: last ? createPageToken(identity, fromRow(last)) : '',
      };
    },

    async get(call, keyId) {
      const found = await keys.findOne(
        { _id: keyId, tenant: call.tenant },
        { maxTimeMS: remainingMs(call) },
      );
      if (!found) throw new LedgerError('KEY_NOT_FOUND', { keyId });
      return fromKeyDocument(found);
    },

    async revoke(call, keyId) {
      if (call.intent?.requestId === undefined) return await revokeKey(keys, call, keyId);
      const request = { target: 'keys', verb: 'REVOKE', content: { keyId } } as const;
      return await runOnce(
        context,
        call,
        request,
        async (session) => await revokeKey(keys, call, keyId, session),
      );
    },
  };
}

async function revokeKey(
  keys: Collection<KeyDocument>,
  call: Call,
  keyId: string,
  session?: ClientSession,
): Promise<ApiKey> {
  const one = { _id: keyId, tenant: call.tenant };
  const options = boundsOf(call, session);
  const revoked = await keys.findOneAndUpdate(
    { ...one, revokeTime: { $exists: false } },
    { $set: { revokeTime: new Date() } },
    { ...options, returnDocument: 'after' },
  );
  if (revoked) return fromKeyDocument(revoked);
  const isRevoked = await keys.findOne(one, options);
  throw new LedgerError(isRevoked ? 'KEY_REVOKED' : 'KEY_NOT_FOUND', { keyId });
}

/** The position of a key in a list, oldest first: when it was made, and its id. */
function fromRow({ createTime, _id }: KeyDocument): Buffer {
  return Buffer.from(JSON.stringify([createTime.getTime(), _id]));
}

/** Makes the filter of what is behind a position. */
function toPosition(
  identity: Parameters<typeof parsePageToken>[0],
  page: Page,
): Filter<KeyDocument> {
  const last = 'token' in page ? parsePageToken(identity, page.token) : undefined;
  if (!last) return {};
  const [time, id] = JSON.parse(last.toString()) as [number, string];
  const createTime = new Date(time);
  return { $or: [{ createTime: { $gt: createTime } }, { createTime, _id: { $gt: id } }] };
}
