import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService, type TestService } from '../support/service.ts';
import { good, long, type Method } from './body-rules.ts';
import { createRest, type Rest, unknownId } from './rest.ts';

let service: TestService;
let rest: Rest;
beforeAll(async () => {
  service = await startTestService();
  rest = createRest(service);
});
afterAll(() => service.close());

describe('a path with a bad id', () => {
  const reads = ['account/:id', 'account/:id/balance', 'account/block/:id/detail'];
  const paged = ['account/customer/:id', 'account/block/:id'];
  it.each(reads.concat(paged.map((path) => `${path}?pageSize=1`)))(
    'is told so up to 100 characters: GET %s',
    async (path) => {
      const bad = await rest.get(path.replace(':id', encodeURIComponent('😀'.repeat(101))));
      expect(bad).toMatchObject({ status: 400, body: { data: [{ property: 'id' }] } });
      const missing = await rest.get(path.replace(':id', encodeURIComponent('😀'.repeat(100))));
      expect(missing.status).toBe(path.includes('?') ? 200 : 403);
    },
  );

  const writes: [Method, string, object?][] = [
    ['put', 'account/:id', { accountCode: 'c' }],
    ['put', 'account/:id/freeze'],
    ['put', 'account/:id/unfreeze'],
    ['post', 'account/block/:id', { amount: '1', type: 't' }],
    ['put', 'account/block/:id', good],
    ['delete', 'account/block/:id'],
    ['delete', 'account/block/account/:id'],
  ];
  it.each(writes)(
    'is told so outside of 10 to 50 characters: %s %s',
    async (method, path, body) => {
      for (const id of [long(9), long(51)]) {
        const answer = await rest[method](path.replace(':id', id), body);
        expect(answer).toMatchObject({
          status: 400,
          body: { data: [{ target: { id }, value: id, property: 'id' }] },
        });
      }
      for (const id of [long(10), long(50)]) {
        const { status, body: refusal } = await rest[method](path.replace(':id', id), body);
        expect({ status, refusal }).toMatchObject({
          status: 403,
          refusal: { errorCode: expect.stringMatching(/^(account|blockage)\.not\.exists$/) },
        });
      }
    },
  );

  it.each([
    ['virtualCurrency', 'name', 3, 100],
    ['transaction/reference', 'reference', 20, 100],
  ])('is told so of the last part of %s', async (path, property, min, max) => {
    for (const length of [min - 1, max + 1]) {
      const answer = await rest.get(`${path}/${long(length)}`);
      expect(answer).toMatchObject({ status: 400, body: { data: [{ property }] } });
    }
    for (const length of [min, max]) {
      expect((await rest.get(`${path}/${long(length)}`)).status).not.toBe(400);
    }
  });
});

describe('the query of a list', () => {
  const isInt = 'must be an integer number';
  const isMissing = ['pageSize', 'isNotEmpty', 'should not be empty'] as const;
  const sizes = [
    ['pageSize=x', 'pageSize', 'isInt', isInt],
    ['pageSize=0', 'pageSize', 'min', 'must not be less than 1'],
    ['pageSize=51', 'pageSize', 'max', 'must not be greater than 50'],
    ['pageSize=1&offset=-1', 'offset', 'min', 'must not be less than 0'],
    ['pageSize=1&offset=2147483648', 'offset', 'max', 'must not be greater than 2147483647'],
  ] as const;
  const booleans = ['active', 'onlyNonZeroBalance', 'frozen'].flatMap((name) =>
    ['', '1', 'TRUE'].map(
      (value) => [`${name}=${value}`, name, 'isBoolean', 'must be a boolean value'] as const,
    ),
  );
  const accounts = [
    ...sizes,
    ...booleans,
    ['page=-1', 'page', 'min', 'must not be less than 0'],
    ['page=1.0', 'page', 'isInt', isInt],
    ['page=42949673', 'page', 'max', 'must not be greater than 42949672'],
    ['page=0&offset=0', 'offset', 'isEmpty', 'must be empty'],
    ['pageSize=1&page=1&offset=x', 'offset', 'isEmpty', 'must be empty'],
    ['sort=up', 'sort', 'isIn', 'must be one of the following values: asc, desc'],
    ['currency=E', 'currency', 'isLength', expect.anything()],
    ['accountNumber=', 'accountNumber', 'isLength', expect.anything()],
  ] as const;
  const names = 'id, account_number, account_balance, available_balance';
  const searches = [
    ...sizes,
    ['', ...isMissing],
    ['count=false', ...isMissing],
    ['count=1&pageSize=1', 'count', 'isBoolean', 'must be a boolean value'],
    ['count=true&pageSize=51', 'pageSize', 'max', 'must not be greater than 50'],
  ] as const;
  const lists: readonly [Method, string, readonly (readonly [string, string, string, string])[]][] =
    [
      [
        'get',
        'account',
        [
          ...accounts,
          ['sortBy=_id', 'sortBy', 'isIn', `must be one of the following values: ${names}`],
        ],
      ],
      [
        'get',
        'account/count',
        [
          ...accounts,
          ['sortBy=x', 'sortBy', 'isIn', `must be one of the following values: ${names}, _id`],
        ],
      ],
      ['get', `account/block/${unknownId}`, [...sizes, ['', ...isMissing]]],
      ['get', `transaction/reference/${unknownId}`, sizes],
      ['post', 'transaction/account', searches],
      ['post', 'transaction/customer', searches],
      ['post', 'transaction/ledger', searches],
    ];

  it.each(
    lists.flatMap(([method, path, queries]) =>
      queries.map(([query, ...told]) => [method, path, query, ...told] as const),
    ),
  )(
    'is told what is wrong with it: %s %s?%s',
    async (method, path, query, property, rule, told) => {
      const body = method === 'post' ? { id: unknownId } : undefined;
      const answer = await rest[method](`${path}?${query}`, body);
      const sentence = typeof told === 'string' ? `${property} ${told}` : told;
      expect(answer).toMatchObject({
        status: 400,
        body: { data: [{ property, constraints: { [rule]: sentence } }] },
      });
      expect((answer.body as { data: object[] }).data).toHaveLength(1);
    },
  );

  it('is told together with what is wrong with the body', async () => {
    const { body } = await rest.post('transaction/account?offset=x', { currency: 1 });
    const properties = (body as { data: { property: string }[] }).data.map((one) => one.property);
    expect(properties).toEqual(['pageSize', 'offset', 'id', 'currency']);
  });
});
