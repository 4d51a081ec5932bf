import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService, type TestService } from '../support/service.ts';
import {
  type AccountJson,
  createRest,
  deactivate,
  done,
  openAccount,
  type Rest,
  read,
} from './rest.ts';

let service: TestService;
let rest: Rest;
/** All accounts of the ledger, oldest first. */
let accounts: AccountJson[];
beforeAll(async () => {
  service = await startTestService();
  rest = createRest(service);
  const opened = [];
  for (let index = 0; index < 52; index += 1) {
    const names = { accountNumber: `number ${index % 10}` };
    const currency = index % 2 === 0 ? 'EUR' : 'BTC';
    opened.push(await read<AccountJson>(rest.post('account', { currency, ...names })));
  }
  for (const account of opened.slice(0, 4)) await deactivate(rest, account);
  for (const { id } of opened.slice(4, 7)) await done(rest.put(`account/${id}/freeze`));
  accounts = [];
  for (const { id } of opened) accounts.push(await read<AccountJson>(rest.get(`account/${id}`)));
});
afterAll(() => service.close());

const list = async (query: string) => await read<AccountJson[]>(rest.get(`account?${query}`));

describe('the list of accounts', () => {
  it('has the oldest 50 first of all, inactive ones too, each as it is read alone', async () => {
    expect(await rest.get('account')).toEqual({ status: 200, body: accounts.slice(0, 50) });
  });

  it.each<[string, number, number]>([
    ['pageSize=50', 0, 50],
    ['pageSize=1', 0, 1],
    ['page=0', 0, 50],
    ['page=1', 50, 52],
    ['page=2', 52, 52],
    ['page=42949672', 52, 52],
    ['offset=0', 0, 50],
    ['offset=51', 51, 52],
    ['offset=52', 52, 52],
    ['pageSize=7&page=0', 0, 7],
    ['pageSize=7&page=2', 14, 21],
    ['pageSize=7&page=7', 49, 52],
    ['pageSize=7&offset=2', 2, 9],
    ['pageSize=7&offset=2147483647', 52, 52],
    ['sort=asc&sortBy=id&unknown=1', 0, 50],
  ])('by ?%s goes from %i to %i', async (query, from, to) => {
    expect(await list(query)).toEqual(accounts.slice(from, to));
  });

  it.each<[string, (account: AccountJson & { accountNumber?: string }) => boolean]>([
    ['active=true', ({ active }) => active],
    ['active=false', ({ active }) => !active],
    ['frozen=true', ({ frozen }) => frozen],
    ['frozen=false', ({ frozen }) => !frozen],
    ['currency=BTC', ({ currency }) => currency === 'BTC'],
    ['currency=VC_NOPE', () => false],
    ['accountNumber=number+3', ({ accountNumber }) => accountNumber === 'number 3'],
    ['onlyNonZeroBalance=false', () => true],
    [
      'active=true&frozen=true&currency=EUR&accountNumber=number%206',
      ({ accountNumber, frozen }) => accountNumber === 'number 6' && frozen,
    ],
  ])('filters by ?%s, and so does the count', async (query, matches) => {
    const expected = accounts.filter(matches);
    expect(await list(query)).toEqual(expected.slice(0, 50));
    expect(await rest.get(`account/count?${query}`)).toEqual({
      status: 200,
      body: { total: expected.length },
    });
  });

  it('is counted whole, whatever page and order a client asks for', async () => {
    for (const query of ['', '?pageSize=1&page=7&sort=desc&sortBy=_id', '?offset=9&sortBy=id']) {
      expect((await rest.get(`account/count${query}`)).body).toEqual({ total: accounts.length });
    }
  });

  it('is of one tenant', async () => {
    const { key } = await service.createKey('another');
    const stranger = createRest({ address: service.address, key });
    expect((await stranger.get('account')).body).toEqual([]);
    expect((await stranger.get('account/count')).body).toEqual({ total: 0 });
    const own = await openAccount(stranger, 'EUR');
    expect((await stranger.get('account')).body).toEqual([own]);
    expect(await rest.get('account/count')).toMatchObject({ body: { total: accounts.length } });
  });
});
