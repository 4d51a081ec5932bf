import * as http2 from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSender, type RawRequest } from '../support/clients/http.ts';
import type { LedgerClient } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { openCustomer } from '../support/clients/stage.ts';
import { createExternalId } from '../support/database.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
let client: LedgerClient;
let send: ReturnType<typeof createSender>;
beforeAll(async () => {
  service = await startTestService();
  client = openClient('rest', service);
  send = createSender(service.address, service.key);
});
afterAll(() => service.close());

const customerPath = '/v3/ledger/customer';
const accountPath = '/v3/ledger/account';
const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '0' };

const post = (body: object): RawRequest => ({
  method: 'POST',
  path: accountPath,
  headers: json,
  body: JSON.stringify(body),
});

describe('an answer of REST', () => {
  it('is JSON in UTF-8', async () => {
    const { status, headers, text } = await send({ path: `${customerPath}?pageSize=1` });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(headers['content-length']).toBe(String(Buffer.byteLength(text)));
  });

  it('shows a customer with its states and ids always, and the rest when it is set', async () => {
    const { ref, externalId } = await openCustomer(client);
    const path = `${customerPath}/${ref.id}`;
    const bare = { externalId, id: ref.id, enabled: true, active: true, accountingCurrency: 'EUR' };
    expect((await send({ path })).json()).toEqual(bare);
    const fields = { customerCountry: 'DE', providerCountry: 'AT' };
    const body = JSON.stringify(fields);
    const updated = await send({ method: 'PUT', path, headers: json, body });
    expect(updated.status).toBe(200);
    expect(updated.json()).toEqual({ ...bare, ...fields });
  });

  it('shows an account with what is set alone', async () => {
    const bare = {
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      currency: 'EUR',
      active: true,
      frozen: false,
      balance: { accountBalance: '0', availableBalance: '0' },
      accountingCurrency: 'EUR',
    };
    const opened = await send(post({ currency: 'EUR' }));
    expect(opened.status).toBe(200);
    expect(opened.json()).toEqual(bare);
    const told = { accountCode: 'a', accountNumber: 'b', xpub: 'c' };
    const whole = await send(
      post({ currency: 'EUR', customer: { externalId: createExternalId() }, ...told }),
    );
    expect(whole.json()).toEqual({ ...bare, ...told, customerId: expect.any(String) });
  });

  it('has no body to HEAD, and the headers of GET', async () => {
    const { ref, account } = await openCustomer(client);
    for (const path of [
      `${customerPath}/${ref.id}`,
      `${customerPath}?pageSize=9`,
      accountPath,
      `${accountPath}/count`,
      `${accountPath}/${account.id}/balance`,
      `${accountPath}/block/${account.id}?pageSize=9`,
      `${accountPath}/block/${account.id}/detail`,
      `/v3/ledger/transaction/reference/${account.id}`,
      '/v3/ledger/virtualCurrency/VC_NOPE',
      '/nope',
    ]) {
      const head = await send({ method: 'HEAD', path });
      const get = await send({ path });
      expect(head.text).toBe('');
      expect(head.status).toBe(get.status);
      expect(head.headers['content-length']).toBe(get.headers['content-length']);
      expect(head.headers['content-type']).toBe(get.headers['content-type']);
    }
  });
});

describe('a change of state by REST', () => {
  it.each<[string, Omit<RawRequest, 'path'>]>([
    ['no body and the content type of forms', { headers: form }],
    ['no body and the content type of JSON', { headers: { ...json, 'content-length': '0' } }],
    ['no body and no content type', { headers: { 'content-length': '0' } }],
    ['a body in chunks that is empty', { headers: { 'transfer-encoding': 'chunked' } }],
    ['a body that nobody asked for', { headers: json, body: '{"active":false' }],
  ])('takes %s, and answers 204 with nothing', async (_, request) => {
    const { ref, account } = await openCustomer(client);
    const paths = [
      [customerPath, ref.id, 'disable'],
      [customerPath, ref.id, 'enable'],
      [accountPath, account.id, 'deactivate'],
      [customerPath, ref.id, 'deactivate'],
      [customerPath, ref.id, 'activate'],
      [accountPath, account.id, 'activate'],
    ].map((parts) => parts.join('/'));
    for (const path of paths) {
      const { status, headers, text } = await send({ method: 'PUT', path, ...request });
      expect({ path, status, text }).toEqual({ path, status: 204, text: '' });
      expect(Object.keys(headers)).not.toContain('content-type');
      expect(Object.keys(headers)).not.toContain('content-length');
    }
  });
});

describe('a request of REST', () => {
  it.each(['//v3/ledger/customer/', '/v3//ledger///customer/', '/v3/ledger/customer//'])(
    'may repeat the slashes of its path: %s',
    async (path) => {
      const { customer } = await openCustomer(client);
      expect((await send({ path: path + customer.id })).json()).toEqual(customer);
      const disabled = await send({
        method: 'PUT',
        path: `${path}${customer.id}//disable`,
        headers: form,
      });
      expect(disabled.status).toBe(204);
    },
  );

  it('has an id that is decoded once, in which %2F is no slash', async () => {
    for (const text of ['a/b/disable/', '//', '%2F', 'a+b ', '?#']) {
      const externalId = text + createExternalId();
      await client.createAccount({ currency: 'EUR', customer: { externalId } });
      const upper = encodeURIComponent(externalId);
      const lower = upper.replace(/%[0-9A-F]{2}/g, (escaped) => escaped.toLowerCase());
      for (const encoded of [upper, lower]) {
        const found = await send({ path: `${customerPath}/${encoded}` });
        expect(found.json()).toMatchObject({ externalId });
      }
    }
  });

  it('may carry fields and parameters that nobody knows', async () => {
    const externalId = createExternalId();
    const opened = await send({
      ...post({ currency: 'EUR', customer: { externalId, vip: true }, nonce: [1], active: false }),
      headers: { ...json, 'x-testnet-type': 'ethereum-sepolia' },
    });
    expect(opened.json()).toMatchObject({ active: true });
    const path = `${customerPath}/${(opened.json() as { customerId: string }).customerId}`;
    const body = JSON.stringify({ id: 'x', active: false, enabled: false, customerCountry: 'DE' });
    const updated = await send({ method: 'PUT', path: `${path}?x=1`, headers: json, body });
    expect(updated.json()).toMatchObject({
      active: true,
      enabled: true,
      externalId,
      customerCountry: 'DE',
    });
    const list = await send({
      path: `${customerPath}?pageSize=1&sort=desc&active=nope&pageSize2=`,
    });
    expect(list.status).toBe(200);
  });

  it('may give null for what it leaves out', async () => {
    const opened = await send(
      post({
        currency: 'EUR',
        customer: null,
        accountCode: null,
        accountNumber: null,
        accountingCurrency: null,
        compliant: null,
        xpub: null,
      }),
    );
    expect(opened.json()).toMatchObject({ currency: 'EUR', accountingCurrency: 'EUR' });
    expect(opened.json()).not.toHaveProperty('customerId');
    const { ref, customer } = await openCustomer(client, { customerCountry: 'DE' });
    const path = `${customerPath}/${ref.id}`;
    const body = JSON.stringify({ customerCountry: null, providerCountry: 'AT' });
    const updated = await send({ method: 'PUT', path, headers: json, body });
    expect(updated.json()).toEqual({ ...customer, providerCountry: 'AT' });
  });

  it('may check the compliance of an account, which is then opened', async () => {
    for (const compliant of [true, false]) {
      expect((await send(post({ currency: 'EUR', compliant }))).json()).not.toHaveProperty(
        'compliant',
      );
    }
  });

  it('lists from the offset, 0 when there is none, and nothing past the end', async () => {
    for (let opened = 0; opened < 4; opened += 1) await openCustomer(client);
    const read = async (query: string) =>
      (await send({ path: `${customerPath}?${query}` })).json() as { id: string }[];
    const four = await read('pageSize=4');
    expect(four).toHaveLength(4);
    expect(await read('pageSize=4&offset=0')).toEqual(four);
    expect(await read('pageSize=3&offset=1')).toEqual(four.slice(1));
    expect(await read('pageSize=2&offset=1')).toEqual(four.slice(1, 3));
    expect(await read('pageSize=50&offset=1000000')).toEqual([]);
    expect(await read('pageSize=50&offset=2147483647')).toEqual([]);
  });

  it('may come by HTTP/2', async () => {
    const { customer, account } = await openCustomer(client);
    const session = http2.connect(service.address);
    const warnings: string[] = [];
    const warn = ({ message }: Error) => warnings.push(message);
    process.on('warning', warn);
    const call = async (method: string, path: string, body = '') => {
      const headers = { ':method': method, ':path': path, 'x-api-key': service.key };
      const stream = session.request(headers, { endStream: false });
      stream.end(body);
      const answer = { status: 0, text: '' };
      stream.on('response', (headers) => {
        answer.status = Number(headers[':status']);
      });
      for await (const chunk of stream.setEncoding('utf8')) answer.text += chunk;
      return answer;
    };
    const path = `${customerPath}/${customer.id}`;
    expect(await call('GET', path)).toEqual({ status: 200, text: JSON.stringify(customer) });
    expect(await call('PUT', `${path}/disable`)).toEqual({ status: 204, text: '' });
    expect((await call('PUT', `${path}/disable`)).status).toBe(403);
    expect((await call('POST', accountPath, ' '.repeat(1_048_577))).status).toBe(413);
    const blockagePath = `${accountPath}/block/account/${account.id}`;
    for (const body of ['', '{}']) {
      expect(await call('DELETE', blockagePath, body)).toEqual({ status: 204, text: '' });
    }
    expect((await call('GET', path)).status).toBe(200);
    session.close();
    process.off('warning', warn);
    // Node warns of a header that HTTP/2 does not have, and drops it.
    expect(warnings).toEqual([]);
  });
});
