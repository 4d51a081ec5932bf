import type { Customer, CustomerProfile } from './customer.ts';
import { type Decimal, formatDecimal, subtractDecimals, zero } from './decimal.ts';
import type { Reason } from './reason.ts';

/** An account: one balance in one currency, usually held by a customer. */
export interface Account {
  /** 24 hexadecimal characters. */
  readonly id: string;
  readonly currency: string;
  readonly customerId?: string;
  readonly active: boolean;
  readonly frozen: boolean;
  readonly balance: Balance;
  readonly accountCode?: string;
  readonly accountNumber?: string;
  readonly accountingCurrency: string;
  readonly xpub?: string;
  /** Counts the changes of the account, from 1. */
  readonly version: number;
  readonly createTime: Date;
  readonly updateTime: Date;
}

/** The two balances of an account in units of its currency, as canonical decimals. */
export interface Balance {
  readonly accountBalance: string;
  readonly availableBalance: string;
}

/** The account to open. */
export interface AccountOpening {
  readonly currency: string;
  readonly customer?: CustomerProfile;
  readonly accountCode?: string;
  readonly accountNumber?: string;
  readonly accountingCurrency?: string;
  readonly xpub?: string;
}

/** The filters of a list of accounts; those that are given must all hold. */
export interface AccountFilter {
  readonly customerId?: string;
  readonly customerExternalId?: string;
  readonly active?: boolean;
  readonly currency?: string;
  readonly accountCode?: string;
}

/** The accounting currency of a customer or an account for which nobody names another (wire contract, section 3). */
export const defaultAccountingCurrency = 'EUR';

/** Asks whether a currency is issued by the ledger itself (wire contract, section 3). */
export function isVirtualCurrency(currency: string): boolean {
  return currency.startsWith('VC_');
}

/** What an account holds: its balance, the sum of its blockages, and the states that govern what of it can be spent. */
export interface Holdings {
  readonly balance: Decimal;
  readonly blocked: Decimal;
  readonly frozen: boolean;
  /** Whether the customer is enabled; true for an account without a customer. */
  readonly customerEnabled: boolean;
}

/**
 * Derives the balances that are shown. Nothing is available while the account is frozen or its customer disabled; otherwise
 * all that is not blocked, which may be less than zero (wire contract, sections 2 and 3).
 */
export function showBalance(holdings: Holdings): Balance {
  const available =
    holdings.frozen || !holdings.customerEnabled
      ? zero
      : subtractDecimals(holdings.balance, holdings.blocked);
  return {
    accountBalance: formatDecimal(holdings.balance),
    availableBalance: formatDecimal(available),
  };
}

/** The facts of an account that its transitions look at. */
interface State {
  readonly active: boolean;
  /** Whether nothing is on the account and nothing blocked. */
  readonly empty: boolean;
}

/** A change of an account's state as data, with what it asks of the customer that holds the account and does to it. */
export interface AccountTransition {
  readonly verb: 'ACTIVATE' | 'DEACTIVATE';
  readonly require: Partial<State>;
  readonly set: { readonly active: boolean };
  readonly customer: {
    readonly require: Partial<Pick<Customer, 'active'>>;
    /** What is added to the customer's openAccounts. */
    readonly openAccounts: 1 | -1;
    /** Why a customer that does not meet what is required refuses. */
    readonly reason: Reason;
  };
  /** Tells why a state refuses the transition; undefined when it does not. */
  readonly refuse: (state: State) => Reason | undefined;
}

export const accountActivation: AccountTransition = {
  verb: 'ACTIVATE',
  require: { active: false },
  set: { active: true },
  customer: { require: { active: true }, openAccounts: 1, reason: 'ACCOUNT_CUSTOMER_INACTIVE' },
  refuse: (state) => (state.active ? 'ACCOUNT_ACTIVE' : undefined),
};

export const accountDeactivation: AccountTransition = {
  verb: 'DEACTIVATE',
  require: { active: true, empty: true },
  set: { active: false },
  // An active account has an active customer, so there is nothing to ask of it.
  customer: { require: {}, openAccounts: -1, reason: 'INTERNAL' },
  refuse: (state) => {
    if (!state.active) return 'ACCOUNT_INACTIVE';
    return state.empty ? undefined : 'ACCOUNT_BALANCE_NOT_ZERO';
  },
};

/** What an opening asks of a customer that exists: active and enabled, told in this order (wire contract, section 3). */
export const accountOpening = {
  require: { active: true, enabled: true },
  refuse: (customer: Pick<Customer, 'active' | 'enabled'>): Reason | undefined => {
    if (!customer.active) return 'ACCOUNT_OPENING_CUSTOMER_INACTIVE';
    return customer.enabled ? undefined : 'ACCOUNT_OPENING_CUSTOMER_DISABLED';
  },
} as const;
