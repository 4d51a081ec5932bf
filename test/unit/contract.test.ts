import { getOption, hasOption } from '@bufbuild/protobuf';
import { field, predefined } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { describe, expect, it } from 'vitest';
import { CreateKeyRequestSchema } from '../../gen/ledger/v1/key_service_pb.js';
import { country, fiat_currency as fiatCurrency } from '../../gen/ledger/v1/rules_pb.js';
import { countries } from '../../src/domain/country.ts';
import { fiatCurrencies } from '../../src/domain/fiat.ts';
import { grants } from '../../src/domain/grant.ts';
import { limitMax } from '../../src/domain/limit.ts';

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

  it('allows the scopes and the limits that the domain knows, and no others', () => {
    const { scopes, ratePerSecond, concurrency } = CreateKeyRequestSchema.field;
    const rules = getOption(scopes, field).type;
    const items = rules.case === 'repeated' ? rules.value.items?.type : undefined;
    expect(items?.case === 'string' && items.value.in).toEqual([...grants]);
    for (const limit of [ratePerSecond, concurrency]) {
      expect(getOption(limit, field).type.value).toMatchObject({
        greaterThan: { case: 'gte', value: 0 },
        lessThan: { case: 'lte', value: limitMax },
      });
    }
  });
});
