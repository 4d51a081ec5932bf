import type { ClientSession, MongoClient } from 'mongodb';
import {
  type AnsweredKey,
  type ApiKey,
  type KeyRequest,
  limitsDepthMax,
  liveKeysMax,
} from '../domain/api-key.ts';
import { deriveRights, findExcess, type KeyRights } from '../domain/key-rights.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import type { StoreContext } from './context.ts';
import type { Collections, KeyDocument } from './documents.ts';
import { fromKeyDocument, matchLive, toRights } from './key-document.ts';
import { generateKey, generateKeyId, hashKey } from './key-hash.ts';
import { type RequestContent, runOnce } from './request.ts';

/** What keys are written with. */
export interface KeyContext {
  readonly client: MongoClient;
  readonly collections: Pick<Collections, 'keys' | 'tenants'>;
}

/** A key to keep. */
export interface NewKey {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  /** The key itself. */
  readonly key: string;
  readonly rights: KeyRights;
  readonly createdBy?: string;
  readonly rotatedFrom?: string;
}

/**
 * Makes a key in the tenant of the caller's, within its rights as the database has them.
 *
 * @throws LedgerError REQUEST_ID_REUSED, API_KEY_INVALID when the caller's key is revoked, KEY_RIGHTS_EXCEEDED, KEY_QUOTA_REACHED
 */
export async function createKeyByKey(
  context: StoreContext,
  call: Call,
  { name, ...request }: KeyRequest,
): Promise<AnsweredKey> {
  const content = { name, ...request, expireTime: request.expireTime?.getTime() };
  return await answerKeyOnce(context, call, { verb: 'CREATE', content }, async (session, key) => {
    const maker = await takeMaker(context.collections, session, call);
    const id = generateKeyId();
    const rights = deriveRights(id, request, maker);
    assertWithin(rights, maker);
    const { tenant, actor: createdBy } = call;
    const made = { id, tenant, name, key, rights, createdBy };
    return await insertKey(context.collections, session, made);
  });
}

/**
 * Has a key be made once for a request id. With the id everything of the key is kept but the key itself, which is not answered again.
 *
 * @param make makes it within a transaction, of the key itself
 */
export async function answerKeyOnce(
  context: StoreContext,
  call: Call,
  request: RequestContent,
  make: (session: ClientSession, key: string) => Promise<ApiKey>,
): Promise<AnsweredKey> {
  const key = generateKey();
  let isReplay = false;
  const onReplay = () => {
    isReplay = true;
    call.onReplay?.();
  };
  const answer = await runOnce(
    context,
    { ...call, onReplay },
    { target: 'keys', ...request },
    async (session) => await make(session, key),
  );
  return isReplay ? answer : { ...answer, key };
}

/**
 * Gives the rights of the key that makes another one. It is written in the same transaction, so that it is either found revoked or
 * its revocation comes afterwards: whoever then lists the keys sees all that it made.
 *
 * @throws LedgerError API_KEY_INVALID when it is revoked or has expired
 */
export async function takeMaker(
  { keys }: Pick<Collections, 'keys'>,
  session: ClientSession,
  { tenant, actor }: Call,
): Promise<KeyRights> {
  const document = await keys.findOneAndUpdate(
    { _id: actor, tenant, ...matchLive(new Date()) },
    { $inc: { made: 1 } },
    { session },
  );
  if (!document) throw new LedgerError('API_KEY_INVALID');
  return toRights(document);
}

/** Refuses to hand out more than is held: KEY_RIGHTS_EXCEEDED. */
export function assertWithin(wanted: KeyRights, held: KeyRights): void {
  const excess = findExcess(wanted, held);
  if (excess) throw new LedgerError('KEY_RIGHTS_EXCEEDED', { excess });
}

/**
 * Keeps a key: its hash, and nothing else of it.
 *
 * @throws LedgerError KEY_QUOTA_REACHED
 */
export async function insertKey(
  { keys }: Pick<Collections, 'keys'>,
  session: ClientSession,
  { id, tenant, name, key, rights, createdBy, rotatedFrom }: NewKey,
): Promise<ApiKey> {
  const { grants, expireTime, limits } = rights;
  const createTime = new Date();
  if (limits.length > limitsDepthMax) {
    const quota = `limits are nested ${limitsDepthMax} deep`;
    throw new LedgerError('KEY_QUOTA_REACHED', { tenant, quota });
  }
  // Two at the same time may both find room for one: the bound is on growth, not a promise.
  const live = await keys.countDocuments(
    { tenant, ...matchLive(createTime) },
    { session, limit: liveKeysMax },
  );
  if (live >= liveKeysMax) {
    const quota = `${liveKeysMax} of the tenant are alive`;
    throw new LedgerError('KEY_QUOTA_REACHED', { tenant, quota });
  }
  const document: KeyDocument = {
    _id: id,
    tenant,
    name,
    hash: hashKey(key),
    createTime,
    scopes: grants,
    ...(limits.length > 0 && { limits }),
    ...(expireTime && { expireTime }),
    ...(createdBy !== undefined && { createdBy }),
    ...(rotatedFrom !== undefined && { rotatedFrom }),
  };
  await keys.insertOne(document, { session });
  return fromKeyDocument(document);
}
