import { countDigits, type Decimal, isZero, parseDecimal } from './decimal.ts';
import { LedgerError } from './ledger-error.ts';

/** What a caller may write as an amount: no sign but a plus, no exponent (wire contract, section 4). */
export const amountPattern = /^[+]?((\d+(\.\d*)?)|(\.\d+))$/;

/** The longest text of an amount, in characters. */
export const amountLengthMax = 38;

/** The digits that are kept of an amount or a balance, from the first to the last that is not zero: those of Decimal128. */
export const significantDigitsMax = 34;

/** The decimal places of an amount; trailing zeros do not count. */
const fractionDigitsMax = 30;

/**
 * Parses an amount that matches amountPattern.
 *
 * @param name what the caller calls it, and the refusal with it
 * @throws LedgerError AMOUNT_FORMAT when it is zero, or has more digits than can be kept exactly
 */
export function parseAmount(text: string, name: 'amount' | 'supply' = 'amount'): Decimal {
  const amount = parseDecimal(text);
  const { significant, fraction } = countDigits(amount);
  if (isZero(amount) || significant > significantDigitsMax || fraction > fractionDigitsMax) {
    throw new LedgerError('AMOUNT_FORMAT', { [name]: text });
  }
  return amount;
}

/** Asks whether a balance, or a sum of blockages, can be kept without losing a digit. */
export function canBeKept(sum: Decimal): boolean {
  return countDigits(sum).significant <= significantDigitsMax;
}
