import { Decimal128 } from 'mongodb';
import { type Decimal, formatDecimal, parseDecimal } from '../domain/decimal.ts';

/** Makes a decimal of one that MongoDB keeps. */
export function fromDecimal128(value: Decimal128): Decimal {
  return parseDecimal(value.toString());
}

/**
 * Makes the decimal that MongoDB keeps, with every digit. Zeros at the end go into the exponent: written out, they would count among
 * its 34 digits.
 *
 * @throws BSONError when it has more than 34 significant digits; the domain lets none through
 */
export function toDecimal128(decimal: Decimal): Decimal128 {
  const text = formatDecimal(decimal);
  const [whole = '', fraction = ''] = text.split('.');
  const digits = whole + fraction;
  const kept = digits.replace(/0+$/, '');
  if (kept === '' || kept === '-') return Decimal128.fromString('0');
  return Decimal128.fromString(`${kept}E${digits.length - kept.length - fraction.length}`);
}
