import type { DescMethod } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel as Idempotency } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { createRoutes } from '../../src/rest/handler.ts';
import { ledgerServices } from '../../src/rpc/handler.ts';
import { scopeOf } from '../../src/rpc/method-scopes.ts';

/** What the first word of a method's name says of it. A method that begins otherwise is to be told here what it does. */
const verbs: Readonly<Record<string, 'read' | 'write' | 'state'>> = {
  Get: 'read',
  List: 'read',
  Count: 'read',
  BatchGet: 'read',
  Watch: 'read',
  Create: 'write',
  BatchCreate: 'write',
  Update: 'write',
  Mint: 'write',
  Revoke: 'write',
  Rotate: 'write',
  Release: 'write',
  ReleaseAll: 'write',
  Settle: 'write',
  Activate: 'state',
  Deactivate: 'state',
  Enable: 'state',
  BatchEnable: 'state',
  Disable: 'state',
  BatchDisable: 'state',
  Freeze: 'state',
  Unfreeze: 'state',
};

const nouns: Readonly<Record<string, string>> = {
  CustomerService: 'customers',
  AccountService: 'accounts',
  TransactionService: 'transactions',
  VirtualCurrencyService: 'transactions',
  KeyService: 'keys',
};

function expectedScope({ name, parent }: DescMethod): string {
  // Of a blockage a payment is made.
  if (name === 'SettleBlockage') return 'transactions:write';
  const [verb = ''] = /^(?:Batch)?[A-Z][a-z]+(?:All)?/.exec(name) ?? [];
  return `${nouns[parent.name]}:${verbs[verb]}`;
}

describe.each(ledgerServices.map((service) => [service.name, service] as const))(
  'a method of %s',
  (_, service) => {
    it.each(service.methods.map((method) => [method.name, method] as const))(
      'asks for a scope by what it does: %s',
      (_name, method) => {
        expect(scopeOf(method)).toBe(expectedScope(method));
        const isRead = method.idempotency === Idempotency.NO_SIDE_EFFECTS;
        expect(scopeOf(method)?.endsWith(':read')).toBe(isRead);
      },
    );
  },
);

describe('a route', () => {
  // Nothing is asked of the ledger before a request comes.
  const routes = createRoutes({} as Parameters<typeof createRoutes>[0]);

  it('that reads asks for no more than to read, and one that changes for more', () => {
    expect(routes.length).toBeGreaterThan(0);
    for (const { method, path, scope } of routes) {
      // Filters and names that do not fit into a query are posted.
      const isRead =
        method === 'GET' ||
        /\/(?:transaction\/(?:customer|account|ledger)|customer\/batch)$/.test(path);
      expect({ method, path, isRead: scope.endsWith(':read') }).toEqual({ method, path, isRead });
    }
  });
});
