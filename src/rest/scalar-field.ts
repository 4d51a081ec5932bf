import { amountLengthMax } from '../domain/amount.ts';
import type { Field } from './field.ts';
import type { Constraints } from './violation.ts';

/** A text of so many Unicode code points, which matches a pattern if one is given. */
export function text(min: number, max: number, pattern?: RegExp): Field<string> {
  return stringField((value, property) => {
    const length = countCodePoints(value);
    const isLength = `${property} must be longer than or equal to ${min} and shorter than or equal to ${max} characters`;
    return {
      ...((length < min || length > max) && { isLength }),
      ...(pattern && breakPattern(value, property, pattern)),
    };
  });
}

/** A decimal in a text, as long as an amount may be, which matches a pattern. */
export function decimalText(pattern: RegExp): Field<string> {
  return stringField((value, property) => {
    const maxLength = `${property} must be shorter than or equal to ${amountLengthMax} characters`;
    return {
      ...(countCodePoints(value) > amountLengthMax && { maxLength }),
      ...breakPattern(value, property, pattern),
    };
  });
}

/** One of these texts. */
export function oneOf<T extends string>(values: Iterable<T>): Field<T> {
  const allowed: ReadonlySet<string> = new Set(values);
  const list = [...allowed].join(', ');
  return stringField((value, property): Constraints => {
    const isIn = `${property} must be one of the following values: ${list}`;
    return allowed.has(value) ? {} : { isIn };
  }) as Field<T>;
}

/** A boolean of a body. */
export const boolean: Field<boolean> = {
  required: true,
  parse: (value, property) =>
    typeof value === 'boolean' ? { value } : { broken: breakBoolean(property) },
};

/** A boolean of a query. */
export const booleanText: Field<boolean> = {
  required: true,
  parse: (value, property) =>
    value === 'true' || value === 'false'
      ? { value: value === 'true' }
      : { broken: breakBoolean(property) },
};

/** A whole number of a query, in decimal digits. */
export function integerText(min: number, max: number): Field<number> {
  const field = integer(min, max);
  return {
    required: true,
    parse: (value, property) =>
      field.parse(
        typeof value === 'string' && /^[+-]?\d{1,15}$/.test(value) ? Number(value) : undefined,
        property,
      ),
  };
}

/** A whole number of a body. */
export function integer(min: number, max: number): Field<number> {
  return {
    required: true,
    parse(value, property) {
      if (typeof value !== 'number' || !Number.isInteger(value)) {
        return { broken: { isInt: `${property} must be an integer number` } };
      }
      if (value < min) return { broken: breakMin(property, min) };
      if (value > max) return { broken: { max: `${property} must not be greater than ${max}` } };
      return { value };
    },
  };
}

/** A number of a body. */
export function number(min: number): Field<number> {
  return {
    required: true,
    parse(value, property) {
      // A number of JSON that is too large for a double is parsed as infinite.
      if (typeof value !== 'number' || !Number.isFinite(value)) {
        const isNumber = `${property} must be a number conforming to the specified constraints`;
        return { broken: { isNumber } };
      }
      return value < min ? { broken: breakMin(property, min) } : { value };
    },
  };
}

/** @param check gives the rules that a text breaks; none when it is good */
function stringField(check: (value: string, property: string) => Constraints): Field<string> {
  return {
    required: true,
    parse(value, property) {
      // Half of a surrogate pair is no text: MongoDB would keep another one than was sent.
      if (typeof value !== 'string' || !value.isWellFormed()) {
        return { broken: { isString: `${property} must be a string` } };
      }
      const broken = check(value, property);
      return Object.keys(broken).length > 0 ? { broken } : { value };
    },
  };
}

function countCodePoints(value: string): number {
  return [...value].length;
}

function breakPattern(value: string, property: string, pattern: RegExp): Constraints {
  const matches = `${property} must match ${pattern} regular expression`;
  return pattern.test(value) ? {} : { matches };
}

function breakBoolean(property: string): Constraints {
  return { isBoolean: `${property} must be a boolean value` };
}

function breakMin(property: string, min: number): Constraints {
  return { min: `${property} must not be less than ${min}` };
}
