import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSender, type RawRequest } from '../support/clients/http.ts';
import { openClient } from '../support/clients/open-client.ts';
import type { Opened } from '../support/clients/stage.ts';
import { openCustomer } from '../support/clients/stage.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
let send: ReturnType<typeof createSender>;
let opened: Opened;
beforeAll(async () => {
  service = await startTestService();
  send = createSender(service.address, service.key);
  opened = await openCustomer(openClient('rest', service));
});
afterAll(() => service.close());

/** What one broken property of a request is told as: its path, the rule, and how the sentence goes on behind the property. */
type Told = readonly [property: string, rule: string, sentence: string];

const isLength = (min: number, max: number) =>
  `must be longer than or equal to ${min} and shorter than or equal to ${max} characters`;
const isIn = expect.stringMatching(/ must be one of the following values: [A-Z]+(?:, [A-Z]+)+$/);

async function read(request: RawRequest) {
  const { status, json } = await send(request);
  return { status, body: json() };
}

describe('bad input of REST', () => {
  it('is answered with the entry of the wire contract', async () => {
    const { status, body } = await read({ path: '/v3/ledger/customer?pageSize=51' });
    expect(status).toBe(400);
    expect(body).toEqual({
      statusCode: 400,
      errorCode: 'validation.failed',
      message: 'Request validation failed. Please see data for additional information.',
      data: [
        {
          target: { pageSize: '51' },
          value: '51',
          property: 'pageSize',
          constraints: { max: 'pageSize must not be greater than 50' },
        },
      ],
    });
  });

  const isInteger = 'must be an integer number';
  it.each<[string, ...Told]>([
    ['', 'pageSize', 'isNotEmpty', 'should not be empty'],
    ['pageSize=', 'pageSize', 'isInt', isInteger],
    ['pageSize=ten', 'pageSize', 'isInt', isInteger],
    ['pageSize=1.5', 'pageSize', 'isInt', isInteger],
    ['pageSize=1e1', 'pageSize', 'isInt', isInteger],
    ['pageSize=0x1', 'pageSize', 'isInt', isInteger],
    ['pageSize=1&pageSize=2', 'pageSize', 'isInt', isInteger],
    ['pageSize=99999999999999999999', 'pageSize', 'isInt', isInteger],
    ['pageSize=0', 'pageSize', 'min', 'must not be less than 1'],
    ['pageSize=-1', 'pageSize', 'min', 'must not be less than 1'],
    ['pageSize=51', 'pageSize', 'max', 'must not be greater than 50'],
    ['pageSize=1000000000', 'pageSize', 'max', 'must not be greater than 50'],
    ['pageSize=1&offset=-1', 'offset', 'min', 'must not be less than 0'],
    ['pageSize=1&offset=x', 'offset', 'isInt', isInteger],
    ['pageSize=1&offset=2147483648', 'offset', 'max', 'must not be greater than 2147483647'],
  ])('names what is wrong with the page ?%s', async (query, property, rule, sentence) => {
    for (const path of ['customer', `account/customer/${opened.customer.id}`]) {
      const { status, body } = await read({ path: `/v3/ledger/${path}?${query}` });
      expect(status).toBe(400);
      expect(body).toMatchObject({
        data: [{ property, constraints: { [rule]: `${property} ${sentence}` } }],
      });
      expect((body as { data: unknown[] }).data).toHaveLength(1);
    }
  });

  it('names each property that is wrong, in path, query and body', async () => {
    const list = await read({
      path: `/v3/ledger/account/customer/${'x'.repeat(101)}?pageSize=51&offset=-1&nope=1`,
    });
    const target = { pageSize: '51', offset: '-1' };
    expect(list.body).toMatchObject({
      data: [
        {
          target: { id: 'x'.repeat(101) },
          value: 'x'.repeat(101),
          property: 'id',
          constraints: { isLength: `id ${isLength(1, 100)}` },
        },
        { target, value: '51', property: 'pageSize' },
        { target, value: '-1', property: 'offset' },
      ],
    });
    const fields = { externalId: 5, customerCountry: 'xx', providerCountry: 'DE' };
    const update = await read({
      method: 'PUT',
      path: '/v3/ledger/customer/short',
      body: JSON.stringify({ ...fields, active: 'x' }),
    });
    expect(update.body).toMatchObject({
      data: [
        { target: { id: 'short' }, value: 'short', property: 'id' },
        { target: fields, value: 5, property: 'externalId' },
        { target: fields, value: 'xx', property: 'customerCountry' },
      ],
    });
    expect((update.body as { data: unknown[] }).data).toHaveLength(3);
  });

  it.each(['', '/activate', '/deactivate', '/enable', '/disable'])(
    'tells that the id of a write has 10 to 50 characters: PUT customer/{id}%s',
    async (verb) => {
      for (const id of ['x'.repeat(9), 'x'.repeat(51), '😀'.repeat(9)]) {
        const path = `/v3/ledger/customer/${encodeURIComponent(id)}${verb}`;
        const { body } = await read({ method: 'PUT', path, body: '{"customerCountry":"DE"}' });
        expect(body).toMatchObject({
          statusCode: 400,
          data: [
            { property: 'id', value: id, constraints: { isLength: `id ${isLength(10, 50)}` } },
          ],
        });
      }
      for (const id of ['x'.repeat(10), 'x'.repeat(50), '😀'.repeat(50), 'X'.repeat(24)]) {
        const path = `/v3/ledger/customer/${encodeURIComponent(id)}${verb}`;
        const { body } = await read({ method: 'PUT', path, body: '{"customerCountry":"DE"}' });
        expect(body).toMatchObject({ statusCode: 403, errorCode: 'customer.internal.not.exists' });
      }
    },
  );

  it('tells that the id of a read has up to 100 characters', async () => {
    for (const id of ['x'.repeat(101), '😀'.repeat(101), 'x'.repeat(10_000)]) {
      for (const path of ['customer', 'account']) {
        const { body } = await read({ path: `/v3/ledger/${path}/${encodeURIComponent(id)}` });
        expect(body).toMatchObject({ statusCode: 400, data: [{ property: 'id' }] });
      }
    }
    const { body } = await read({ path: `/v3/ledger/account/${'%F0%9F%98%80'.repeat(100)}` });
    expect(body).toMatchObject({ statusCode: 403, errorCode: 'account.not.exists' });
  });

  it.each(['%', '%zz', '%c3%28', '%ff', 'a%2', '%ed%a0%80'])(
    'is a path or a query that is no UTF-8 behind its escapes: %s',
    async (escaped) => {
      const { status, body } = await read({ path: `/v3/ledger/customer/${escaped}` });
      expect(status).toBe(400);
      expect(body).toMatchObject({ errorCode: 'validation.failed', data: [{ property: 'path' }] });
      const list = await read({ path: `/v3/ledger/customer?pageSize=1&x=${escaped}` });
      expect(list).toMatchObject({ status: 400, body: { data: [{ property: 'query' }] } });
    },
  );

  it.each<[object | string, ...Told]>([
    [{ externalId: 5 }, 'externalId', 'isString', 'must be a string'],
    [{ externalId: {} }, 'externalId', 'isString', 'must be a string'],
    ['{"externalId":"\\ud800"}', 'externalId', 'isString', 'must be a string'],
    [{ externalId: '' }, 'externalId', 'isLength', isLength(1, 100)],
    [{ externalId: 'x'.repeat(101) }, 'externalId', 'isLength', isLength(1, 100)],
    [{ accountingCurrency: 'eur' }, 'accountingCurrency', 'isIn', ''],
    [{ accountingCurrency: 'BTC' }, 'accountingCurrency', 'isIn', ''],
    [{ customerCountry: 'de' }, 'customerCountry', 'isIn', ''],
    [{ customerCountry: 'UK' }, 'customerCountry', 'isIn', ''],
    [{ providerCountry: '' }, 'providerCountry', 'isIn', ''],
    [{ providerCountry: ['DE'] }, 'providerCountry', 'isString', 'must be a string'],
    [{}, 'body', 'isNotEmptyObject', 'must be a non-empty object'],
    [{ active: false, id: 'x' }, 'body', 'isNotEmptyObject', 'must be a non-empty object'],
    [{ externalId: null }, 'body', 'isNotEmptyObject', 'must be a non-empty object'],
    ['{"__proto__":{"externalId":"x"}}', 'body', 'isNotEmptyObject', 'must be a non-empty object'],
  ])('names what is wrong with the update %j', async (update, property, rule, sentence) => {
    const path = `/v3/ledger/customer/${opened.customer.id}`;
    const body = typeof update === 'string' ? update : JSON.stringify(update);
    expect(await read({ method: 'PUT', path, body })).toMatchObject({
      status: 400,
      body: { data: [toEntry(property, rule, sentence)] },
    });
    expect((await read({ path })).body).toEqual(opened.customer);
  });

  it.each<[object, ...Told]>([
    [{}, 'currency', 'isNotEmpty', 'should not be empty'],
    [{ currency: null }, 'currency', 'isNotEmpty', 'should not be empty'],
    [{ currency: 1 }, 'currency', 'isString', 'must be a string'],
    [{ currency: 'E' }, 'currency', 'isLength', isLength(2, 40)],
    [{ currency: 'E'.repeat(41) }, 'currency', 'isLength', isLength(2, 40)],
    [{ accountCode: '' }, 'accountCode', 'isLength', isLength(1, 50)],
    [{ accountCode: 'x'.repeat(51) }, 'accountCode', 'isLength', isLength(1, 50)],
    [{ accountNumber: '' }, 'accountNumber', 'isLength', isLength(1, 50)],
    [{ accountNumber: 'x'.repeat(51) }, 'accountNumber', 'isLength', isLength(1, 50)],
    [{ accountingCurrency: 'XXX' }, 'accountingCurrency', 'isIn', ''],
    [{ compliant: 'true' }, 'compliant', 'isBoolean', 'must be a boolean value'],
    [{ xpub: '' }, 'xpub', 'isLength', isLength(1, 192)],
    [{ xpub: 'x'.repeat(193) }, 'xpub', 'isLength', isLength(1, 192)],
    [{ customer: 'x' }, 'customer', 'isObject', 'must be an object'],
    [{ customer: [] }, 'customer', 'isObject', 'must be an object'],
    [{ customer: {} }, 'customer.externalId', 'isNotEmpty', 'should not be empty'],
    [
      { customer: { externalId: 'x'.repeat(101) } },
      'customer.externalId',
      'isLength',
      isLength(1, 100),
    ],
    [
      { customer: { externalId: 'x', customerCountry: 'EU' } },
      'customer.customerCountry',
      'isIn',
      '',
    ],
  ])('names what is wrong with the opening %j', async (opening, property, rule, sentence) => {
    const body = JSON.stringify(
      'currency' in opening || property === 'currency' ? opening : { currency: 'EUR', ...opening },
    );
    const { customers, accounts } = service.collections;
    const count = async () => [await customers.countDocuments(), await accounts.countDocuments()];
    const before = await count();
    expect(await read({ method: 'POST', path: '/v3/ledger/account', body })).toMatchObject({
      status: 400,
      body: { data: [toEntry(property, rule, sentence)] },
    });
    expect(await count()).toEqual(before);
  });

  it('shows the object that holds a nested property as its target', async () => {
    const customer = { externalId: '', customerCountry: 'DE' };
    const body = JSON.stringify({ currency: 'EUR', customer: { ...customer, vip: true } });
    expect((await read({ method: 'POST', path: '/v3/ledger/account', body })).body).toMatchObject({
      data: [{ target: customer, value: '', property: 'customer.externalId' }],
    });
  });

  it('is repeated in part when it is long, so that the answer is not', async () => {
    const externalId = 'x'.repeat(900_000);
    const body = JSON.stringify({ externalId });
    const { text } = await send({
      method: 'PUT',
      path: `/v3/ledger/customer/${opened.customer.id}`,
      body,
    });
    expect(JSON.parse(text)).toMatchObject({ data: [{ property: 'externalId' }] });
    expect(text.length).toBeLessThan(2_000);
  });

  it('is told of the account code of a list', async () => {
    const path = `/v3/ledger/account/customer/${opened.customer.id}?pageSize=1`;
    for (const accountCode of ['', 'x'.repeat(51)]) {
      const { body } = await read({ path: `${path}&accountCode=${accountCode}` });
      expect(body).toMatchObject({
        data: [toEntry('accountCode', 'isLength', isLength(1, 50))],
      });
    }
  });
});

function toEntry(property: string, rule: string, sentence: string) {
  const told = rule === 'isIn' ? isIn : `${property} ${sentence}`;
  return { property, constraints: { [rule]: told } };
}
