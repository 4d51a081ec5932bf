import { describe, expect, it } from 'vitest';
import {
  accountActivation,
  accountDeactivation,
  accountOpening,
  freezing,
  showBalance,
  unfreezing,
} from '../../src/domain/account.ts';
import { activation, deactivation, disabling, enabling } from '../../src/domain/customer.ts';
import { formatDecimal, parseDecimal } from '../../src/domain/decimal.ts';
import { isVirtualCurrency } from '../../src/domain/virtual-currency.ts';

const booleans = [true, false];
const customerStates = booleans.flatMap((active) =>
  booleans.flatMap((enabled) =>
    [0, 1, 2].map((openAccounts) => ({ active, enabled, openAccounts })),
  ),
);
const accountStates = booleans.flatMap((active) =>
  booleans.flatMap((frozen) => booleans.map((empty) => ({ active, frozen, empty }))),
);
const accountTransitions = [accountActivation, accountDeactivation, freezing, unfreezing];

function meets(state: object, required: object): boolean {
  const facts = new Map(Object.entries(state));
  return Object.entries(required).every(([name, value]) => facts.get(name) === value);
}

describe('a transition', () => {
  it.each([activation, deactivation, enabling, disabling])(
    'of a customer is refused exactly where its guard holds it back: $verb',
    ({ require, refuse }) => {
      for (const state of customerStates) {
        expect({ state, refused: refuse(state) !== undefined }).toEqual({
          state,
          refused: !meets(state, require),
        });
      }
    },
  );

  it.each(accountTransitions)(
    'of an account is refused exactly where its guard holds it back: $verb',
    ({ require, refuse }) => {
      for (const state of accountStates) {
        expect({ state, refused: refuse(state) !== undefined }).toEqual({
          state,
          refused: !meets(state, require),
        });
      }
    },
  );

  it('cannot be repeated: what it sets is what it refuses', () => {
    for (const { require, set, refuse } of [activation, deactivation, enabling, disabling]) {
      const before = { active: true, enabled: true, openAccounts: 0, ...require };
      expect(refuse(before)).toBeUndefined();
      expect(refuse({ ...before, ...set })).toBeDefined();
    }
    for (const { require, set, refuse } of accountTransitions) {
      const before = { active: true, frozen: false, empty: true, ...require };
      expect(refuse(before)).toBeUndefined();
      expect(refuse({ ...before, ...set })).toBeDefined();
    }
  });

  it('tells that a customer is inactive before anything else of it', () => {
    for (const state of customerStates.filter(({ active }) => !active)) {
      for (const { refuse } of [deactivation, enabling, disabling]) {
        expect(refuse(state)).toBe('CUSTOMER_INACTIVE');
      }
      expect(accountOpening.refuse(state)).toBe('ACCOUNT_OPENING_CUSTOMER_INACTIVE');
    }
  });

  it('keeps the two states of a customer apart', () => {
    expect([activation.set, deactivation.set]).toEqual([{ active: true }, { active: false }]);
    expect([enabling.set, disabling.set]).toEqual([{ enabled: true }, { enabled: false }]);
  });

  it('of a freeze takes an inactive account for one that does not exist', () => {
    for (const state of accountStates.filter(({ active }) => !active)) {
      for (const { refuse } of [freezing, unfreezing]) {
        expect(refuse(state)).toBe('ACCOUNT_NOT_FOUND');
      }
    }
  });

  it('counts the open accounts of the customer up and down', () => {
    expect(accountActivation.customer?.openAccounts).toBe(1);
    expect(accountDeactivation.customer?.openAccounts).toBe(-1);
  });
});

describe('an opening', () => {
  it('is refused exactly where its guard holds it back', () => {
    for (const state of customerStates) {
      expect({ state, refused: accountOpening.refuse(state) !== undefined }).toEqual({
        state,
        refused: !meets(state, accountOpening.require),
      });
    }
  });

  it('knows a virtual currency by its prefix alone', () => {
    expect(['VC_', 'VC_X', 'VC', 'vc_x', 'XVC_', 'EUR'].filter(isVirtualCurrency)).toEqual([
      'VC_',
      'VC_X',
    ]);
  });
});

describe('the balance that is shown', () => {
  it.each([
    ['10', '0', false, true, '10'],
    ['10', '2.5', false, true, '7.5'],
    ['1', '2.25', false, true, '-1.25'],
    ['-1', '0', false, true, '-1'],
    ['0', '0', false, true, '0'],
    ['10', '2.5', true, true, '0'],
    ['10', '2.5', false, false, '0'],
    ['1', '2.25', true, false, '0'],
  ])(
    'of %s less %s, frozen %s, enabled %s, is %s',
    (balance, blocked, frozen, customerEnabled, available) => {
      const holdings = { balance: parseDecimal(balance), blocked: parseDecimal(blocked) };
      expect(showBalance({ ...holdings, frozen }, customerEnabled)).toEqual({
        accountBalance: formatDecimal(holdings.balance),
        availableBalance: available,
      });
    },
  );
});
