import { type Constraints, shorten, showTarget, type Violation } from './violation.ts';

/** What a request sends as one of its parts, before any rule was looked at. */
export type Source = Readonly<Record<string, unknown>>;

/** What became of a value: what the service works with, or what is wrong with it. */
export type Outcome<T> =
  | { readonly value: T }
  | { readonly broken: Constraints }
  | { readonly violations: readonly Violation[] };

/** How a property is read and which rules it must keep. */
export interface Field<T, Required extends boolean = true> {
  readonly required: Required;
  readonly parse: (value: unknown, property: string) => Outcome<T>;
  /** Tells what the properties beside it break of it, whether it is given or, being undefined, is not. */
  readonly compare?: (value: unknown, property: string, beside: Source) => Constraints | undefined;
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

/** Reads an object by its shape, and gathers what is wrong with it. A property that is null counts as absent. */
export function parseShape<S extends Shape>(
  source: Source,
  shape: S,
  path = '',
): { readonly value: Shaped<S>; readonly violations: readonly Violation[] } {
  let target: Source | undefined;
  const value: Record<string, unknown> = {};
  const violations: Violation[] = [];
  for (const [name, field] of Object.entries(shape)) {
    const property = path + name;
    const outcome = parseField(field, name, property, source);
    if (!outcome) continue;
    if ('value' in outcome) value[name] = outcome.value;
    else if ('violations' in outcome) violations.push(...outcome.violations);
    else {
      // Shown once, and only when something is wrong: a large body costs time to write.
      target ??= showTarget(source, Object.keys(shape));
      violations.push({ target, value: target[name], property, constraints: outcome.broken });
    }
  }
  return { value: value as Shaped<S>, violations };
}

/** Makes a field one that may be absent. */
export function optional<T>(field: Field<T>): Field<T, false> {
  return { ...field, required: false };
}

/** Makes a field one that may be absent only where another property has this value. */
export function optionalBeside<T>(field: Field<T>, name: string, value: unknown): Field<T, false> {
  return {
    ...optional(field),
    compare: (given, property, beside) =>
      given === undefined && readGiven(beside, name) !== value ? isEmpty(property) : undefined,
  };
}

/** Makes a field one that may be absent only where another property is given. */
export function optionalWith<T>(field: Field<T>, name: string): Field<T, false> {
  return {
    ...optional(field),
    compare: (given, property, beside) =>
      given === undefined && readGiven(beside, name) === undefined ? isEmpty(property) : undefined,
  };
}

/** Makes a field one that may be absent, and must be where another property is given. */
export function excludedBy<T>(field: Field<T>, name: string): Field<T, false> {
  return {
    ...optional(field),
    compare: (given, property, beside) =>
      given !== undefined && readGiven(beside, name) !== undefined
        ? { isEmpty: `${property} must be empty` }
        : undefined,
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
      const parsed = parseShape(value as Source, shape, `${property}.`);
      return parsed.violations.length > 0 ? { violations: parsed.violations } : parsed;
    },
  };
}

/** A list of a body, of so many elements. */
export function array<T>(element: Field<T>, min: number, max: number): Field<readonly T[]> {
  return {
    required: true,
    parse(list, property) {
      if (!Array.isArray(list)) return { broken: { isArray: `${property} must be an array` } };
      if (list.length < min) {
        const arrayMinSize = `${property} must contain at least ${min} elements`;
        return { broken: { arrayMinSize } };
      }
      if (list.length > max) {
        const arrayMaxSize = `${property} must contain no more than ${max} elements`;
        return { broken: { arrayMaxSize } };
      }
      return parseElements(list, element, property);
    },
  };
}

function parseElements<T>(
  list: readonly unknown[],
  element: Field<T>,
  path: string,
): Outcome<readonly T[]> {
  let target: unknown;
  const value: T[] = [];
  const violations: Violation[] = [];
  for (const [index, item] of list.entries()) {
    const property = `${path}.${index}`;
    const outcome = element.parse(item, property);
    if ('value' in outcome) value.push(outcome.value);
    else if ('violations' in outcome) violations.push(...outcome.violations);
    else {
      target ??= shorten(list);
      const constraints = outcome.broken;
      violations.push({ target, value: shorten(item), property, constraints });
    }
  }
  return violations.length > 0 ? { violations } : { value };
}

/** Reads one property of an object; undefined when it is absent and may be. */
function parseField(
  field: Field<unknown, boolean>,
  name: string,
  property: string,
  source: Source,
): Outcome<unknown> | undefined {
  const given = readGiven(source, name);
  const broken = field.compare?.(given, property, source);
  if (broken) return { broken };
  if (given !== undefined) return field.parse(given, property);
  return field.required ? { broken: isEmpty(property) } : undefined;
}

function readGiven(source: Source, name: string): unknown {
  return Object.hasOwn(source, name) ? (source[name] ?? undefined) : undefined;
}

function isEmpty(property: string): Constraints {
  return { isNotEmpty: `${property} should not be empty` };
}
