import { expect } from 'vitest';
import { addDecimals, formatDecimal, zero } from '../../src/domain/decimal.ts';
import { fromDecimal128 } from '../../src/store/decimal128.ts';
import type { Collections } from '../../src/store/documents.ts';

const sumOf = (amounts: Parameters<typeof fromDecimal128>[0][]) =>
  formatDecimal(amounts.map(fromDecimal128).reduce(addDecimals, zero));

/**
 * Asserts that every balance is the sum of its account's records, which are numbered without a gap, that the balances of each virtual
 * currency come to its supply, that each payment is two records that come to nothing, and that each customer counts its debits.
 */
export async function expectBalancedBooks(collections: Collections): Promise<void> {
  const accounts = await collections.accounts.find().toArray();
  const records = await collections.records.find().sort({ sequence: 1 }).toArray();
  const recordsOf = Map.groupBy(records, ({ accountId }) => accountId.toHexString());
  for (const { _id, balance, records: count } of accounts) {
    const own = recordsOf.get(_id.toHexString()) ?? [];
    expect(own.map(({ sequence }) => sequence)).toEqual(own.map((_, index) => index + 1));
    expect({ _id, count, balance: sumOf([balance]) }).toEqual({
      _id,
      count: own.length,
      balance: sumOf(own.map(({ amount }) => amount)),
    });
    expect(sumOf([balance])).not.toMatch(/^-/);
  }
  for (const { name, supply } of await collections.virtualCurrencies.find().toArray()) {
    const held = accounts.filter(({ currency }) => currency === name);
    expect(sumOf(held.map(({ balance }) => balance))).toBe(sumOf([supply]));
  }
  const payments = records.filter(({ operationType }) => operationType === 'PAYMENT');
  for (const [reference, pair] of Map.groupBy(payments, (record) => record.reference)) {
    const moved = sumOf(pair.map(({ amount }) => amount));
    expect({ reference, count: pair.length, moved }).toEqual({ reference, count: 2, moved: '0' });
  }
  const debits = records.filter(({ transactionType }) => transactionType === 'DEBIT_PAYMENT');
  const debitsOf = Map.groupBy(debits, ({ customerId }) => customerId?.toHexString());
  for (const { _id, spends } of await collections.customers.find().toArray()) {
    expect({ _id, spends }).toEqual({ _id, spends: debitsOf.get(_id.toHexString())?.length ?? 0 });
  }
}
