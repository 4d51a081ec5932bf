import { gunzipSync } from 'node:zlib';
import type { DescMethod, JsonValue } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Health } from '../../gen/grpc/health/v1/health_pb.js';
import { AccountService } from '../../gen/ledger/v1/account_service_pb.js';
import { CustomerService } from '../../gen/ledger/v1/customer_service_pb.js';
import { disabling } from '../../src/domain/customer.ts';
import { type BothWays, startBothWays } from '../support/both-ways.ts';
import { createCall, createExternalId } from '../support/database.ts';
import { type Headers, unaryForms, writeCall } from '../support/unary-forms.ts';

const { getCustomer, listCustomers, updateCustomer, disableCustomer } = CustomerService.method;
const { createAccount, getAccount } = AccountService.method;
const { check } = Health.method;

const externalId = 'a customer of 2 € & more';

let ways: BothWays;
let auth: Headers;
let disabledId: string;
beforeAll(async () => {
  ways = await startBothWays();
  auth = { 'x-api-key': ways.key };
  const { accounts, customers } = ways.store;
  const open = async (id: string) => {
    const customer = { externalId: id, customerCountry: 'DE' };
    return await accounts.open(createCall(), { currency: 'EUR', customer });
  };
  await open(externalId);
  // Enough for a list that is compressed.
  for (let count = 0; count < 25; count += 1) await open(createExternalId());
  const { customerId = '' } = await open('disabled');
  disabledId = customerId;
  await customers.transition(createCall(), { id: disabledId }, disabling);
});
afterAll(() => ways.close());

describe.each(unaryForms)('a call of $name', (form) => {
  const { acceptHeader, encodingHeader, timeout, longestTimeout } = form;
  const ask = async (method: DescMethod, message: JsonValue, headers: Headers = auth) =>
    await ways.compare(form.client, writeCall(form, method, message, headers), true);

  it.each<[string, () => Headers]>([
    ['nothing but a key', () => auth],
    ['a bearer', () => ({ authorization: `Bearer ${ways.key}` })],
    ['a request id', () => ({ ...auth, 'x-request-id': 'caller-7/{x}' })],
    ['a time-out', () => ({ ...auth, ...timeout(5_000) })],
    ['a time-out longer than any call', () => ({ ...auth, ...longestTimeout })],
    ['an answer that may be compressed', () => ({ ...auth, [acceptHeader]: 'identity, br, gzip' })],
    ['an answer that may be compressed otherwise', () => ({ ...auth, [acceptHeader]: 'br' })],
    [
      'a message that is told not to be compressed',
      () => ({ ...auth, [encodingHeader]: 'identity' }),
    ],
    [
      'headers of its own',
      () => ({ ...auth, 'x-trace-bin': 'AAE', cookie: 'a=b', origin: 'null' }),
    ],
  ])('is taken, and answered as by the adapter, with %s', async (_, headers) => {
    const { lines } = await ask(getCustomer, { externalId }, headers());
    expect(lines).toMatchObject([{ code: 'OK', tenant: 'default' }]);
    expect((await ask(listCustomers, { pageSize: 25 }, headers())).status).toBe(200);
  });

  it('is answered compressed when the answer is long, as by the adapter', async () => {
    const headers = { ...auth, [acceptHeader]: 'gzip' };
    const long = await ask(listCustomers, { pageSize: 25 }, headers);
    const packed = Buffer.from(long.body, 'latin1').subarray(form.isFramed ? 5 : 0);
    expect(gunzipSync(packed).toString()).toContain(externalId);
    const short = await ask(getCustomer, { externalId }, headers);
    expect(Buffer.from(short.body, 'latin1').toString()).toContain(externalId);
  });

  const wrong = { externalId: '', customerCountry: 'X', accountingCurrency: 'Y' };
  const stranger = { 'x-api-key': 'x'.repeat(40), 'x-request-id': 'a' };
  it.each<[string, string, DescMethod, JsonValue | (() => JsonValue), (() => Headers)?]>([
    ['without a key', 'UNAUTHENTICATED', getCustomer, { externalId }, () => ({})],
    ['with a key that nobody has', 'UNAUTHENTICATED', getCustomer, {}, () => stranger],
    ['for what is not there', 'NOT_FOUND', getCustomer, { externalId: 'nobody: 1 €, 2%' }],
    ['for an account that is not there', 'NOT_FOUND', getAccount, { id: 'f'.repeat(24) }],
    ['for its state', 'FAILED_PRECONDITION', disableCustomer, () => ({ id: disabledId })],
    ['for a currency', 'FAILED_PRECONDITION', createAccount, { currency: 'VC_NONE' }],
    ['for a message without a customer', 'INVALID_ARGUMENT', getCustomer, {}],
    ['for fields that are wrong', 'INVALID_ARGUMENT', createAccount, { customer: wrong }],
    [
      'with so many details that they are compressed',
      'INVALID_ARGUMENT',
      createAccount,
      { customer: wrong },
      () => ({ ...auth, [acceptHeader]: 'gzip' }),
    ],
    ['for a page token', 'INVALID_ARGUMENT', listCustomers, { pageToken: 'made-up' }],
    [
      'when its deadline has passed before it begins',
      'DEADLINE_EXCEEDED',
      getCustomer,
      { externalId },
      () => ({ ...auth, ...timeout(0) }),
    ],
  ])('is refused as by the adapter, %s', async (_, code, method, message, headers = () => auth) => {
    const { lines } = await ask(
      method,
      typeof message === 'function' ? message() : message,
      headers(),
    );
    expect(lines).toMatchObject([{ code }]);
  });

  it('changes what it is to change once', async () => {
    const { customers } = ways.collections;
    const before = await customers.findOne({ externalId });
    const request = { externalId, profile: { customerCountry: 'FR' } };
    ways.takeTaken();
    const { status } = await ways.fast.send(
      form.client,
      writeCall(form, updateCustomer, request, auth),
    );
    expect({ status, taken: ways.takeTaken() }).toEqual({ status: 200, taken: [true] });
    const after = await customers.findOne({ externalId });
    expect(after?.version).toBe((before?.version ?? 0) + 1);
  });

  it('of a public service needs no key', async () => {
    expect((await ask(check, { service: '' }, {})).lines).toMatchObject([{ code: 'OK' }]);
    expect((await ask(check, { service: 'x' }, {})).lines).toMatchObject([{ code: 'NOT_FOUND' }]);
  });
});
