import { create } from '@bufbuild/protobuf';
import {
  type Duration,
  durationMs,
  type Timestamp,
  timestampDate,
  timestampFromDate,
} from '@bufbuild/protobuf/wkt';
import { KeySchema } from '../../gen/ledger/v1/key_pb.js';
import type { CreateKeyRequest, RotateKeyRequest } from '../../gen/ledger/v1/key_service_pb.js';
import type { AnsweredKey, ApiKey, KeyRequest, Rotation } from '../domain/api-key.ts';
import { isGrant } from '../domain/grant.ts';

/** Makes the message of a key. */
export function toKeyMessage(key: ApiKey) {
  const { expireTime, revokeTime, lastUseTime } = key;
  return create(KeySchema, {
    id: key.id,
    name: key.name,
    scopes: [...key.scopes],
    ratePerSecond: key.ratePerSecond ?? 0,
    concurrency: key.concurrency ?? 0,
    createTime: timestampFromDate(key.createTime),
    ...(expireTime && { expireTime: timestampFromDate(expireTime) }),
    ...(revokeTime && { revokeTime: timestampFromDate(revokeTime) }),
    ...(lastUseTime && { lastUseTime: timestampFromDate(lastUseTime) }),
    createdBy: key.createdBy ?? '',
    rotatedFrom: key.rotatedFrom ?? '',
  });
}

/** Makes the answer of a call that made a key: the only one that shows it; a replay does not. */
export function toAnsweredKey(answered: AnsweredKey) {
  return { key: toKeyMessage(answered), secret: answered.key ?? '' };
}

/** Makes what is asked for of its message. The validation has seen to it that its scopes can be given. */
export function toKeyRequest(message: CreateKeyRequest): KeyRequest {
  const { name, scopes, expireTime, ratePerSecond, concurrency } = message;
  return {
    name,
    scopes: scopes.filter(isGrant),
    ...toExpiry(expireTime),
    ...(ratePerSecond > 0 && { ratePerSecond }),
    ...(concurrency > 0 && { concurrency }),
  };
}

/** Makes what is asked for of its message. */
export function toRotation({ expireTime, grace }: RotateKeyRequest): Rotation {
  return { ...toExpiry(expireTime), ...toGrace(grace) };
}

function toExpiry(expireTime: Timestamp | undefined) {
  return expireTime && { expireTime: timestampDate(expireTime) };
}

function toGrace(grace: Duration | undefined) {
  return grace && { graceMs: durationMs(grace) };
}
