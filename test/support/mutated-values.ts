import {
  clone,
  type DescField,
  type DescMessage,
  type Message,
  ScalarType,
} from '@bufbuild/protobuf';
import { type ReflectList, type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import type { Random } from './random.ts';
import { trickyTexts } from './target.ts';

/** Texts that are amounts, or nearly. */
const amounts: readonly string[] = [
  '0',
  '-1',
  '1e3',
  '1.',
  '.5',
  '+1',
  '0.50',
  `0.${'0'.repeat(29)}1`,
  `0.${'0'.repeat(30)}1`,
  '9'.repeat(34),
  '9'.repeat(38),
];

const numbers = [-1, 0, 1, 100, 101, 2 ** 31 - 1, -(2 ** 31)] as const;
const doubles = [-1, -0, 0.1, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_VALUE] as const;

/** Creates the mutation of values: what is named by one field may be put into another. */
export function createValueMutation(names: readonly string[]) {
  const texts = [...names, ...names.map((name) => name.toUpperCase()), ...amounts, ...trickyTexts];

  const pickScalar = (scalar: ScalarType, random: Random): unknown => {
    switch (scalar) {
      case ScalarType.STRING:
        return random.below(10) === 0 ? 'x'.repeat(random.below(600)) : random.pick(texts);
      case ScalarType.BOOL:
        return random.below(2) === 0;
      case ScalarType.INT32:
        return random.pick(numbers);
      case ScalarType.INT64:
        return BigInt(random.pick(numbers));
      case ScalarType.DOUBLE:
        return random.pick(doubles);
      default:
        throw new Error(`no value for a field of type ${ScalarType[scalar]}`);
    }
  };

  const mutateField = (message: ReflectMessage, field: DescField, random: Random): void => {
    switch (field.fieldKind) {
      case 'scalar':
        message.set(field, pickScalar(field.scalar, random));
        break;
      case 'enum':
        message.set(field, random.below(9) - 1);
        break;
      case 'message':
        mutateMessage(message.get(field), random);
        break;
      case 'list':
        mutateList(message.get(field), random);
        break;
      case 'map':
        throw new Error(`no request has a map, but ${field} is one`);
    }
  };

  const mutateList = (list: ReflectList, random: Random): void => {
    const item = list.size > 0 ? list.get(random.below(list.size)) : undefined;
    const field = list.field();
    if (field.listKind === 'message' && item) mutateMessage(item as ReflectMessage, random);
    if (field.listKind === 'scalar') list.add(pickScalar(field.scalar, random));
  };

  const mutateMessage = (message: ReflectMessage, random: Random): void => {
    if (message.fields.length === 0) return;
    const field = random.pick(message.fields);
    if (random.below(6) === 0) message.clear(field);
    else mutateField(message, field, random);
  };

  const mutateJson = (value: object, random: Random): object => {
    const [name, inner] = random.pick(Object.entries(value));
    const isNested = typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0;
    const other = isNested
      ? mutateJson(inner, random)
      : random.pick<unknown>([random.pick(texts), random.pick(numbers), null, true, [], {}]);
    return Array.isArray(value)
      ? value.toSpliced(Number(name), 1, other)
      : { ...value, [name]: other };
  };

  return {
    /** Puts another value into a field of a message, or of a message in it, or clears it. */
    mutate(schema: DescMessage, message: Message, random: Random): Message {
      const mutated = reflect(schema, clone(schema, message));
      mutateMessage(mutated, random);
      return mutated.message;
    },

    /** Puts another value somewhere into the JSON of an object that is not empty. */
    mutateJson,
  };
}
