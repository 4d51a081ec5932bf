import type { ClientSession } from 'mongodb';
import type { AnsweredKey, ApiKey, Rotation } from '../domain/api-key.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import type { StoreContext } from './context.ts';
import type { Collections, KeyDocument } from './documents.ts';
import {
  answerKeyOnce,
  assertWithin,
  insertKey,
  type KeyContext,
  takeMaker,
} from './key-creation.ts';
import { matchLive, toRights } from './key-document.ts';
import { generateKeyId } from './key-hash.ts';

/** A key that is to be followed by a second one. */
export interface RotationRequest extends Rotation {
  readonly id: string;
  /** The second key itself. */
  readonly key: string;
}

/**
 * Makes a second key with the name, the scopes and the limits of a first one, within a transaction. The limits are one and the same:
 * two live keys may not do twice as much.
 *
 * @param caller the key that asks for it, which must have all that it hands out; undefined for an operator
 * @throws LedgerError KEY_NOT_FOUND, KEY_REVOKED, KEY_EXPIRED, KEY_RIGHTS_EXCEEDED, KEY_QUOTA_REACHED, in this order; before them
 * API_KEY_INVALID when the caller's key is revoked
 */
export async function rotateKey(
  collections: KeyContext['collections'],
  session: ClientSession,
  { id, key, expireTime, graceMs }: RotationRequest,
  caller?: Call,
): Promise<ApiKey> {
  const maker = caller && (await takeMaker(collections, session, caller));
  const first = await takeFirst(collections, session, { id, graceMs, tenant: caller?.tenant });
  const rights = { ...toRights(first), ...(expireTime && { expireTime }) };
  if (maker) assertWithin(rights, maker);
  return await insertKey(collections, session, {
    id: generateKeyId(),
    tenant: first.tenant,
    name: first.name,
    key,
    rights,
    rotatedFrom: id,
    ...(caller && { createdBy: caller.actor }),
  });
}

/**
 * Makes a second key as a key of the tenant asks for it, once for a request id.
 *
 * @throws LedgerError REQUEST_ID_REUSED, and as rotateKey does
 */
export async function rotateKeyByKey(
  context: StoreContext,
  call: Call,
  rotation: Omit<RotationRequest, 'key'>,
): Promise<AnsweredKey> {
  const content = { ...rotation, expireTime: rotation.expireTime?.getTime() };
  const request = { verb: 'ROTATE', content };
  return await answerKeyOnce(
    context,
    call,
    request,
    async (session, key) =>
      await rotateKey(context.collections, session, { ...rotation, key }, call),
  );
}

/** Gives the first key as it was, and shortens its life to the grace. It is written, so that its revocation is not overtaken. */
async function takeFirst(
  { keys }: Pick<Collections, 'keys'>,
  session: ClientSession,
  first: { id: string; graceMs: number | undefined; tenant: string | undefined },
): Promise<KeyDocument> {
  const now = new Date();
  const one = { _id: first.id, ...(first.tenant !== undefined && { tenant: first.tenant }) };
  const document = await keys.findOneAndUpdate(
    { ...one, ...matchLive(now) },
    {
      $inc: { made: 1 },
      ...(first.graceMs !== undefined && {
        $min: { expireTime: new Date(now.getTime() + first.graceMs) },
      }),
    },
    { session, returnDocument: 'before' },
  );
  if (document) return document;
  const keyId = first.id;
  const dead = await keys.findOne(one, { session });
  if (!dead) throw new LedgerError('KEY_NOT_FOUND', { keyId });
  throw new LedgerError(dead.revokeTime ? 'KEY_REVOKED' : 'KEY_EXPIRED', { keyId });
}
