import {
  create,
  createRegistry,
  type DescField,
  type DescMessage,
  getOption,
  hasOption,
  ScalarType,
} from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel as IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { createValidator } from '@bufbuild/protovalidate';
import {
  field as fieldRules,
  oneof as oneofRules,
  predefined,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ListAccountChangesRequestSchema } from '../../gen/ledger/v1/account_service_pb.js';
import { ListCustomerChangesRequestSchema } from '../../gen/ledger/v1/customer_service_pb.js';
import { CreateKeyRequestSchema } from '../../gen/ledger/v1/key_service_pb.js';
import { PaymentSchema } from '../../gen/ledger/v1/payment_pb.js';
import {
  country,
  decimal_amount as decimalAmount,
  fiat_currency as fiatCurrency,
  file_ledger_v1_rules,
} from '../../gen/ledger/v1/rules_pb.js';
import { amountLengthMax, amountPattern } from '../../src/domain/amount.ts';
import { accountVerbs, customerVerbs } from '../../src/domain/change.ts';
import { countries } from '../../src/domain/country.ts';
import { fiatCurrencies } from '../../src/domain/fiat.ts';
import { grants } from '../../src/domain/grant.ts';
import { limitMax } from '../../src/domain/limit.ts';
import { ledgerServices } from '../../src/rpc/handler.ts';

type Rule = typeof country | typeof fiatCurrency | typeof decimalAmount;

/** Reads the expression of a rule of the contract. */
function readExpression(rule: Rule): string {
  if (!hasOption(rule, predefined)) throw new Error('the rule has no expression');
  return getOption(rule, predefined).cel[0]?.expression ?? '';
}

/** Reads the list of texts that a rule of the contract allows. */
function readList(rule: Rule): string[] {
  return [...readExpression(rule).matchAll(/'([A-Z]+)'/g)].map((match) => match[1] ?? '');
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
    const rules = getOption(scopes, fieldRules).type;
    const items = rules.case === 'repeated' ? rules.value.items?.type : undefined;
    expect(items?.case === 'string' && items.value.in).toEqual([...grants]);
    for (const limit of [ratePerSecond, concurrency]) {
      expect(getOption(limit, fieldRules).type.value).toMatchObject({
        greaterThan: { case: 'gte', value: 0 },
        lessThan: { case: 'lte', value: limitMax },
      });
    }
  });
});

describe('the verbs of a list of changes', () => {
  it.each([
    [ListCustomerChangesRequestSchema, customerVerbs],
    [ListAccountChangesRequestSchema, accountVerbs],
  ] as const)('of $0.typeName are those of the domain, and no others', (request, verbs) => {
    const { verb } = request.field;
    const rules = verb && getOption(verb, fieldRules).type;
    expect(rules?.case === 'string' && rules.value.in).toEqual(['', ...verbs]);
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
    expect(isRead).toBe(/^(?:Get|BatchGet|List|Count|Watch)/.test(name));
  });

  it('takes a customer by one of its ids, and needs one', () => {
    const [customers] = ledgerServices;
    const verbs = customers?.methods.filter(({ name }) => /Customer(Changes)?$/.test(name)) ?? [];
    expect(verbs).toHaveLength(7);
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

describe('the amounts of the contract', () => {
  const validator = createValidator({ registry: createRegistry(file_ledger_v1_rules) });
  const isTaken = (amount: string) => {
    const payment = create(PaymentSchema, { recipientAccountId: 'f'.repeat(24), amount });
    return validator.validate(PaymentSchema, payment).kind === 'valid';
  };
  const isAmount = (text: string) =>
    [...text].length <= amountLengthMax && amountPattern.test(text);

  it('have the pattern and the length of the domain', () => {
    expect(readExpression(decimalAmount)).toBe(
      `!rule || (size(this) <= ${amountLengthMax} && this.matches(r'${amountPattern.source}'))`,
    );
  });

  it('are those of the domain, and no others', () => {
    const digits = fc.stringMatching(/^[+-]?\d{0,20}[.,]?\d{0,20}(e\d)?[\n ]?$/);
    const characters = fc.string({ unit: fc.constantFrom(...'+-.0123456789eE \n\u0660\uff11') });
    fc.assert(
      fc.property(fc.oneof(digits, characters), (text) => {
        expect({ text, isTaken: isTaken(text) }).toEqual({ text, isTaken: isAmount(text) });
      }),
    );
    for (const text of ['1', '+1', '.5', '1.', '0.50', '0', '9'.repeat(38), `.${'9'.repeat(37)}`]) {
      expect({ text, isTaken: isTaken(text) }).toEqual({ text, isTaken: true });
    }
    for (const text of ['', '.', '+', '-1', '1e3', ' 1', '1\n', '9'.repeat(39), '0x1', 'NaN']) {
      expect({ text, isTaken: isTaken(text) }).toEqual({ text, isTaken: false });
    }
  });
});
