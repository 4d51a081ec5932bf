import { type DescMethodUnary, fromJson, type JsonObject } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountService } from '../../gen/ledger/v1/account_service_pb.js';
import { CustomerService } from '../../gen/ledger/v1/customer_service_pb.js';
import type { Caller } from '../support/clients/caller.ts';
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
const id = 'f'.repeat(24);
const long = 'x'.repeat(101);

/** The requests by which one customer is named; the fields of the update stand in for what the others do not have. */
const byCustomer: [DescMethodUnary, JsonObject][] = [
  [customers.getCustomer, {}],
  [customers.updateCustomer, { profile: { customerCountry: 'DE' } }],
  [customers.activateCustomer, {}],
  [customers.deactivateCustomer, {}],
  [customers.enableCustomer, {}],
  [customers.disableCustomer, {}],
];

/** Each rule of the contract: a request that breaks it, and the fields that are named. */
const cases: [method: DescMethodUnary, request: JsonObject, ...fields: string[]][] = [
  ...byCustomer.flatMap(([method, rest]): typeof cases => [
    [method, rest, 'customer'],
    [method, { ...rest, id: 'nope' }, 'id'],
    [method, { ...rest, id: `${id}0` }, 'id'],
    [method, { ...rest, id: `${id}\n` }, 'id'],
    [method, { ...rest, externalId: '' }, 'external_id'],
    [method, { ...rest, externalId: long }, 'external_id'],
  ]),
  ...[accounts.getAccount, accounts.activateAccount, accounts.deactivateAccount].flatMap(
    (method): typeof cases => [
      [method, {}, 'id'],
      [method, { id: 'nope' }, 'id'],
      [method, { id: 'g'.repeat(24) }, 'id'],
    ],
  ),
  [customers.listCustomers, { pageSize: -1 }, 'page_size'],
  [customers.listCustomers, { pageSize: -(2 ** 31) }, 'page_size'],
  [customers.listCustomers, { pageToken: 'x'.repeat(513) }, 'page_token'],
  [customers.listCustomers, { customerCountry: 'de' }, 'customer_country'],
  [customers.listCustomers, { accountingCurrency: 'BTC' }, 'accounting_currency'],
  [
    customers.listCustomers,
    { pageSize: -1, customerCountry: 'UK' },
    'page_size',
    'customer_country',
  ],
  [customers.updateCustomer, { id }, 'profile'],
  [customers.updateCustomer, { id, profile: { externalId: long } }, 'profile.external_id'],
  [customers.updateCustomer, { id, profile: { customerCountry: 'D' } }, 'profile.customer_country'],
  [customers.updateCustomer, { id, profile: { providerCountry: 'x' } }, 'profile.provider_country'],
  [
    customers.updateCustomer,
    { id, profile: { accountingCurrency: 'usd' } },
    'profile.accounting_currency',
  ],
  [accounts.createAccount, {}, 'currency'],
  [accounts.createAccount, { currency: 'E' }, 'currency'],
  [accounts.createAccount, { currency: 'E'.repeat(41) }, 'currency'],
  [accounts.createAccount, { currency: 'EUR', accountCode: long }, 'account_code'],
  [accounts.createAccount, { currency: 'EUR', accountNumber: long }, 'account_number'],
  [accounts.createAccount, { currency: 'EUR', xpub: 'x'.repeat(193) }, 'xpub'],
  [accounts.createAccount, { currency: 'EUR', accountingCurrency: '1' }, 'accounting_currency'],
  [accounts.createAccount, { currency: 'EUR', customer: {} }, 'customer.external_id'],
  [
    accounts.createAccount,
    { currency: 'EUR', customer: { externalId: long } },
    'customer.external_id',
  ],
  [
    accounts.createAccount,
    { currency: 'EUR', customer: { externalId: 'a', customerCountry: 'EU' } },
    'customer.customer_country',
  ],
  [accounts.listAccounts, { pageSize: -1 }, 'page_size'],
  [accounts.listAccounts, { pageToken: 'x'.repeat(513) }, 'page_token'],
  [accounts.listAccounts, { customerId: 'nope' }, 'customer_id'],
  [accounts.listAccounts, { customerExternalId: '' }, 'customer_external_id'],
  [accounts.listAccounts, { customerExternalId: long }, 'customer_external_id'],
  [accounts.listAccounts, { currency: 'E'.repeat(41) }, 'currency'],
  [accounts.listAccounts, { accountCode: long }, 'account_code'],
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

  it.each(cases)('of %s %j is refused and the field named: %s', async (method, ...rest) => {
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
