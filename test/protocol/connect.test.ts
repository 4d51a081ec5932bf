import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ledgerServices } from '../../src/rpc/handler.ts';
import { createSender } from '../support/clients/http.ts';
import { openClient } from '../support/clients/open-client.ts';
import { type Opened, openCustomer, openInactiveCustomer } from '../support/clients/stage.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
let send: ReturnType<typeof createSender>;
let opened: Opened;
beforeAll(async () => {
  service = await startTestService();
  send = createSender(service.address, service.key);
  opened = await openCustomer(openClient('connect json', service));
});
afterAll(() => service.close());

const toTarget = (name: string, method: string) => `/ledger.v1.${name}/${method}`;
const toQuery = (message: object, rest: Record<string, string> = {}) =>
  new URLSearchParams({
    connect: 'v1',
    encoding: 'json',
    message: JSON.stringify(message),
    ...rest,
  }).toString();

describe('Connect by GET', () => {
  it('answers every read', async () => {
    const { customer, account } = opened;
    const reads: [string, string, object, object][] = [
      ['CustomerService', 'GetCustomer', { id: customer.id }, { customer }],
      ['CustomerService', 'GetCustomer', { externalId: customer.externalId }, { customer }],
      ['CustomerService', 'ListCustomers', { pageSize: 1 }, { customers: [customer] }],
      ['AccountService', 'GetAccount', { id: account.id }, { account }],
      ['AccountService', 'ListAccounts', { customerId: customer.id }, { accounts: [account] }],
    ];
    for (const [name, method, message, answer] of reads) {
      const { status, json } = await send({
        path: `${toTarget(name, method)}?${toQuery(message)}`,
      });
      expect(status).toBe(200);
      expect(json()).toMatchObject(answer);
    }
  });

  it('is open to every method without side effects, and to no other', async () => {
    const methods = ledgerServices
      .flatMap((each) => each.methods)
      .filter(({ methodKind }) => methodKind === 'unary');
    const open = [];
    for (const { name, parent } of methods) {
      const { status } = await send({
        path: `/${parent.typeName}/${name}?${toQuery({ id: opened.customer.id })}`,
      });
      if (status !== 405) open.push(name);
    }
    const names = methods.map(({ name }) => name);
    expect(open).toEqual(names.filter((name) => /^(?:Batch)?(?:Get|List|Count)/.test(name)));
    expect(open.length).toBeGreaterThanOrEqual(10);
    const { json } = await send({
      path: `${toTarget('CustomerService', 'GetCustomer')}?${toQuery({ id: opened.customer.id })}`,
    });
    expect(json()).toMatchObject({ customer: { active: true, enabled: true } });
  });

  it('needs a key, and takes it from a header alone', async () => {
    const path = `${toTarget('CustomerService', 'GetCustomer')}?${toQuery(
      { id: opened.customer.id },
      { 'x-api-key': service.key },
    )}`;
    const { status, json } = await send({ path, headers: { 'x-api-key': undefined } });
    expect(status).toBe(401);
    expect(json()).toMatchObject({ code: 'unauthenticated' });
  });

  it('tells what is wrong with its message', async () => {
    for (const message of [{ id: 'nope' }, {}, { id: 7 }]) {
      const path = `${toTarget('CustomerService', 'GetCustomer')}?${toQuery(message)}`;
      const { status, json } = await send({ path });
      expect(status).toBe(400);
      expect(json()).toMatchObject({ code: 'invalid_argument' });
    }
    const path = toTarget('CustomerService', 'GetCustomer');
    for (const query of ['connect=v1&encoding=json&message=%7B', 'connect=v1&encoding=json']) {
      expect((await send({ path: `${path}?${query}` })).status).toBe(400);
    }
  });
});

describe('Connect JSON', () => {
  const post = async (method: string, body: object, headers = {}) =>
    await send({
      method: 'POST',
      path: toTarget('CustomerService', method),
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });

  it('shows every field of a customer and an account, also one that is false, 0 or empty', async () => {
    const client = openClient('connect json', service);
    const { customer, account } = await openInactiveCustomer(client);
    expect((await post('GetCustomer', { id: customer.id })).json()).toEqual({
      customer: {
        id: customer.id,
        externalId: customer.externalId,
        active: false,
        enabled: true,
        accountingCurrency: 'EUR',
        customerCountry: '',
        providerCountry: '',
        openAccounts: 0,
        createTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        updateTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        etag: expect.stringMatching(/^[0-9-]+$/),
      },
    });
    const path = toTarget('AccountService', 'GetAccount');
    const { json } = await send({ path: `${path}?${toQuery({ id: account.id })}` });
    expect(json()).toEqual({
      account: {
        id: account.id,
        currency: 'EUR',
        customerId: customer.id,
        active: false,
        frozen: false,
        balance: { accountBalance: '0', availableBalance: '0' },
        accountCode: '',
        accountNumber: '',
        accountingCurrency: 'EUR',
        xpub: '',
        createTime: expect.any(String),
        updateTime: expect.any(String),
        etag: '2-0',
      },
    });
  });

  it('shows how many accounts are open, and when a customer last changed', async () => {
    const client = openClient('connect json', service);
    const { ref, externalId } = await openCustomer(client);
    const read = async () =>
      ((await post('GetCustomer', ref)).json() as { customer: Record<string, string> }).customer;
    const first = await read();
    await client.createAccount({ currency: 'BTC', customer: { externalId } });
    expect(await read()).toEqual({ ...first, openAccounts: 2 });
    await client.disableCustomer(ref);
    const { updateTime = '', createTime } = await read();
    expect(createTime).toBe(first.createTime);
    expect(Date.parse(updateTime)).toBeGreaterThan(Date.parse(first.updateTime ?? ''));
  });

  it('shows an empty list and an empty token', async () => {
    expect((await post('ListCustomers', { customerCountry: 'AQ' })).json()).toEqual({
      customers: [],
      nextPageToken: '',
    });
  });

  it('may be compressed on its way here, and bound by a protocol version', async () => {
    const answer = await send({
      method: 'POST',
      path: toTarget('CustomerService', 'GetCustomer'),
      headers: {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        'connect-protocol-version': '1',
      },
      body: gzipSync(JSON.stringify({ id: opened.customer.id })),
    });
    expect(answer.json()).toMatchObject({ customer: opened.customer });
  });
});
