/** The places of the unit in which the tests count money, with integers alone: 10^-40, finer than any amount or balance. */
const places = 40;

const significantDigitsMax = 34;
const fractionDigitsMax = 30;

/** Reads a decimal in units. */
export function toUnits(text: string): bigint {
  const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:E([+-]?\d+))?$/;
  const [, sign, whole = '', fraction = '', exponent = '0'] = pattern.exec(text) ?? [];
  if (whole + fraction === '') throw new RangeError(`not a decimal: ${text}`);
  const units =
    BigInt(whole + fraction) * 10n ** BigInt(places - fraction.length + Number(exponent));
  return sign === '-' ? -units : units;
}

/** Writes units as a canonical decimal. */
export function fromUnits(units: bigint): string {
  const unit = 10n ** BigInt(places);
  const positive = units < 0n ? -units : units;
  const fraction = String(unit + (positive % unit))
    .slice(1)
    .replace(/0+$/, '');
  return `${units < 0n ? '-' : ''}${positive / unit}${fraction && `.${fraction}`}`;
}

/** Counts the digits of units from the first to the last that is not zero, and how many of them are behind the point. */
export function countDigits(units: bigint): { significant: number; fraction: number } {
  if (units === 0n) return { significant: 0, fraction: 0 };
  let rest = units < 0n ? -units : units;
  let zeros = 0;
  while (rest % 10n === 0n) {
    rest /= 10n;
    zeros += 1;
  }
  return { significant: String(rest).length, fraction: Math.max(0, places - zeros) };
}

/** Asks whether a balance cannot be kept: it has too many digits (wire contract, section 4). */
export function isTooWide(units: bigint): boolean {
  return countDigits(units).significant > significantDigitsMax;
}

/** Asks whether an amount is refused as it stands (wire contract, section 4). */
export function isRefusedAmount(units: bigint): boolean {
  return units === 0n || isTooWide(units) || countDigits(units).fraction > fractionDigitsMax;
}
