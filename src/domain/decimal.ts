/** An exact decimal: coefficient * 10^-scale, with a scale of 0 or more. */
export interface Decimal {
  readonly coefficient: bigint;
  readonly scale: number;
}

export const zero: Decimal = { coefficient: 0n, scale: 0 };

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;

/**
 * Parses a decimal, with or without an exponent, without losing a digit.
 *
 * @throws RangeError when the text is not a finite decimal.
 */
export function parseDecimal(text: string): Decimal {
  const match = pattern.exec(text);
  const [, sign, whole = '', fraction = '', exponent = '0'] = match ?? [];
  if (whole === '' && fraction === '') throw new RangeError(`not a decimal: ${text}`);
  const digits = BigInt(whole + fraction);
  const scale = fraction.length - Number(exponent);
  return {
    coefficient: (sign === '-' ? -digits : digits) * 10n ** BigInt(Math.max(-scale, 0)),
    scale: Math.max(scale, 0),
  };
}

/** Adds two decimals, exactly. */
export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { coefficient: rescale(a, scale) + rescale(b, scale), scale };
}

/** Subtracts b from a, exactly. */
export function subtractDecimals(a: Decimal, b: Decimal): Decimal {
  return addDecimals(a, negateDecimal(b));
}

/** Gives a decimal the other sign. */
export function negateDecimal(decimal: Decimal): Decimal {
  return { coefficient: -decimal.coefficient, scale: decimal.scale };
}

/** Compares two decimals by value: less than 0 when a is smaller, 0 when they are equal. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const { coefficient } = subtractDecimals(a, b);
  if (coefficient === 0n) return 0;
  return coefficient < 0n ? -1 : 1;
}

/** Asks whether a decimal is zero. */
export function isZero(decimal: Decimal): boolean {
  return decimal.coefficient === 0n;
}

/** Counts the digits of a decimal from the first to the last that is not zero, and those of them behind the point. */
export function countDigits(decimal: Decimal): { significant: number; fraction: number } {
  const text = formatDecimal(decimal).replace('-', '');
  const [whole = '', fraction = ''] = text.split('.');
  const digits = (whole + fraction).replace(/^0+/, '').replace(/0+$/, '');
  return { significant: digits.length, fraction: fraction.length };
}

/** Formats a decimal canonically: no exponent, no plus sign, no trailing zeros, "0.5" and not ".5" (wire contract, section 4). */
export function formatDecimal(decimal: Decimal): string {
  const negative = decimal.coefficient < 0n;
  const digits = String(negative ? -decimal.coefficient : decimal.coefficient).padStart(
    decimal.scale + 1,
    '0',
  );
  const point = digits.length - decimal.scale;
  const fraction = digits.slice(point).replace(/0+$/, '');
  const text = fraction === '' ? digits.slice(0, point) : `${digits.slice(0, point)}.${fraction}`;
  return negative ? `-${text}` : text;
}

function rescale(decimal: Decimal, scale: number): bigint {
  return decimal.coefficient * 10n ** BigInt(scale - decimal.scale);
}
