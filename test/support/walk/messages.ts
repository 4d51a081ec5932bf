import {
  create,
  type DescField,
  type DescMessage,
  type DescMethod,
  type Message,
  ScalarType,
} from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import type { RefKind, Refs } from './refs.ts';

/** A request of a method, made of what it names. */
export interface RequestOfMethod {
  /** Tells apart the requests of one method: the field by which each names its resource. */
  readonly by: string;
  readonly build: (refs: Refs) => Message;
}

/** Which resource a text names, by its field. What an id names is told by the method. */
const kindsByField: Readonly<Record<string, RefKind>> = {
  external_id: 'externalId',
  customer_id: 'customer',
  customer_external_id: 'externalId',
  account_id: 'account',
  sender_account_id: 'account',
  recipient_account_id: 'recipient',
  counter_account_id: 'recipient',
  currency: 'currency',
  currencies: 'currency',
  reference: 'reference',
  page_token: 'pageToken',
  request_id: 'requestId',
  position: 'position',
};

/** What a method's id names, by the end of its name; the longest one counts. */
const kindsByMethod: readonly (readonly [RegExp, RefKind])[] = [
  [/Blockage$/, 'blockage'],
  [/Account$|AccountChanges$/, 'account'],
  [/Key$/, 'key'],
  [/Customers?$|CustomerChanges$/, 'customer'],
];

/** Texts that look as if they named a resource, and do not. */
const namesNothing: ReadonlySet<string> = new Set([
  'accounting_currency',
  'transaction_code',
  'payment_id',
  'CreateKeyRequest.name',
  // They look for changes among those of a customer or an account that is named beside them.
  'ListAccountChangesRequest.request_id',
  'ListCustomerChangesRequest.request_id',
]);

/** The values of fields without which a request that changes something is not a good one. */
const values: Readonly<Record<string, readonly unknown[]>> = {
  amount: ['1'],
  type: ['walk'],
  supply: ['1'],
  base_pair: ['EUR'],
  customer_country: ['DE'],
  account_code: ['walk'],
  scopes: ['customers:read'],
};

/** Asks whether a method looks at several resources: its request then names what it looks for, and nothing else. */
function isSearch({ name }: DescMethod): boolean {
  return /^(?:List|Count|Watch)/.test(name);
}

/** Makes the requests of a method: one for each of the fields by which it can name its resource. */
export function requestsOf(method: DescMethod): RequestOfMethod[] {
  const cases = method.input.oneofs
    .filter((oneof) => oneof.fields.length > 1)
    .flatMap((oneof) => oneof.fields);
  const choices = cases.length > 0 ? cases : [undefined];
  return choices.map((chosen) => ({
    by: chosen?.name ?? 'its fields',
    build: (refs) => buildMessage(method, method.input, refs, chosen),
  }));
}

function buildMessage(
  method: DescMethod,
  schema: DescMessage,
  refs: Refs,
  chosen?: DescField,
): Message {
  const message = reflect(schema, create(schema));
  for (const field of schema.fields) {
    const { oneof } = field;
    const isOther = oneof && oneof.fields.length > 1 && field !== (chosen ?? oneof.fields[0]);
    // What is asked for together has one request id.
    const isNestedId = field.name === 'request_id' && schema !== method.input;
    if (!isOther && !isNestedId) fill(message, method, field, refs);
  }
  return message.message;
}

/** Fills a field in where it names a resource, or where the request is no good one without it. */
function fill(message: ReflectMessage, method: DescMethod, field: DescField, refs: Refs): void {
  if (field.message) fillMessage(message, method, field, field.message, refs);
  else if (field.name === 'page_size') message.set(field, 1);
  else fillValues(message, field, valuesOf(method, field, refs));
}

function fillMessage(
  message: ReflectMessage,
  method: DescMethod,
  field: DescField,
  schema: DescMessage,
  refs: Refs,
): void {
  if (!schema.typeName.startsWith('ledger.') || isSearch(method)) return;
  const inner = reflect(schema, buildMessage(method, schema, refs));
  if (field.fieldKind === 'list') message.get(field).add(inner);
  else message.set(field, inner);
}

function fillValues(message: ReflectMessage, field: DescField, filled: readonly unknown[]): void {
  for (const value of filled) {
    if (field.fieldKind === 'list') message.get(field).add(value);
    else message.set(field, value);
  }
}

function valuesOf(method: DescMethod, field: DescField, refs: Refs): readonly unknown[] {
  const kind = kindOf(method, field);
  if (kind) return refs[kind] === '' ? [] : [refs[kind]];
  return isSearch(method) ? [] : (values[field.name] ?? []);
}

/**
 * Tells which resource a field names; undefined when it names none.
 *
 * @throws Error when it looks as if it named one and nobody has said which
 */
function kindOf(method: DescMethod, field: DescField): RefKind | undefined {
  if (field.scalar !== ScalarType.STRING) return undefined;
  if (namesNothing.has(field.name) || namesNothing.has(`${field.parent.name}.${field.name}`)) {
    return undefined;
  }
  const known = kindsByField[field.name];
  if (known) return known;
  if (field.name === 'name' && method.parent.name === 'VirtualCurrencyService') return 'currency';
  const byMethod = kindsByMethod.find(([pattern]) => pattern.test(method.name));
  if (field.name === 'id' && byMethod) return byMethod[1];
  if (/(?:^|_)(?:ids?|names?|tokens?|references?|positions?)$/.test(field.name)) {
    throw new Error(`what does ${field.name} of ${method.name} name?`);
  }
  return undefined;
}
