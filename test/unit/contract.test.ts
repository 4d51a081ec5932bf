import {
  type DescField,
  type DescMessage,
  getOption,
  hasOption,
  ScalarType,
} from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel as IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import {
  field as fieldRules,
  oneof as oneofRules,
  predefined,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { describe, expect, it } from 'vitest';
import { country, fiat_currency as fiatCurrency } from '../../gen/ledger/v1/rules_pb.js';
import { countries } from '../../src/domain/country.ts';
import { fiatCurrencies } from '../../src/domain/fiat.ts';
import { ledgerServices } from '../../src/rpc/handler.ts';

/** Reads the list of texts that a rule of the contract allows. */
function readList(rule: typeof country | typeof fiatCurrency): string[] {
  if (!hasOption(rule, predefined)) throw new Error('the rule has no expression');
  const expression = getOption(rule, predefined).cel[0]?.expression ?? '';
  return [...expression.matchAll(/'([A-Z]+)'/g)].map((match) => match[1] ?? '');
}

describe('the lists of the contract', () => {
  it('allows the fiat currencies of the domain, and no others', () => {
    expect(readList(fiatCurrency)).toEqual([...fiatCurrencies]);
    expect(fiatCurrencies.size).toBe(174);
  });

  it('allows the countries of the domain, and no others', () => {
    expect(readList(country)).toEqual([...countries]);
    expect(countries.size).toBe(249);
  });
});

const methods = ledgerServices.flatMap((service) => service.methods);

/** The fields of a message of ours, and of the messages in it. */
function allFields(message: DescMessage): DescField[] {
  if (!message.typeName.startsWith('ledger.')) return [];
  return message.fields.flatMap((field) => [
    field,
    ...(field.message ? allFields(field.message) : []),
  ]);
}

describe('a method of the contract', () => {
  it.each(methods)('$input.typeName has a rule for every field that may be wrong', ({ input }) => {
    const unruled = allFields(input).filter(
      (field) => field.scalar !== ScalarType.BOOL && !hasOption(field, fieldRules),
    );
    expect(unruled.map(String)).toEqual([]);
  });

  it.each(methods)('$name says whether it has side effects', ({ name, idempotency, proto }) => {
    expect(proto.options?.idempotencyLevel).toBeDefined();
    const isRead = idempotency === IdempotencyLevel.NO_SIDE_EFFECTS;
    expect(isRead).toBe(/^(?:Get|List)/.test(name));
  });

  it('takes a customer by one of its ids, and needs one', () => {
    const [customers] = ledgerServices;
    const verbs = customers?.methods.filter(({ name }) => name !== 'ListCustomers') ?? [];
    expect(verbs).toHaveLength(6);
    for (const { input } of verbs) {
      const [customer] = input.oneofs;
      expect(
        customer?.fields.map(({ name }) => name),
        input.typeName,
      ).toEqual(['id', 'external_id']);
      expect(customer && getOption(customer, oneofRules).required, input.typeName).toBe(true);
    }
  });
});
