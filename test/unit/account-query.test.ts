import { describe, expect, it } from 'vitest';
import {
  accountCountQuery,
  accountListQuery,
  toAccountFilter,
  toAccountOrder,
  toAccountPage,
} from '../../src/rest/account-query.ts';
import { parseShape } from '../../src/rest/field.ts';

function parse(query: Record<string, string>) {
  const { value, violations } = parseShape(query, accountListQuery);
  expect(violations).toEqual([]);
  return value;
}

describe('the query of the list of accounts', () => {
  it.each<[Record<string, string>, object]>([
    [{}, { size: 50, offset: 0 }],
    [{ pageSize: '7' }, { size: 7, offset: 0 }],
    [{ page: '0' }, { size: 50, offset: 0 }],
    [{ page: '2' }, { size: 50, offset: 100 }],
    [
      { pageSize: '7', page: '3' },
      { size: 7, offset: 21 },
    ],
    [
      { pageSize: '7', offset: '3' },
      { size: 7, offset: 3 },
    ],
    [{ page: '42949672' }, { size: 50, offset: 2_147_483_600 }],
    [{ offset: '2147483647' }, { size: 50, offset: 2_147_483_647 }],
  ])('%j begins and ends at %j', (query, page) => {
    expect(toAccountPage(parse(query))).toEqual(page);
  });

  it.each<[Record<string, string>, object]>([
    [{}, { by: 'id', descending: false }],
    [{ sort: 'asc' }, { by: 'id', descending: false }],
    [{ sort: 'desc' }, { by: 'id', descending: true }],
    [{ sortBy: 'id' }, { by: 'id', descending: false }],
    [
      { sortBy: 'account_number', sort: 'desc' },
      { by: 'accountNumber', descending: true },
    ],
    [{ sortBy: 'account_balance' }, { by: 'accountBalance', descending: false }],
    [
      { sortBy: 'available_balance', sort: 'asc' },
      { by: 'availableBalance', descending: false },
    ],
  ])('%j sorts by %j', (query, order) => {
    expect(toAccountOrder(parse(query))).toEqual(order);
  });

  it('filters by all that it tells, and by nothing else', () => {
    const filters = { currency: 'EUR', accountNumber: 'n' };
    const rest = {
      pageSize: '1',
      offset: '0',
      sort: 'asc',
      sortBy: 'id',
      accountCode: 'c',
      x: '1',
    };
    expect(toAccountFilter(parse(rest))).toEqual({});
    const told = {
      ...rest,
      ...filters,
      active: 'true',
      frozen: 'false',
      onlyNonZeroBalance: 'true',
    };
    const expected = { ...filters, active: true, frozen: false, onlyNonZeroBalance: true };
    expect(toAccountFilter(parse(told))).toEqual(expected);
    expect(toAccountFilter(parseShape(told, accountCountQuery).value)).toEqual(expected);
  });

  it('sorts by _id where it only counts', () => {
    expect(parseShape({ sortBy: '_id' }, accountCountQuery).violations).toEqual([]);
    expect(parseShape({ sortBy: '_id' }, accountListQuery).violations).toMatchObject([
      {
        property: 'sortBy',
        constraints: { isIn: expect.stringMatching(/^sortBy must be one of/) },
      },
    ]);
  });
});
