import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertScope, covers, type Grant, grants, isGrant } from '../../src/domain/grant.ts';
import { scopes } from '../../src/domain/scope.ts';

describe('a grant', () => {
  it('is a scope, a noun with all of its scopes, or everything, and nothing else', () => {
    expect(grants).toEqual([
      '*',
      'customers:*',
      'customers:read',
      'customers:write',
      'customers:state',
      'accounts:*',
      'accounts:read',
      'accounts:write',
      'accounts:state',
      'transactions:*',
      'transactions:read',
      'transactions:write',
      'keys:*',
      'keys:read',
      'keys:write',
    ]);
    const wrong = ['', '*:*', '**', 'customers', 'customers:', '*:read', 'keys:state', 'KEYS:READ'];
    expect(wrong.filter(isGrant)).toEqual([]);
    expect(grants.every(isGrant)).toBe(true);
  });

  it.each<[Grant[], Grant[]]>([
    [['*'], [...grants]],
    [[], []],
    [['customers:read'], ['customers:read']],
    [['customers:*'], ['customers:*', 'customers:read', 'customers:write', 'customers:state']],
    [
      ['keys:*', 'accounts:state'],
      ['accounts:state', 'keys:*', 'keys:read', 'keys:write'],
    ],
    // All scopes there are do not give those to come.
    [
      ['transactions:read', 'transactions:write'],
      ['transactions:read', 'transactions:write'],
    ],
    [[...scopes], [...scopes]],
  ])('among %j gives %j and no more', (held, given) => {
    expect(grants.filter((grant) => covers(held, grant))).toEqual(given);
  });

  it('that this version does not know gives nothing', () => {
    const unknown = ['customers:burn', 'customers', ':*', 'customers:*:*'] as string[] as Grant[];
    expect(grants.filter((grant) => covers(unknown, grant))).toEqual([]);
  });

  it('is handed on without growing', () => {
    const some = fc.subarray([...grants]);
    fc.assert(
      fc.property(some, some, some, (first, second, third) => {
        const isWithin = (inner: Grant[], outer: Grant[]) =>
          inner.every((grant) => covers(outer, grant));
        fc.pre(isWithin(second, first) && isWithin(third, second));
        for (const scope of scopes) {
          if (covers(third, scope)) expect(covers(first, scope)).toBe(true);
        }
        expect(isWithin(third, first)).toBe(true);
      }),
    );
  });
});

describe('a scope', () => {
  it('that is missing is told, and is never had where a method names none', () => {
    expect(() => assertScope(['customers:*'], 'customers:state')).not.toThrow();
    expect(() => assertScope(['customers:*'], 'accounts:read')).toThrow(
      expect.objectContaining({
        reason: 'SCOPE_MISSING',
        message: 'Forbidden',
        metadata: { scope: 'accounts:read' },
      }),
    );
    expect(() => assertScope(['*'], undefined)).toThrow(
      expect.objectContaining({ reason: 'SCOPE_MISSING', metadata: {} }),
    );
  });
});
