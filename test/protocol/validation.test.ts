import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromJson,
  hasOption,
  type JsonObject,
} from '@bufbuild/protobuf';
import {
  field as fieldRules,
  oneof as oneofRules,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountService } from '../../gen/ledger/v1/account_service_pb.js';
import { CustomerService } from '../../gen/ledger/v1/customer_service_pb.js';
import { TransactionService } from '../../gen/ledger/v1/transaction_service_pb.js';
import { ledgerServices } from '../../src/rpc/handler.ts';
import type { Caller } from '../support/clients/caller.ts';
import { invalidRequests } from '../support/clients/invalid-requests.ts';
import { rpcProtocols } from '../support/clients/ledger-client.ts';
import { openCaller } from '../support/clients/open-client.ts';
import type { Refusal } from '../support/clients/refusal.ts';
import { startTestService, type TestService } from '../support/service.ts';

const bodyBytesMax = 8_192;

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ bodyBytesMax });
});
afterAll(() => service.close());

const { method: customers } = CustomerService;
const { method: accounts } = AccountService;
/** The methods that are asked for a span of time, and what each needs besides. */
const timedMethods: readonly (readonly [DescMethodUnary, object])[] = [
  [TransactionService.method.listTransactionRecords, {}],
  [TransactionService.method.countTransactionRecords, {}],
  [customers.listCustomerChanges, { customer: { case: 'id', value: 'f'.repeat(24) } }],
  [accounts.listAccountChanges, { id: 'f'.repeat(24) }],
];

describe.each(rpcProtocols)('bad input over %s', { concurrent: true }, (protocol) => {
  let caller: Caller;
  beforeAll(() => {
    caller = openCaller(protocol, service.address);
  });
  afterAll(() => caller.close());

  const refuse = async (method: DescMethodUnary, request: JsonObject): Promise<Refusal> => {
    const message = fromJson(method.input, request);
    return await caller.call(method, message, { 'x-api-key': service.key }).then(
      () => expect.unreachable(`${method.name} was not refused`),
      (error: Refusal) => error,
    );
  };

  it.each(invalidRequests)(
    'of %s %j is refused and the field named: %s',
    async (method, ...rest) => {
      const [request, ...fields] = rest;
      const refusal = await refuse(method, request);
      expect(refusal).toMatchObject({
        code: 'INVALID_ARGUMENT',
        reason: 'ARGUMENT_INVALID',
        domain: 'ledger',
        errorCode: 'validation.failed',
      });
      expect(refusal.violations).toEqual(
        fields.map((field) => ({
          field,
          rule: expect.stringMatching(/^[A-Z0-9_]+$/),
          description: expect.stringMatching(/\w/),
        })),
      );
      for (const { field, description } of refusal.violations) {
        expect(refusal.message).toContain(`${field}: ${description}`);
      }
    },
  );

  // JSON has no word for such a time.
  const times = protocol === 'connect json' ? [] : [-62_135_596_801n, 253_402_300_800n];
  it('of a time that no calendar has is refused and the field named', async () => {
    for (const seconds of times) {
      for (const [method, rest] of timedMethods) {
        const bound = { seconds, nanos: 0 };
        const request = create(method.input, { ...rest, from: bound, to: bound } as Record<
          string,
          unknown
        >);
        const call = caller.call(method, request, { 'x-api-key': service.key });
        await expect(call).rejects.toMatchObject({
          code: 'INVALID_ARGUMENT',
          violations: [{ field: 'from' }, { field: 'to' }],
        });
      }
    }
  });

  it('of more bytes than a message may have is refused with RESOURCE_EXHAUSTED', async () => {
    const accountCode = 'x'.repeat(bodyBytesMax);
    expect(await refuse(accounts.createAccount, { currency: 'EUR', accountCode })).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
    });
  });
});

describe('bad input of Connect', () => {
  const post = async (
    method: DescMethodUnary,
    body: string | Uint8Array<ArrayBuffer>,
    contentType = 'application/json',
  ) => {
    const response = await fetch(`${service.address}/${method.parent.typeName}/${method.name}`, {
      method: 'POST',
      headers: { 'content-type': contentType, 'x-api-key': service.key },
      body,
    });
    return { status: response.status, body: (await response.json()) as { message: string } };
  };

  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['a text for a number', '{"pageSize":"x"}'],
    ['a number that is no int32', '{"pageSize":2147483648}'],
    ['an object for a text', '{"pageToken":{}}'],
    ['a text for a boolean', '{"active":"yes"}'],
  ])('that is %s is refused', async (_, body) => {
    expect(await post(customers.listCustomers, body)).toMatchObject({
      status: 400,
      body: { code: 'invalid_argument' },
    });
  });

  it('that has half of a surrogate pair is refused and its field named', async () => {
    for (const body of ['{"externalId":"\\ud800"}', '{"profile":{"externalId":"\\udc00x"}}']) {
      const answer = await post(customers.updateCustomer, body);
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_argument' } });
      expect(answer.body.message).toMatch(/external_?id/i);
    }
  });

  it('that is no protobuf is refused', async () => {
    const bytes = Buffer.from('ffffffffffffffffffff', 'hex');
    const answer = await post(customers.listCustomers, bytes, 'application/proto');
    expect(answer).toMatchObject({
      status: 400,
      body: {
        code: 'invalid_argument',
        message: 'the message is no ledger.v1.ListCustomersRequest',
      },
    });
  });

  it('of a content type that nobody knows is refused', async () => {
    const response = await fetch(`${service.address}/ledger.v1.CustomerService/GetCustomer`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', 'x-api-key': service.key },
      body: '{}',
    });
    expect(response.status).toBe(415);
  });

  it('may have fields that nobody knows', async () => {
    const answer = await post(customers.listCustomers, '{"pageSize":1,"nope":[1]}');
    expect(answer.status).toBe(200);
  });
});

describe('the cases of bad input', () => {
  /** Lists the paths of the fields and oneofs that have a rule, of a message and of those in it, without the indexes of lists. */
  const listRuled = (message: DescMessage, parent = ''): string[] => [
    ...message.oneofs
      .filter((oneof) => hasOption(oneof, oneofRules))
      .map((oneof) => parent + oneof.name),
    ...message.fields.flatMap((field) => {
      const path = parent + field.name;
      const own = hasOption(field, fieldRules) ? [path] : [];
      return field.message ? [...own, ...listRuled(field.message, `${path}.`)] : own;
    }),
  ];

  it('break the rules of every field of every request', () => {
    const told = invalidRequests.map(([{ name }, , ...fields]) => ({ name, fields }));
    const timed = timedMethods.map(([{ name }]) => ({ name, fields: ['from', 'to'] }));
    const covered = [...told, ...timed].flatMap(({ name, fields }) =>
      fields.map((field) => `${name} ${field.replace(/\[\d+\]/g, '')}`),
    );
    const ruled = ledgerServices.flatMap((service) =>
      service.methods
        // What is wrong with a watch is told in watch-refusals.test.ts.
        .filter(({ methodKind }) => methodKind === 'unary')
        .flatMap(({ name, input }) => listRuled(input).map((path) => `${name} ${path}`)),
    );
    expect(ruled.length).toBeGreaterThan(100);
    // A message that asks for a field is told by the field.
    const isCovered = (path: string) =>
      covered.some((each) => each === path || each.startsWith(`${path}.`));
    expect(ruled.filter((path) => !isCovered(path))).toEqual([]);
  });
});
