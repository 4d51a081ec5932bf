import type { Grant } from './grant.ts';
import type { KeyRights, RightsRequest } from './key-rights.ts';
import type { Limits } from './limit.ts';

/** An API key as it is listed: all but the key itself, which is shown once and never kept. */
export interface ApiKey extends Limits {
  /** The short public id that names the key in lists, logs and the history. */
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly scopes: readonly Grant[];
  readonly createTime: Date;
  readonly expireTime?: Date;
  readonly revokeTime?: Date;
  /** When it was last used, to the minute. */
  readonly lastUseTime?: Date;
  /** The public id of the key that it was made by; undefined when an operator made it. */
  readonly createdBy?: string;
  /** The public id of the key that it is to follow. */
  readonly rotatedFrom?: string;
}

/** A key that was made: the only moment at which the key itself is known. */
export interface CreatedKey extends ApiKey {
  readonly key: string;
}

/** A key that a call made, or, under the request id of an earlier call, that was made then: of that the key itself is not known. */
export type AnsweredKey = ApiKey & Partial<Pick<CreatedKey, 'key'>>;

/** A key to make. */
export interface KeyRequest extends RightsRequest {
  readonly name: string;
}

/** How a key is followed by a second one with the same rights. */
export interface Rotation {
  /** When the second key expires; undefined for when the first one does. */
  readonly expireTime?: Date;
  /** How long the first key goes on, in milliseconds; undefined for as long as it would have. */
  readonly graceMs?: number;
}

/** The keys that a team may register itself: 16 to 200 visible ASCII characters. */
export const keyPattern = /^[\x21-\x7e]{16,200}$/;

/** The longest name of a key, in code points. */
export const keyNameMax = 100;

/** How many keys of a tenant can be alive at once, neither revoked nor expired. */
export const liveKeysMax = 1_000;

/** How many keys, one made by the other, can have limits of their own. */
export const limitsDepthMax = 10;

/** How long a revoked key, or one of a suspended tenant, may still be accepted, in milliseconds. */
export const revocationDelayMaxMs = 5_000;

/** Who a key lets in, and what it may do. */
export interface Principal extends Pick<KeyRights, 'grants' | 'limits'> {
  readonly tenant: string;
  /** The public id of the key. */
  readonly actor: string;
}

/**
 * Finds the principal of a key; at once where it is known already, and before the deadline, in milliseconds since the epoch.
 * Refused: API_KEY_INVALID, TENANT_SUSPENDED.
 */
export type Authenticate = (
  key: string | undefined,
  deadline: number,
) => Principal | Promise<Principal>;

/** Takes the key from where clients put it: the header x-api-key, or Authorization: Bearer (wire contract, section 1). */
export function keyFromHeaders(
  apiKey: string | null | undefined,
  authorization: string | null | undefined,
): string | undefined {
  return apiKey || (authorization ? /^Bearer +(\S+)$/i.exec(authorization)?.[1] : undefined);
}
