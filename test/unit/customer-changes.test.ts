import { create } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CustomerProfileSchema } from '../../gen/ledger/v1/customer_pb.js';
import { toCustomerChanges } from '../../src/rpc/customer-message.ts';

const fields = {
  external_id: 'externalId',
  accounting_currency: 'accountingCurrency',
  customer_country: 'customerCountry',
  provider_country: 'providerCountry',
} as const;
type Path = keyof typeof fields;
const paths = Object.keys(fields) as Path[];

const profiles = fc.record({
  externalId: fc.constantFrom('', 'a'),
  accountingCurrency: fc.constantFrom('', 'EUR'),
  customerCountry: fc.constantFrom('', 'DE'),
  providerCountry: fc.constantFrom('', 'AT'),
});

const isCountry = (path: Path) => path.endsWith('_country');

/** Makes the changes, or tells that they were refused. */
function make(profile: object, mask: readonly string[]): object | 'refused' {
  try {
    return toCustomerChanges(create(CustomerProfileSchema, profile), mask);
  } catch (error) {
    expect(error).toMatchObject({ code: Code.InvalidArgument });
    return 'refused';
  }
}

describe('the changes of an update', () => {
  it('are without a mask the fields that are not empty', () => {
    fc.assert(
      fc.property(profiles, (profile) => {
        const filled = Object.entries(profile).filter(([, value]) => value !== '');
        const expected = filled.length > 0 ? Object.fromEntries(filled) : 'refused';
        expect(make(profile, [])).toEqual(expected);
      }),
    );
  });

  it('are with a mask what it names, and an empty country is cleared', () => {
    fc.assert(
      fc.property(profiles, fc.subarray(paths, { minLength: 1 }), (profile, mask) => {
        const isRefused = mask.some((path) => !isCountry(path) && profile[fields[path]] === '');
        const expected = mask.map((path) => [fields[path], profile[fields[path]] || null]);
        expect(make(profile, mask)).toEqual(isRefused ? 'refused' : Object.fromEntries(expected));
        expect(make(profile, mask.toReversed().concat(mask))).toEqual(make(profile, mask));
      }),
    );
  });

  it('are with * what a mask of all fields gives', () => {
    fc.assert(
      fc.property(profiles, fc.subarray(paths), (profile, mask) => {
        expect(make(profile, ['*', ...mask])).toEqual(make(profile, paths));
      }),
    );
  });

  it('are refused for each field that would be cleared', () => {
    try {
      toCustomerChanges(create(CustomerProfileSchema), ['*']);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        rawMessage:
          'profile.external_id: cannot be cleared; profile.accounting_currency: cannot be cleared',
      });
    }
  });
});
