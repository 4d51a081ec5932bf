import type { ClientSession } from 'mongodb';
import type { CreatedKey, Rotation } from '../domain/api-key.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import type { Collections, KeyDocument } from './documents.ts';
import { assertWithin, insertKey, type KeyContext, takeMaker } from './key-creation.ts';
import { matchLive, toRights } from './key-document.ts';
import { generateKeyId } from './key-hash.ts';
import { runTransaction } from './transaction.ts';

/** A key that is to be followed by a second one. */
export interface RotationRequest extends Rotation {
  readonly id: string;
  /** The second key itself; a random one when it is not given. */
  readonly key?: string;
}

/**
 * Makes a second key with the name, the scopes and the limits of a first one. The limits are one and the same: two live keys may
 * not do twice as much.
 *
 * @param caller the key that asks for it, which must have all that it hands out; undefined for an operator
 * @throws LedgerError KEY_NOT_FOUND, KEY_REVOKED, KEY_EXPIRED, KEY_RIGHTS_EXCEEDED, KEY_QUOTA_REACHED, in this order; before them
 * API_KEY_INVALID when the caller's key is revoked
 */
export async function rotateKey(
  { client, collections }: KeyContext,
  deadline: number,
  { id, key, expireTime, graceMs }: RotationRequest,
  caller?: Call,
): Promise<CreatedKey> {
  return await runTransaction(client, { deadline }, async (session) => {
    const maker = caller && (await takeMaker(collections, session, caller));
    const first = await takeFirst(collections, session, { id, graceMs, tenant: caller?.tenant });
    const rights = { ...toRights(first), ...(expireTime && { expireTime }) };
    if (maker) assertWithin(rights, maker);
    return await insertKey(collections, session, {
      id: generateKeyId(),
      tenant: first.tenant,
      name: first.name,
      rights,
      rotatedFrom: id,
      ...(key !== undefined && { key }),
      ...(caller && { createdBy: caller.actor }),
    });
  });
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
