/** The rules that a property broke, by their names in the class-validator family, each with a sentence that starts with the property. */
export type Constraints = Readonly<Record<string, string>>;

/** A property that broke a rule, as the answer shows it (wire contract, section 5). */
export interface Violation {
  /** The object or the list that holds the property. */
  readonly target: unknown;
  readonly value: unknown;
  /** The path of the property, such as customer.externalId or accounts.0.currency. */
  readonly property: string;
  readonly constraints: Constraints;
}

/** The longest text that an answer repeats of a value, in characters. */
const repeatedMax = 200;

/** Shows of an object what is known of it, each property in part where it is long. */
export function showTarget(
  source: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    names
      .filter((name) => Object.hasOwn(source, name))
      .map((name) => [name, shorten(source[name])]),
  );
}

/** Shortens a value that an answer repeats, so that a large request does not make a larger answer. */
export function shorten(value: unknown): unknown {
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
