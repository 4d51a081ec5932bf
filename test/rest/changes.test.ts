import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService, type TestService } from '../support/service.ts';
import { createRest, openAccount, type Rest, read } from './rest.ts';

let service: TestService;
let rest: Rest;
let path: string;
beforeAll(async () => {
  service = await startTestService();
  rest = createRest(service);
  const { customerId } = await openAccount(rest, 'EUR');
  path = `customer/${customerId}`;
  for (const verb of ['disable', 'enable']) await rest.put(`${path}/${verb}`);
});
afterAll(() => service.close());

describe('the changes of a customer', () => {
  it.each([
    ['', 'pageSize'],
    ['pageSize=', 'pageSize'],
    ['pageSize=0', 'pageSize'],
    ['pageSize=-1', 'pageSize'],
    ['pageSize=51', 'pageSize'],
    ['pageSize=1.5', 'pageSize'],
    ['pageSize=ten', 'pageSize'],
    ['pageSize=1&pageSize=2', 'pageSize'],
    ['pageSize=1&offset=-1', 'offset'],
    ['pageSize=1&offset=2147483648', 'offset'],
    ['pageSize=1&verb=disable', 'verb'],
    ['pageSize=1&verb=', 'verb'],
    ['pageSize=1&verb=FREEZE', 'verb'],
    ['pageSize=1&actor=', 'actor'],
    [`pageSize=1&actor=${'x'.repeat(101)}`, 'actor'],
    ['pageSize=1&requestId=', 'requestId'],
    [`pageSize=1&requestId=${'x'.repeat(256)}`, 'requestId'],
    ['pageSize=1&from=yesterday', 'from'],
    ['pageSize=1&from=-1', 'from'],
    ['pageSize=1&to=1.5', 'to'],
    ['pageSize=1&to=1000000000000000', 'to'],
  ])('are refused with the query "%s"', async (query, property) => {
    expect(await rest.get(`${path}/changes?${query}`)).toMatchObject({
      status: 400,
      body: { errorCode: 'validation.failed', data: [{ property }] },
    });
  });

  it('of an account have verbs of their own', async () => {
    const { id } = await openAccount(rest, 'EUR');
    expect(await rest.get(`account/${id}/changes?pageSize=1&verb=CREATE`)).toMatchObject({
      status: 200,
      body: [{ verb: 'CREATE', accountId: id, after: { currency: 'EUR', blocked: '0' } }],
    });
    for (const [query, property] of [
      ['pageSize=1&verb=ENABLE', 'verb'],
      ['pageSize=51', 'pageSize'],
    ]) {
      expect(await rest.get(`account/${id}/changes?${query}`)).toMatchObject({
        status: 400,
        body: { errorCode: 'validation.failed', data: [{ property }] },
      });
    }
  });

  it('are oldest first, from an offset, and none past the end', async () => {
    const versions = async (query: string) =>
      (await read<{ version: number }[]>(rest.get(`${path}/changes?${query}`))).map(
        ({ version }) => version,
      );
    expect(await versions('pageSize=50')).toEqual([1, 2, 3]);
    expect(await versions('pageSize=1&offset=1')).toEqual([2]);
    expect(await versions('pageSize=2&offset=2')).toEqual([3]);
    expect(await versions('pageSize=2&offset=3')).toEqual([]);
    expect(await versions('pageSize=50&offset=2147483647')).toEqual([]);
    expect(await versions('pageSize=50&verb=ENABLE&unknown=parameter')).toEqual([3]);
    expect(await versions('pageSize=50&from=0&to=999999999999999')).toEqual([1, 2, 3]);
  });

  it('leave out what is not set', async () => {
    const [first, second] = await read<object[]>(rest.get(`${path}/changes?pageSize=2`));
    const keys = ['actor', 'after', 'created', 'customerId', 'id', 'verb', 'version'];
    expect(Object.keys(first ?? {}).sort()).toEqual(keys);
    expect(Object.keys(second ?? {}).sort()).toEqual([...keys, 'before'].sort());
  });
});
