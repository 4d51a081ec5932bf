import { LRUCache } from 'lru-cache';
import { type Authenticate, type Principal, revocationDelayMaxMs } from '../domain/api-key.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { settleBefore } from './bounded.ts';
import type { Collections } from './documents.ts';
import { matchLive, toRights } from './key-document.ts';
import { hashKey } from './key-hash.ts';
import { createKeyUse } from './key-use.ts';
import type { Reachability } from './reachability.ts';

/** How many keys are remembered. */
const rememberedMax = 10_000;

/** How long a look-up may take, in milliseconds. */
const lookUpTimeMaxMs = 5_000;

/** How long a key is remembered from the beginning of its look-up on, in milliseconds. */
const rememberedMs = revocationDelayMaxMs - 1_000;

/** A key that was looked up. */
interface Remembered {
  readonly principal: Principal;
  /** When it expires, in milliseconds since the epoch; infinity when it does not. */
  readonly expireTimeMs: number;
}

/** What a look-up has found, and when it began. */
interface LookedUp {
  readonly principal: Principal;
  readonly start: number;
}

/**
 * Creates the authentication by API key. A key that was looked up is remembered for four seconds, so that it costs a hash. Within
 * them it may be revoked, its tenant suspended; that it expires is seen at once.
 */
export function createAuthentication(
  { keys, tenants }: Pick<Collections, 'keys' | 'tenants'>,
  reachability: Reachability,
  { keysMax = rememberedMax } = {},
): Authenticate {
  const remembered = new LRUCache<string, Remembered>({ max: keysMax, ttl: rememberedMs });
  const underWay = new Map<string, Promise<LookedUp>>();
  const noteUse = createKeyUse({ keys });

  /**
   * Looks a key up; calls with the same key that come meanwhile share the look-up. One that the database has kept waiting for longer
   * than a key is remembered lets nobody in: the key may have been revoked since it was read.
   */
  async function lookUp(hash: string, deadline: number): Promise<Principal> {
    do {
      const shared = underWay.get(hash) ?? find(hash).finally(() => underWay.delete(hash));
      underWay.set(hash, shared);
      const { principal, start } = await shared;
      if (performance.now() - start < rememberedMs) return principal;
    } while (Date.now() < deadline);
    throw new LedgerError('DEADLINE_EXCEEDED');
  }

  async function find(hash: string): Promise<LookedUp> {
    const start = performance.now();
    const options = { maxTimeMS: lookUpTimeMaxMs };
    const key = await keys.findOne({ hash, ...matchLive(new Date()) }, options);
    if (!key) throw new LedgerError('API_KEY_INVALID');
    const tenant = await tenants.findOne({ _id: key.tenant }, options);
    if (tenant?.suspendTime) throw new LedgerError('TENANT_SUSPENDED');
    const { grants, limits, expireTime } = toRights(key);
    const principal = { tenant: key.tenant, actor: key._id, grants, limits };
    const expireTimeMs = expireTime?.getTime() ?? Number.POSITIVE_INFINITY;
    remembered.set(hash, { principal, expireTimeMs }, { start });
    noteUse(key._id);
    return { principal, start };
  }

  return (key, deadline) => {
    if (key === undefined) throw new LedgerError('API_KEY_INVALID');
    const hash = hashKey(key);
    const known = remembered.get(hash);
    if (known && Date.now() < known.expireTimeMs) return known.principal;
    const lookUpDeadline = Math.min(deadline, Date.now() + lookUpTimeMaxMs);
    return settleBefore(lookUpDeadline, reachability, lookUp(hash, lookUpDeadline));
  };
}
