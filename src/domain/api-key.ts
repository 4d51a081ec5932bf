/** An API key as it is listed: all but the key itself, which is shown once and never kept. */
export interface ApiKey {
  /** The short public id that names the key in lists, logs and the history. */
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly createTime: Date;
  readonly revokeTime?: Date;
}

/** The keys that a team may register itself: 16 to 200 visible ASCII characters. */
export const keyPattern = /^[\x21-\x7e]{16,200}$/;

/** The names of tenants: 1 to 63 lower-case letters, digits and hyphens, beginning with a letter. */
export const tenantPattern = /^[a-z][a-z0-9-]{0,62}$/;

/** The longest name of a key, in code points. */
export const keyNameMax = 100;

/** How long a revoked key may still be accepted, in milliseconds. */
export const revocationDelayMaxMs = 5_000;

/** Who a key lets in. */
export interface Principal {
  readonly tenant: string;
  /** The public id of the key. */
  readonly actor: string;
}

/**
 * Finds the principal of a key; at once where it is known already, and before the deadline, in milliseconds since the epoch.
 * Refused: API_KEY_INVALID.
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
