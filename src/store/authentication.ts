import { LRUCache } from 'lru-cache';
import { type Authenticate, type Principal, revocationDelayMaxMs } from '../domain/api-key.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { settleBefore } from './bounded.ts';
import type { Collections } from './documents.ts';
import { hashKey } from './key-hash.ts';
import type { Reachability } from './reachability.ts';

/** How many keys are remembered. */
const rememberedMax = 10_000;

/** How long a look-up may take, in milliseconds. */
const lookUpTimeMaxMs = 5_000;

/** How long a key is remembered from the beginning of its look-up on, in milliseconds. */
const rememberedMs = revocationDelayMaxMs - 1_000;

/** Creates the authentication by API key. A key that was looked up is remembered for four seconds, so that it costs a hash. */
export function createAuthentication(
  { keys }: Pick<Collections, 'keys'>,
  reachability: Reachability,
): Authenticate {
  const remembered = new LRUCache<string, Principal>({ max: rememberedMax, ttl: rememberedMs });
  const underWay = new Map<string, Promise<Principal>>();

  /** Looks a key up; calls with the same key that come meanwhile share the look-up. */
  function lookUp(hash: string): Promise<Principal> {
    const shared = underWay.get(hash) ?? find(hash).finally(() => underWay.delete(hash));
    underWay.set(hash, shared);
    return shared;
  }

  async function find(hash: string): Promise<Principal> {
    const start = performance.now();
    const document = await keys.findOne(
      { hash, revokeTime: { $exists: false } },
      { maxTimeMS: lookUpTimeMaxMs },
    );
    if (!document) throw new LedgerError('API_KEY_INVALID');
    const principal = { tenant: document.tenant, actor: document._id };
    remembered.set(hash, principal, { start });
    return principal;
  }

  return (key, deadline) => {
    if (key === undefined) throw new LedgerError('API_KEY_INVALID');
    const hash = hashKey(key);
    const principal = remembered.get(hash);
    if (principal) return principal;
    const lookUpDeadline = Math.min(deadline, Date.now() + lookUpTimeMaxMs);
    return settleBefore(lookUpDeadline, reachability, lookUp(hash));
  };
}
