import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type AnsweredKey,
  type CreatedKey,
  type KeyRequest,
  liveKeysMax,
} from '../../src/domain/api-key.ts';
import type { Grant } from '../../src/domain/grant.ts';
import { isLedgerError } from '../../src/domain/ledger-error.ts';
import type { OperatorKeyRequest } from '../../src/store/keys.ts';
import { createCall, openTestStore, type TestStore } from '../support/database.ts';
import { openStoresBeside } from '../support/stores.ts';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

/** Makes a key as an operator. */
async function createKey(request: Partial<OperatorKeyRequest> = {}): Promise<CreatedKey> {
  const created = await test.store.keys.create({ tenant: 'acme', name: 'a key', ...request });
  if (!created) throw new Error('the key exists already');
  return created;
}

const callOf = ({ tenant, id }: CreatedKey) => createCall({ tenant, actor: id });
const keyRequest = (request: Partial<KeyRequest> = {}): KeyRequest => ({
  name: 'made',
  scopes: ['keys:write'],
  ...request,
});
const shown = ({ key, ...told }: AnsweredKey): CreatedKey => {
  if (key === undefined) throw new Error('the key itself was not shown');
  return { ...told, key };
};
const make = async (by: CreatedKey, request: Partial<KeyRequest> = {}) =>
  shown(await test.store.apiKeys.create(callOf(by), keyRequest(request)));
const rotate = async (by: CreatedKey, id: string, rotation = {}) =>
  shown(await test.store.apiKeys.rotate(callOf(by), id, rotation));
const authenticate = async ({ key }: CreatedKey) =>
  await test.store.authenticate(key, Date.now() + 5_000);

const exceeded = (excess: string) => ({ reason: 'KEY_RIGHTS_EXCEEDED', metadata: { excess } });
const start = Date.now();
const hour = (count: number) => new Date(start + count * 3_600_000);

/** The keys of a tenant as they are kept, but for what is counted. */
async function readKeys(tenant: string) {
  const options = { projection: { made: 0, lastUseTime: 0 } };
  return await test.collections.keys.find({ tenant }, options).sort({ _id: 1 }).toArray();
}

describe('a key that is made by a key', () => {
  it('lets in the same tenant, with what it was given and no more', async () => {
    const maker = await createKey({ scopes: ['customers:*', 'keys:write'] });
    const made = await make(maker, { scopes: ['customers:read'] });
    expect(made).toEqual({
      id: expect.stringMatching(/^key_[0-9a-f]{12}$/),
      tenant: 'acme',
      name: 'made',
      scopes: ['customers:read'],
      createTime: expect.any(Date),
      createdBy: maker.id,
      key: expect.stringMatching(/^lk_[\w-]{43}$/),
    });
    expect(await authenticate(made)).toEqual({
      tenant: 'acme',
      actor: made.id,
      grants: ['customers:read'],
      limits: [],
    });
    const text = JSON.stringify(await test.collections.keys.find().toArray());
    expect(text).not.toContain(made.key.slice(3));
  });

  it.each<[string, Partial<OperatorKeyRequest>, Partial<KeyRequest>]>([
    ['scopes', { scopes: ['keys:write', 'customers:read'] }, { scopes: ['customers:write'] }],
    ['scopes', { scopes: ['keys:write', 'customers:read'] }, { scopes: ['*'] }],
    ['scopes', { scopes: ['keys:write', 'customers:read'] }, { scopes: ['keys:*'] }],
    ['expiry', { expireTime: hour(2) }, { expireTime: hour(3) }],
    ['limits', { ratePerSecond: 5 }, { ratePerSecond: 6 }],
    ['limits', { concurrency: 5 }, { concurrency: 6 }],
  ])('is refused when it would have more in %s: %j makes %j', async (excess, having, wanted) => {
    const maker = await createKey(having);
    const before = await readKeys('acme');
    await expect(make(maker, wanted)).rejects.toMatchObject(exceeded(excess));
    expect(await readKeys('acme')).toEqual(before);
  });

  it('expires with its maker and keeps its limits together with it', async () => {
    const maker = await createKey({ expireTime: hour(2), ratePerSecond: 9, concurrency: 3 });
    const made = await make(maker, { ratePerSecond: 2 });
    expect(made).toMatchObject({ expireTime: hour(2), ratePerSecond: 2, concurrency: 3 });
    const second = await make(made);
    expect(second).toMatchObject({ expireTime: hour(2), ratePerSecond: 2, concurrency: 3 });
    expect(await authenticate(second)).toMatchObject({
      limits: [
        { holder: maker.id, ratePerSecond: 9, concurrency: 3 },
        { holder: made.id, ratePerSecond: 2 },
      ],
    });
  });

  it('has limits of its own no deeper than ten', async () => {
    let key = await createKey({ ratePerSecond: 100 });
    for (let depth = 1; depth < 10; depth += 1) {
      key = await make(key, { ratePerSecond: 100 - depth });
    }
    await expect(make(key, { concurrency: 1 })).rejects.toMatchObject({
      reason: 'KEY_QUOTA_REACHED',
    });
    await expect(make(key)).resolves.toMatchObject({ ratePerSecond: 91 });
  });
});

describe('a tenant', () => {
  it('has a thousand live keys at the most; those that are revoked or have expired do not count', async () => {
    const maker = await createKey({ tenant: 'crowd' });
    const createTime = new Date();
    const others = Array.from({ length: liveKeysMax + 100 }, (_, index) => ({
      _id: `key_crowd_${index}`,
      tenant: 'crowd',
      name: '',
      hash: `crowd-${index}`,
      createTime,
      // The last of them leave no room but for one.
      ...(index < 50 && { revokeTime: createTime }),
      ...(index >= 50 && index < 102 && { expireTime: createTime }),
    }));
    await test.collections.keys.insertMany(others);
    const made = await make(maker);
    const full = { reason: 'KEY_QUOTA_REACHED', metadata: { tenant: 'crowd' } };
    await expect(make(maker)).rejects.toMatchObject(full);
    await expect(rotate(maker, made.id)).rejects.toMatchObject(full);
    await expect(createKey({ tenant: 'crowd' })).rejects.toMatchObject(full);
    await test.store.apiKeys.revoke(callOf(maker), made.id);
    await expect(make(maker)).resolves.toBeDefined();
  });
});

describe('a rotation', () => {
  it('makes a second key of the same rights, and both are alive', async () => {
    const scopes: Grant[] = ['customers:read', 'keys:write'];
    const first = await createKey({ name: 'of two', scopes, expireTime: hour(2), concurrency: 4 });
    const second = await rotate(first, first.id);
    expect(second).toMatchObject({
      tenant: 'acme',
      name: 'of two',
      scopes,
      expireTime: hour(2),
      concurrency: 4,
      rotatedFrom: first.id,
      createdBy: first.id,
    });
    expect(second.key).not.toBe(first.key);
    const [one, two] = [await authenticate(first), await authenticate(second)];
    expect(two).toEqual({ ...one, actor: second.id });
    // They have the limit once, not each.
    expect(two.limits).toEqual([{ holder: first.id, concurrency: 4 }]);
    expect(await test.store.apiKeys.get(callOf(first), first.id)).toMatchObject({
      expireTime: hour(2),
    });
  });

  it('ends the first key with the grace, and never later than it would have ended', async () => {
    const maker = await createKey();
    const endless = await make(maker);
    await rotate(maker, endless.id, { graceMs: 3_600_000 });
    const { expireTime } = await test.store.apiKeys.get(callOf(maker), endless.id);
    const leftMs = (expireTime?.getTime() ?? 0) - Date.now();
    expect(leftMs).toBeGreaterThan(3_500_000);
    expect(leftMs).toBeLessThanOrEqual(3_600_000);

    const ending = await make(maker, { expireTime: hour(2) });
    const second = await rotate(maker, ending.id, { graceMs: 86_400_000 });
    expect(second).toMatchObject({ expireTime: hour(2) });
    expect(await test.store.apiKeys.get(callOf(maker), ending.id)).toMatchObject({
      expireTime: hour(2),
    });

    const atOnce = await make(maker);
    const follower = await rotate(maker, atOnce.id, { graceMs: 0 });
    expect(follower.expireTime).toBeUndefined();
    await expect(authenticate(atOnce)).rejects.toMatchObject({ reason: 'API_KEY_INVALID' });
    expect(await authenticate(follower)).toMatchObject({ actor: follower.id });
  });

  it('gives the second key another end when it is told one', async () => {
    const maker = await createKey();
    const first = await make(maker, { expireTime: hour(2) });
    expect(await rotate(maker, first.id, { expireTime: hour(48) })).toMatchObject({
      expireTime: hour(48),
    });
  });

  it.each<[string, Partial<OperatorKeyRequest>, Partial<OperatorKeyRequest>]>([
    ['scopes', { scopes: ['keys:*'] }, {}],
    ['scopes', { scopes: ['keys:write'] }, { scopes: ['keys:write', 'customers:read'] }],
    ['expiry', { expireTime: hour(2) }, {}],
    ['expiry', { expireTime: hour(2) }, { expireTime: hour(3) }],
    ['limits', { ratePerSecond: 10 }, {}],
    // The like of a limit is another one: with both, twice as much could be done.
    ['limits', { ratePerSecond: 10 }, { ratePerSecond: 10 }],
  ])('of a key that has more in %s is refused: %j rotates %j', async (excess, having, target) => {
    const caller = await createKey(having);
    const { id } = await createKey(target);
    const before = await readKeys('acme');
    await expect(rotate(caller, id, { graceMs: 0 })).rejects.toMatchObject(exceeded(excess));
    expect(await readKeys('acme')).toEqual(before);
  });

  it('cannot prolong the life of the caller’s key', async () => {
    const caller = await createKey({ expireTime: hour(2) });
    await expect(rotate(caller, caller.id, { expireTime: hour(3) })).rejects.toMatchObject(
      exceeded('expiry'),
    );
    const endless = await createKey();
    await expect(rotate(caller, endless.id, { expireTime: hour(1) })).resolves.toMatchObject({
      expireTime: hour(1),
    });
  });

  it('of a key that is revoked, has expired or is none is refused', async () => {
    const caller = await createKey();
    const revoked = await make(caller);
    await test.store.apiKeys.revoke(callOf(caller), revoked.id);
    const expired = await createKey({ expireTime: new Date(0) });
    const foreign = await createKey({ tenant: 'other' });
    for (const [id, reason] of [
      [revoked.id, 'KEY_REVOKED'],
      [expired.id, 'KEY_EXPIRED'],
      ['key_000000000000', 'KEY_NOT_FOUND'],
      [foreign.id, 'KEY_NOT_FOUND'],
    ] as const) {
      await expect(rotate(caller, id)).rejects.toMatchObject({ reason, metadata: { keyId: id } });
    }
    expect(await test.collections.keys.countDocuments({ rotatedFrom: foreign.id })).toBe(0);
  });

  it('by an operator gives every right of the first key, and a key that is brought along', async () => {
    const first = await createKey({ expireTime: hour(2), ratePerSecond: 7 });
    const { keys } = test.store;
    const key = 'a-second-key-that-is-brought-along';
    const second = await keys.rotate({ id: first.id, key, graceMs: 60_000 });
    expect(second).toMatchObject({ rotatedFrom: first.id, ratePerSecond: 7, expireTime: hour(2) });
    expect(second).not.toHaveProperty('createdBy');
    expect(await test.store.authenticate(key, Date.now() + 5_000)).toMatchObject({
      actor: second?.id,
      limits: [{ holder: first.id, ratePerSecond: 7 }],
    });
    const before = await readKeys('acme');
    expect(await keys.rotate({ id: first.id, key, graceMs: 0 })).toBeUndefined();
    await expect(keys.rotate({ id: 'key_none' })).rejects.toMatchObject({
      reason: 'KEY_NOT_FOUND',
    });
    expect(await readKeys('acme')).toEqual(before);
  });
});

describe('a revocation', () => {
  it('is for ever, told once, and leaves what the key made', async () => {
    const maker = await createKey();
    const made = await make(maker);
    const revoked = await test.store.apiKeys.revoke(callOf(made), maker.id);
    expect(revoked).toMatchObject({ id: maker.id, revokeTime: expect.any(Date) });
    await expect(test.store.apiKeys.revoke(callOf(made), maker.id)).rejects.toMatchObject({
      reason: 'KEY_REVOKED',
    });
    await expect(authenticate(maker)).rejects.toMatchObject({ reason: 'API_KEY_INVALID' });
    expect(await authenticate(made)).toMatchObject({ actor: made.id });
    const again = await test.store.apiKeys.get(callOf(made), maker.id);
    expect(again.revokeTime).toEqual(revoked.revokeTime);
  });

  it('of a key of another tenant, or of none, is refused alike', async () => {
    const caller = await createKey();
    const foreign = await createKey({ tenant: 'other' });
    for (const id of [foreign.id, 'key_000000000000']) {
      for (const call of [test.store.apiKeys.revoke, test.store.apiKeys.get]) {
        await expect(call(callOf(caller), id)).rejects.toMatchObject({
          reason: 'KEY_NOT_FOUND',
          metadata: { keyId: id },
        });
      }
    }
    expect(await authenticate(foreign)).toMatchObject({ actor: foreign.id });
  });

  it('ends what a key can make, also while it is still let in', async () => {
    const maker = await createKey();
    const first = await make(maker);
    await test.store.keys.revoke(maker.id);
    const before = await readKeys('acme');
    for (const call of [() => make(maker), () => rotate(maker, first.id)]) {
      await expect(call()).rejects.toMatchObject({ reason: 'API_KEY_INVALID' });
    }
    expect(await readKeys('acme')).toEqual(before);
  });

  it('is overtaken by no key, in any race: whoever lists the keys after it sees all that it made', async () => {
    const stores = await openStoresBeside(test, 3);
    let refused = 0;
    for (let round = 0; round < 25; round += 1) {
      const tenant = `race-${round}`;
      const maker = await createKey({ tenant });
      const made = Promise.all(
        Array.from({ length: 12 }, async (_, index) => {
          const { apiKeys } = stores.next();
          const call = callOf(maker);
          const task =
            index % 2 === 0
              ? apiKeys.create(call, keyRequest())
              : apiKeys.rotate(call, maker.id, {});
          return await task.catch((error: unknown) => {
            if (isLedgerError(error, 'API_KEY_INVALID')) refused += 1;
            else if (!isLedgerError(error, 'WRITE_CONFLICT')) throw error;
          });
        }),
      );
      await vi.waitUntil(
        async () => (await test.collections.keys.countDocuments({ tenant })) > 1 + (round % 4),
        { timeout: 10_000, interval: 1 },
      );
      await stores.next().keys.revoke(maker.id);
      const seen = await readKeys(tenant);
      await made;
      expect(await readKeys(tenant)).toEqual(seen);
    }
    // Otherwise there was no race.
    expect(refused).toBeGreaterThan(0);
    await stores.close();
  });
});

describe('a list of keys', () => {
  it('is of the tenant alone, oldest first, page by page, also where several are of one moment', async () => {
    const caller = await createKey({ tenant: 'listed' });
    await createKey({ tenant: 'other' });
    const time = Date.now() + 1_000;
    // In an order that is neither that of their ids nor that of their moments.
    const rows = ['e', 'a', 'd', 'b', 'c', 'f', '9'].map((letter, index) => ({
      _id: `key_${letter.repeat(12)}`,
      tenant: 'listed',
      name: letter,
      hash: `listed-${letter}`,
      createTime: new Date(time + (index % 3)),
    }));
    await test.collections.keys.insertMany(rows);
    const sorted = rows.toSorted(
      (a, b) => a.createTime.getTime() - b.createTime.getTime() || (a._id < b._id ? -1 : 1),
    );
    const expected = [caller.id, ...sorted.map(({ _id }) => _id)];
    for (const size of [1, 2, 3, 8, 100]) {
      const listed: string[] = [];
      let token = '';
      do {
        const page = await test.store.apiKeys.list(callOf(caller), { size, token });
        expect(page.items.length).toBeLessThanOrEqual(size);
        listed.push(...page.items.map(({ id }) => id));
        token = page.nextToken;
      } while (token !== '');
      expect({ size, listed }).toEqual({ size, listed: expected });
    }
    const { items } = await test.store.apiKeys.list(callOf(caller), { size: 3, offset: 2 });
    expect(items.map(({ id }) => id)).toEqual(expected.slice(2, 5));
  });

  it('has tokens that are of no other list and no other tenant', async () => {
    const caller = await createKey({ tenant: 'tokens' });
    await make(caller);
    const { nextToken } = await test.store.apiKeys.list(callOf(caller), { size: 1, token: '' });
    const other = createCall({ tenant: 'acme' });
    const page = { size: 1, token: nextToken };
    const invalid = { reason: 'PAGE_TOKEN_INVALID' };
    await expect(test.store.apiKeys.list(other, page)).rejects.toMatchObject(invalid);
    await expect(test.store.customers.list(callOf(caller), {}, page)).rejects.toMatchObject(
      invalid,
    );
    for (const token of [nextToken.slice(0, -1), `${nextToken}A`, 'nope', 'A'.repeat(16)]) {
      const altered = test.store.apiKeys.list(callOf(caller), { size: 1, token });
      await expect(altered).rejects.toMatchObject(invalid);
    }
  });
});
