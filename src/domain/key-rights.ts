import { covers, type Grant } from './grant.ts';
import type { Limits, SharedLimits } from './limit.ts';

/** What a key may do, for how long, and how much at once. */
export interface KeyRights {
  readonly grants: readonly Grant[];
  readonly expireTime?: Date;
  /** Its own limits behind those of the keys that it was made by. All of them hold. */
  readonly limits: readonly SharedLimits[];
}

/** The rights that are asked for a key that is made. What is not asked for is as with the key that makes it. */
export interface RightsRequest extends Limits {
  readonly scopes: readonly Grant[];
  readonly expireTime?: Date;
}

/** What of the rights that are wanted is more than what is held. */
export type Excess = 'scopes' | 'expiry' | 'limits';

/** Gives the rights of the key of this id that is made by another one; by an operator where there is none. */
export function deriveRights(
  id: string,
  request: RightsRequest,
  maker: KeyRights = { grants: ['*'], limits: [] },
): KeyRights {
  const { scopes, ratePerSecond, concurrency, expireTime = maker.expireTime } = request;
  const own = {
    ...(ratePerSecond !== undefined && { ratePerSecond }),
    ...(concurrency !== undefined && { concurrency }),
  };
  const isLimited = ratePerSecond !== undefined || concurrency !== undefined;
  return {
    grants: [...new Set(scopes)],
    ...(expireTime && { expireTime }),
    limits: isLimited ? [...maker.limits, { holder: id, ...own }] : maker.limits,
  };
}

/** Finds what a key that holds some rights must not hand out; undefined when it may hand out all that is wanted. */
export function findExcess(wanted: KeyRights, held: KeyRights): Excess | undefined {
  if (!wanted.grants.every((grant) => covers(held.grants, grant))) return 'scopes';
  if (held.expireTime && !(wanted.expireTime && wanted.expireTime <= held.expireTime)) {
    return 'expiry';
  }
  return areWithin(wanted.limits, held.limits) ? undefined : 'limits';
}

/** Asks whether every limit that is held is kept together with its holder, and no other one promises more. */
function areWithin(wanted: readonly SharedLimits[], held: readonly SharedLimits[]): boolean {
  const has = (limits: readonly SharedLimits[], { holder }: SharedLimits) =>
    limits.some((limit) => limit.holder === holder);
  const { ratePerSecond = Infinity, concurrency = Infinity } = toTightest(held);
  return (
    held.every((limit) => has(wanted, limit)) &&
    wanted
      .filter((limit) => !has(held, limit))
      .every(
        (own) => (own.ratePerSecond ?? 0) <= ratePerSecond && (own.concurrency ?? 0) <= concurrency,
      )
  );
}

/** Gives the limits that a key feels: of those that all hold, the tightest. */
export function toTightest(limits: readonly SharedLimits[]): Limits {
  const rates = limits.flatMap(({ ratePerSecond }) => ratePerSecond ?? []);
  const concurrencies = limits.flatMap(({ concurrency }) => concurrency ?? []);
  return {
    ...(rates.length > 0 && { ratePerSecond: Math.min(...rates) }),
    ...(concurrencies.length > 0 && { concurrency: Math.min(...concurrencies) }),
  };
}
