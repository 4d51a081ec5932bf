/** The rules that a field broke, by their names in the class-validator family, each with a sentence that starts with the property. */
export type Constraints = Readonly<Record<string, string>>;

/** A property that broke a rule, as the answer shows it (wire contract, section 5). */
export interface Violation {
  /** The object that holds the property. */
  readonly target: unknown;
  readonly value: unknown;
  /** The path of the property, such as customer.externalId. */
  readonly property: string;
  readonly constraints: Constraints;
}

/** What became of a value: what the service works with, or what is wrong with it. */
type Outcome<T> =
  | { readonly value: T }
  | { readonly broken: Constraints }
  | { readonly violations: readonly Violation[] };

/** How a property is read and which rules it must keep. */
export interface Field<T, Required extends boolean = true> {
  readonly required: Required;
  readonly parse: (value: unknown, property: string) => Outcome<T>;
}

/** The properties of an object, by their names. */
export type Shape = Readonly<Record<string, Field<unknown, boolean>>>;

type RequiredNames<S extends Shape> = {
  [Name in keyof S]: S[Name]['required'] extends true ? Name : never;
}[keyof S];

type ValueOf<F> = F extends Field<infer T, boolean> ? T : never;

/** What an object of a shape holds: a property that is not required may be absent, and is never undefined. */
export type Shaped<S extends Shape> = {
  readonly [Name in RequiredNames<S>]: ValueOf<S[Name]>;
} & { readonly [Name in Exclude<keyof S, RequiredNames<S>>]?: ValueOf<S[Name]> };

/** The longest text that an answer repeats of a value, in characters. */
const repeatedMax = 200;

/** Reads an object by its shape, and gathers what is wrong with it. A property that is null counts as absent. */
export function parseShape<S extends Shape>(
  source: Readonly<Record<string, unknown>>,
  shape: S,
  path = '',
): { readonly value: Shaped<S>; readonly violations: readonly Violation[] } {
  const target = Object.fromEntries(
    Object.keys(shape)
      .filter((name) => Object.hasOwn(source, name))
      .map((name) => [name, shorten(source[name])]),
  );
  const value: Record<string, unknown> = {};
  const violations: Violation[] = [];
  for (const [name, field] of Object.entries(shape)) {
    const given = Object.hasOwn(source, name) ? (source[name] ?? undefined) : undefined;
    if (given === undefined && !field.required) continue;
    const property = path + name;
    const outcome: Outcome<unknown> =
      given === undefined
        ? { broken: { isNotEmpty: `${property} should not be empty` } }
        : field.parse(given, property);
    if ('value' in outcome) value[name] = outcome.value;
    else if ('violations' in outcome) violations.push(...outcome.violations);
    else violations.push({ target, value: target[name], property, constraints: outcome.broken });
  }
  return { value: value as Shaped<S>, violations };
}

/** Makes a field one that may be absent. */
export function optional<T>(field: Field<T>): Field<T, false> {
  return { ...field, required: false };
}

/** A text of so many Unicode code points. */
export function text(min: number, max: number): Field<string> {
  return stringField((value, property) => {
    const length = [...value].length;
    const isLength = `${property} must be longer than or equal to ${min} and shorter than or equal to ${max} characters`;
    return length < min || length > max ? { isLength } : undefined;
  });
}

/** One of these texts. */
export function oneOf(values: ReadonlySet<string>): Field<string> {
  const list = [...values].join(', ');
  return stringField((value, property) =>
    values.has(value)
      ? undefined
      : { isIn: `${property} must be one of the following values: ${list}` },
  );
}

/** A boolean of a body. */
export const boolean: Field<boolean> = {
  required: true,
  parse: (value, property) =>
    typeof value === 'boolean'
      ? { value }
      : { broken: { isBoolean: `${property} must be a boolean value` } },
};

/** A whole number of a query, in decimal digits. */
export function integerText(min: number, max: number): Field<number> {
  return {
    required: true,
    parse(value, property) {
      if (typeof value !== 'string' || !/^[+-]?\d{1,15}$/.test(value)) {
        return { broken: { isInt: `${property} must be an integer number` } };
      }
      const number = Number(value);
      if (number < min) return { broken: { min: `${property} must not be less than ${min}` } };
      if (number > max) return { broken: { max: `${property} must not be greater than ${max}` } };
      return { value: number };
    },
  };
}

/** An object of a body. */
export function object<S extends Shape>(shape: S): Field<Shaped<S>> {
  return {
    required: true,
    parse(value, property) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        return { broken: { isObject: `${property} must be an object` } };
      }
      const parsed = parseShape(value as Record<string, unknown>, shape, `${property}.`);
      return parsed.violations.length > 0 ? { violations: parsed.violations } : parsed;
    },
  };
}

function stringField(
  check: (value: string, property: string) => Constraints | undefined,
): Field<string> {
  return {
    required: true,
    parse(value, property) {
      // Half of a surrogate pair is no text: MongoDB would keep another one than was sent.
      if (typeof value !== 'string' || !value.isWellFormed()) {
        return { broken: { isString: `${property} must be a string` } };
      }
      const broken = check(value, property);
      return broken ? { broken } : { value };
    },
  };
}

/** Shortens a value that an answer repeats, so that a large request does not make a larger answer. */
function shorten(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.length <= repeatedMax ? value : `${value.slice(0, repeatedMax).toWellFormed()}…`;
  }
  try {
    const json = JSON.stringify(value);
    return json.length <= repeatedMax ? value : `${json.slice(0, repeatedMax).toWellFormed()}…`;
  } catch {
    // Nested so deeply that it can be parsed and not be written.
    return '…';
  }
}
