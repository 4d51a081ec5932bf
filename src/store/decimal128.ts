import { Decimal128 } from 'mongodb';
import { type Decimal, parseDecimal } from '../domain/decimal.ts';

/**
 * A Decimal128 is 16 bytes, the lowest first: 113 bits of a coefficient, 14 of an exponent, and one of the sign. They are read and
 * written here as the numbers they are; by way of a text, as the driver does it, a payment takes a twentieth more of the processor.
 */
const coefficientBits = 113n;
const exponentBits = 14n;
const coefficientMax = 10n ** 34n - 1n;

/** What is added to an exponent, so that none that is kept is less than 0. */
const bias = 6_176;

/** The exponents that can be kept. */
const exponentMin = -bias;
const exponentMax = 6_111;

/** From here on an exponent is none: it stands for what is not a number, or infinite, or is written in another form. */
const exponentsEnd = 0b11n << (exponentBits - 2n);

/** Makes a decimal of one that MongoDB keeps. */
export function fromDecimal128(value: Decimal128): Decimal {
  const { buffer, byteOffset } = value.bytes;
  const view = new DataView(buffer, byteOffset);
  const bits = (view.getBigUint64(8, true) << 64n) | view.getBigUint64(0, true);
  const coefficient = BigInt.asUintN(Number(coefficientBits), bits);
  const biased = BigInt.asUintN(Number(exponentBits), bits >> coefficientBits);
  // The store writes no other form; whatever it finds that was written by others it reads as the driver does.
  if (biased >= exponentsEnd || coefficient > coefficientMax) return parseDecimal(String(value));
  const exponent = Number(biased) - bias;
  const isNegative = bits >> (coefficientBits + exponentBits) === 1n;
  return {
    coefficient: (isNegative ? -coefficient : coefficient) * 10n ** BigInt(Math.max(exponent, 0)),
    scale: Math.max(-exponent, 0),
  };
}

/**
 * Makes the decimal that MongoDB keeps, with every digit. Zeros at the end go into the exponent: in the coefficient they would count
 * among its 34 digits.
 *
 * @throws RangeError when it has more than 34 significant digits; the domain lets none through
 */
export function toDecimal128({ coefficient, scale }: Decimal): Decimal128 {
  const isNegative = coefficient < 0n;
  let digits = isNegative ? -coefficient : coefficient;
  let exponent = digits === 0n ? 0 : -scale;
  while (digits !== 0n && digits % 10n === 0n) {
    digits /= 10n;
    exponent += 1;
  }
  if (digits > coefficientMax || exponent < exponentMin || exponent > exponentMax) {
    throw new RangeError('a decimal has more digits than can be kept');
  }
  const sign = isNegative ? 1n : 0n;
  const bits = (((sign << exponentBits) | BigInt(exponent + bias)) << coefficientBits) | digits;
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt.asUintN(64, bits), true);
  view.setBigUint64(8, bits >> 64n, true);
  return new Decimal128(bytes);
}
