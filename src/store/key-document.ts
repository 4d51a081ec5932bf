import type { Filter } from 'mongodb';
import type { ApiKey } from '../domain/api-key.ts';
import { everything, type Grant } from '../domain/grant.ts';
import { type KeyRights, toTightest } from '../domain/key-rights.ts';
import type { KeyDocument } from './documents.ts';

/** Makes the filter of keys that are neither revoked nor expired at a time. */
export function matchLive(time: Date): Filter<KeyDocument> {
  return { revokeTime: { $exists: false }, expireTime: { $not: { $lte: time } } };
}

/** Gives the rights of a key by its document. A grant that this version does not know gives nothing. */
export function toRights({ scopes, expireTime, limits = [] }: KeyDocument): KeyRights {
  return {
    grants: (scopes as readonly Grant[] | undefined) ?? everything,
    ...(expireTime && { expireTime }),
    limits,
  };
}

/** Makes an API key, as it is listed, of its document. */
export function fromKeyDocument(document: KeyDocument): ApiKey {
  const { _id, tenant, name, createTime, revokeTime, lastUseTime } = document;
  const { createdBy, rotatedFrom } = document;
  const { grants, expireTime, limits } = toRights(document);
  return {
    id: _id,
    tenant,
    name,
    scopes: grants,
    ...toTightest(limits),
    createTime,
    ...(expireTime && { expireTime }),
    ...(revokeTime && { revokeTime }),
    ...(lastUseTime && { lastUseTime }),
    ...(createdBy !== undefined && { createdBy }),
    ...(rotatedFrom !== undefined && { rotatedFrom }),
  };
}
