import type { DescMethod } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel as IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { parseRequestId } from '../domain/request-id.ts';

/** Names the HTTP methods by which a method can be called: Connect reads by GET too, all else is POST. */
export function allowedMethods({ methodKind, idempotency }: DescMethod): readonly string[] {
  const isRead = methodKind === 'unary' && idempotency === IdempotencyLevel.NO_SIDE_EFFECTS;
  return isRead ? ['GET', 'POST'] : ['POST'];
}

/** Answers a call by another HTTP method, and tells which ones are allowed (RFC 9110, section 15.5.6). */
export async function refuseMethod(requestHeader: Headers, allowed: readonly string[]) {
  const header = new Headers({
    allow: allowed.join(', '),
    'x-request-id': parseRequestId(requestHeader.get('x-request-id')),
  });
  return { status: 405, header };
}
