import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectedRefusals,
  toRefusalOf,
  toUnknownExternalId,
} from '../support/clients/expected-refusal.ts';
import { type LedgerClient, type Protocol, protocols } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import type { Refusal } from '../support/clients/refusal.ts';
import { refusalCases, takesEitherId } from '../support/clients/refusal-cases.ts';
import type { Provoked, RefusalCase, Scene } from '../support/clients/refusal-scene.ts';
import { openCustomer } from '../support/clients/stage.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { readHoldings } from '../support/snapshot.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

describe.each(protocols)('a refusal over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  beforeAll(() => {
    client = openClient(protocol, service);
  });
  afterAll(() => client.close());

  const cases = refusalCases.filter(({ rpcOnly }) => protocol !== 'rest' || !rpcOnly);

  it.each(cases)('tells $reason of $method by $by, and nothing is changed', async (refusalCase) => {
    const scene: Scene = { service, client, opened: [] };
    const provoked = await refusalCase.provoke(scene);
    const before = await readScene(scene);
    const refusal = await provoked.call().then(
      () => undefined,
      (error: Refusal) => error,
    );
    expect(refusal).toMatchObject(expectedOf(protocol, refusalCase, provoked));
    expect(refusal?.headers.get('x-request-id')).toMatch(/^[\x21-\x7e]{1,128}$/);
    expect(await readScene(scene)).toEqual(before);
    if (protocol !== 'rest') {
      expect(refusal?.metadata).toEqual(provoked.metadata);
      expect(refusal?.violations.map(({ field }) => field)).toEqual(provoked.fields ?? []);
      expect(refusal?.preconditions).toEqual(
        (provoked.subjects ?? []).map((subject) => ({
          type: refusalCase.reason,
          subject,
          description: expect.stringMatching(/^[A-Z].*[\w.]$/),
        })),
      );
    }
  });
});

function expectedOf(protocol: Protocol, { method, reason }: RefusalCase, { metadata }: Provoked) {
  const { customerId = '', externalId } = metadata;
  if (reason === 'CUSTOMER_NOT_FOUND') {
    if (externalId !== undefined) return toUnknownExternalId(protocol, externalId);
    // A read of REST takes either id, and says so.
    if (protocol === 'rest' && takesEitherId(method)) {
      return toUnknownExternalId(protocol, customerId);
    }
  }
  return toRefusalOf(protocol, reason, metadata);
}

/** Reads the customers of a scene, and all that is theirs. */
async function readScene({ opened }: Scene) {
  return await readHoldings(
    service.collections,
    opened.map(({ customer }) => customer.id),
  );
}

describe.each(protocols)('a deactivation over %s', { concurrent: true }, (protocol) => {
  it('is told how many accounts hold it back, and the first ten of them', async () => {
    const client = openClient(protocol, service);
    const { ref, externalId, account } = await openCustomer(client);
    const ids = [account.id];
    while (ids.length < 12) {
      ids.push((await client.createAccount({ currency: 'BTC', customer: { externalId } })).id);
    }
    const refusal = await client.deactivateCustomer(ref).catch((error: Refusal) => error);
    const named = ids.slice(0, 10);
    expect(refusal).toMatchObject(
      protocol === 'rest'
        ? { blockers: { count: 12, ids: named } }
        : {
            preconditions: named.map((id) => ({
              type: 'CUSTOMER_HAS_ACTIVE_ACCOUNTS',
              subject: `accounts/${id}`,
              description: expect.stringMatching(/\b12\b.*\b10\b/),
            })),
          },
    );
    await client.close();
  });
});

describe('the cases of this file', () => {
  const contract = new URL('../../proto/ledger/v1/', import.meta.url);
  // The refusals of keys have cases of their own, in keys.test.ts.
  const services = readdirSync(contract).filter(
    (name) => name.endsWith('_service.proto') && name !== 'key_service.proto',
  );
  /** The comment above each unary rpc, by the name of the method. The refusals of a watch have cases in watch-refusals.test.ts. */
  const comments = new Map(
    services.flatMap((name) => {
      const text = readFileSync(new URL(name, contract), 'utf8');
      return [
        ...text.matchAll(/((?: {2}\/\/.*\n)+) {2}rpc (\w+)\(\w+\) returns \((?!stream)/g),
      ].map(([, comment = '', method = '']) => [method, comment] as const);
    }),
  );
  const codes = new Set([
    'NOT_FOUND',
    'ALREADY_EXISTS',
    'FAILED_PRECONDITION',
    'INVALID_ARGUMENT',
    'OUT_OF_RANGE',
  ]);

  /** The words of a method's comment that look like a reason or a code, and those of the method that it is refused as. */
  const wordsOf = (method: string): string[] => {
    const comment = comments.get(method) ?? '';
    const [, other] = /\bas (\w+)\s+(?:\/\/ )?is\b/.exec(comment) ?? [];
    const words: string[] = comment.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? [];
    return other === undefined ? words : [...words, ...wordsOf(other)];
  };

  it('are all that the contract names, and no others', () => {
    const named = [...comments.keys()].flatMap((method) =>
      wordsOf(method)
        .filter((word) => !codes.has(word))
        .map((reason) => `${method} ${reason}`),
    );
    const covered = refusalCases.map(({ method, reason }) => `${method} ${reason}`);
    expect(comments.size).toBe(37);
    expect([...new Set(named)].sort()).toEqual([...new Set(covered)].sort());
  });

  it('have the codes that the contract names at each method', () => {
    for (const method of comments.keys()) {
      const named = new Set(wordsOf(method).filter((word) => codes.has(word)));
      const covered = refusalCases
        .filter((refusalCase) => refusalCase.method === method)
        .map(({ reason }) => expectedRefusals[reason].code);
      // What is wrong with a request has tests of its own.
      expect(new Set([...covered, 'INVALID_ARGUMENT'])).toEqual(named.add('INVALID_ARGUMENT'));
    }
  });

  it('are the refusals of the REST contract, and no others', () => {
    const covered = refusalCases
      .filter(({ rpcOnly }) => !rpcOnly)
      .map((refusalCase) => {
        const { method, reason } = refusalCase;
        const { errorCode } = expectedRefusals[reason];
        return `${method} ${reason === 'CUSTOMER_NOT_FOUND' && takesEitherId(method) ? 'customer.not.exists' : errorCode}`;
      });
    expect([...new Set(covered)].sort()).toEqual(
      Object.entries(restRefusals)
        .flatMap(([method, errorCodes]) => errorCodes.map((code) => `${method} ${code}`))
        .sort(),
    );
  });
});

/** The refusals of an opening, and of a payment out of an account that there is. */
const opening = ['customer.not.active', 'customer.disabled', 'ledger.currency.invalid'] as const;
const payment = [
  'validation.failed',
  'amount.format',
  'senderAccount.frozen',
  'senderAccount.customer.disabled',
  'recipientAccount.not.exists',
  'transaction.currency.incompatible',
  'balance.insufficient',
  'transaction.not.compliant',
] as const;

/** The refusals of the REST contract, sections 2 to 4, by the method that answers the same. */
const restRefusals = {
  ListCustomers: [],
  GetCustomer: ['customer.not.exists'],
  UpdateCustomer: ['customer.internal.not.exists', 'customer.external.exists'],
  ActivateCustomer: ['customer.internal.not.exists', 'customer.active'],
  DeactivateCustomer: [
    'customer.internal.not.exists',
    'customer.inactive',
    'customer.deactivate.account.active',
  ],
  EnableCustomer: ['customer.internal.not.exists', 'customer.inactive', 'customer.enabled'],
  DisableCustomer: ['customer.internal.not.exists', 'customer.inactive', 'customer.disabled'],
  BatchGetCustomers: [],
  BatchEnableCustomers: [],
  BatchDisableCustomers: [],
  ListCustomerChanges: ['customer.not.exists'],
  CreateAccount: opening,
  BatchCreateAccounts: opening,
  ListAccounts: [],
  GetAccount: ['account.not.exists'],
  ListAccountChanges: ['account.not.exists'],
  ActivateAccount: ['account.not.exists', 'account.active', 'account.customer.inactive'],
  DeactivateAccount: ['account.not.exists', 'account.inactive', 'account.balance.non.zero'],
  CountAccounts: [],
  UpdateAccount: ['account.not.exists'],
  FreezeAccount: ['account.not.exists', 'account.frozen'],
  UnfreezeAccount: ['account.not.exists', 'account.not.frozen'],
  CreateBlockage: ['amount.format', 'account.not.exists', 'balance.insufficient'],
  GetBlockage: ['blockage.not.exists'],
  ListBlockages: [],
  ReleaseBlockage: ['blockage.not.exists', 'amount.format'],
  ReleaseAllBlockages: ['account.not.exists'],
  SettleBlockage: ['blockage.not.exists', 'blockage.amount.exceeded', ...payment],
  CreatePayment: ['senderAccount.not.exists', ...payment],
  BatchCreatePayments: ['senderAccount.not.exists', ...payment],
  ListTransactionRecords: [],
  CountTransactionRecords: [],
  CreateVirtualCurrency: [
    'virtual.name.prefix',
    'amount.format',
    'virtual.duplicate',
    'customer.not.active',
    'customer.disabled',
  ],
  GetVirtualCurrency: ['vc.not.found'],
  UpdateVirtualCurrency: ['vc.not.found'],
  MintVirtualCurrency: ['amount.format', 'account.not.exists', 'vc.not.found'],
  RevokeVirtualCurrency: [
    'amount.format',
    'account.not.exists',
    'vc.not.found',
    'virtual.account.balance',
  ],
} as const;
