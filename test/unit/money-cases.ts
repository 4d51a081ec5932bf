import fc from 'fast-check';
import { formatDecimal, parseDecimal } from '../../src/domain/decimal.ts';
import type { Party } from '../../src/domain/party.ts';
import { toUnits } from '../support/units.ts';

/** The most that 34 digits hold. */
const most = '9'.repeat(34);

/** What may be on an account: round and odd, very large and very small. */
export const kept = fc.constantFrom(
  ...['0', '1', '2', '2.5', '10', '1000', '0.5', '1E-30', '1E+30', most],
);

/** Amounts that meet the limits of what is on an account, and those of an amount. */
export const amounts = fc.constantFrom(
  ...['1', '1', '2', '0.5', '1.5', '10', '1.0', '0.000000000000000000000000000001', most, '0'],
  ...[
    '0.0000000000000000000000000000001',
    `1${'0'.repeat(33)}`,
    '1000000000000000000000.00000000001',
  ],
);

/** What is on an account, which is frozen once in ten times. */
export const holdings = fc.record({
  balance: kept,
  blocked: fc.oneof({ weight: 3, arbitrary: fc.constant('0') }, kept),
  frozen: fc.nat(9).map((die) => die === 0),
});

/** Makes an account on which there were seven movements. */
export function toParty(
  id: string,
  { balance, blocked, frozen }: { balance: string; blocked: string; frozen: boolean },
  currency = 'VC_X',
): Party {
  return {
    id,
    customerId: 'c'.repeat(24),
    currency,
    frozen,
    balance: parseDecimal(balance),
    blocked: parseDecimal(blocked),
    records: 7,
    version: 1,
  };
}

/** Reads a decimal in units. */
export const unitsOf = (decimal: Party['balance']): bigint => toUnits(formatDecimal(decimal));
