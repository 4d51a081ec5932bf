import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covers, type Grant, grants } from '../../src/domain/grant.ts';
import {
  deriveRights,
  findExcess,
  type KeyRights,
  type RightsRequest,
  toTightest,
} from '../../src/domain/key-rights.ts';
import { scopes } from '../../src/domain/scope.ts';

const year = (count: number) => new Date(Date.UTC(2030 + count, 0));
const maker: KeyRights = {
  grants: ['customers:*', 'keys:write'],
  expireTime: year(1),
  limits: [{ holder: 'key_maker', ratePerSecond: 10, concurrency: 5 }],
};
const make = (request: Partial<RightsRequest>, by?: KeyRights) =>
  deriveRights('key_made', { scopes: ['customers:read'], ...request }, by);

describe('a key that is made by another one', () => {
  it('expires with it and keeps its limits, unless less is asked for', () => {
    expect(make({}, maker)).toEqual({
      grants: ['customers:read'],
      expireTime: year(1),
      limits: maker.limits,
    });
    expect(make({ expireTime: year(0), ratePerSecond: 3 }, maker)).toEqual({
      grants: ['customers:read'],
      expireTime: year(0),
      limits: [...maker.limits, { holder: 'key_made', ratePerSecond: 3 }],
    });
  });

  it.each<[string | undefined, Partial<RightsRequest>]>([
    [undefined, {}],
    [undefined, { scopes: ['customers:*', 'keys:write', 'customers:state'] }],
    [undefined, { expireTime: year(1), ratePerSecond: 10, concurrency: 5 }],
    ['scopes', { scopes: ['*'] }],
    ['scopes', { scopes: ['customers:read', 'accounts:read'] }],
    ['scopes', { scopes: ['keys:*'] }],
    ['expiry', { expireTime: new Date(year(1).getTime() + 1) }],
    ['limits', { ratePerSecond: 11 }],
    ['limits', { ratePerSecond: 1, concurrency: 6 }],
  ])('exceeds in %s by %j', (excess, request) => {
    expect(findExcess(make(request, maker), maker)).toBe(excess);
  });

  it('has all that an operator asks for', () => {
    expect(make({ scopes: ['*', '*'] })).toEqual({ grants: ['*'], limits: [] });
    expect(make({ scopes: ['*'], concurrency: 7, expireTime: year(9) })).toEqual({
      grants: ['*'],
      expireTime: year(9),
      limits: [{ holder: 'key_made', concurrency: 7 }],
    });
  });

  it('never has more than it, whatever is asked for and however often', () => {
    const request = fc.record(
      {
        scopes: fc.subarray([...grants], { minLength: 1 }),
        expireTime: fc.integer({ min: 0, max: 3 }).map(year),
        ratePerSecond: fc.integer({ min: 1, max: 4 }),
        concurrency: fc.integer({ min: 1, max: 4 }),
      },
      { requiredKeys: ['scopes'] },
    );
    fc.assert(
      fc.property(request, fc.array(request, { maxLength: 4 }), (first, others) => {
        const root = deriveRights('key_0', first as RightsRequest);
        let held = root;
        for (const [index, asked] of others.entries()) {
          const wanted = deriveRights(`key_${index + 1}`, asked as RightsRequest, held);
          if (findExcess(wanted, held) === undefined) held = wanted;
        }
        expectWithin(held, root);
      }),
    );
  });
});

/** Asserts that rights are no more than others, told without the rules that hold them to it. */
function expectWithin(inner: KeyRights, outer: KeyRights): void {
  const scopesOf = (held: readonly Grant[]) => scopes.filter((scope) => covers(held, scope));
  expect(scopesOf(outer.grants)).toEqual(expect.arrayContaining(scopesOf(inner.grants)));
  const endOf = ({ expireTime }: KeyRights) => expireTime?.getTime() ?? Number.POSITIVE_INFINITY;
  expect(endOf(inner)).toBeLessThanOrEqual(endOf(outer));
  // What both use is counted where the outer one's use is.
  for (const limit of outer.limits) expect(inner.limits).toContainEqual(limit);
  const [tight, loose] = [toTightest(inner.limits), toTightest(outer.limits)];
  for (const name of ['ratePerSecond', 'concurrency'] as const) {
    if (loose[name] !== undefined) expect(tight[name]).toBeLessThanOrEqual(loose[name]);
  }
}

describe('a key that is handed out as it is', () => {
  it('must expire when its maker does, at the latest', () => {
    expect(findExcess({ ...maker, expireTime: year(2) }, maker)).toBe('expiry');
    const { expireTime: _, ...endless } = maker;
    expect(findExcess(endless, maker)).toBe('expiry');
    expect(findExcess(maker, endless)).toBeUndefined();
  });

  it('must keep the limits of its maker, not the like of them', () => {
    const [limit] = maker.limits;
    const alike = { ratePerSecond: 10, concurrency: 5, ...limit, holder: 'key_other' };
    expect(findExcess({ ...maker, limits: [alike] }, maker)).toBe('limits');
    expect(findExcess({ ...maker, limits: [] }, maker)).toBe('limits');
    expect(findExcess(maker, { ...maker, limits: [] })).toBeUndefined();
  });
});
