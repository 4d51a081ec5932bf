import type { Customer, CustomerProfile } from './customer.ts';
import { formatDecimal } from './decimal.ts';
import { type Party, shownAvailableOf } from './party.ts';
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
  /** Counts the changes of the account's fields, states and blockages, from 1. */
  readonly version: number;
  /** Changes with every change of the account: its fields, states, balance and blockages. */
  readonly etag: string;
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
  /** Taken, since clients send it: the ledger has no check of its own to make at an opening. */
  readonly compliant?: boolean;
}

/** The filters of a list of accounts; those that are given must all hold. */
export interface AccountFilter {
  readonly customerId?: string;
  readonly customerExternalId?: string;
  readonly active?: boolean;
  readonly frozen?: boolean;
  readonly currency?: string;
  readonly accountCode?: string;
  readonly accountNumber?: string;
  /** Only accounts that hold something. */
  readonly onlyNonZeroBalance?: boolean;
}

/**
 * What a list of accounts can be sorted by; rows that are equal in it follow by id, in the same direction. The available balance is
 * taken as what is not blocked, also where 0 is shown.
 */
export type AccountSortKey = 'id' | 'accountNumber' | 'accountBalance' | 'availableBalance';

/** The order of a list of accounts. */
export interface AccountOrder {
  readonly by: AccountSortKey;
  readonly descending: boolean;
}

/** The fields to set; one that is null is cleared, one that is absent stays. */
export interface AccountChanges {
  readonly accountCode?: string | null;
  readonly accountNumber?: string | null;
}

/** The accounting currency of a customer or an account for which nobody names another (wire contract, section 3). */
export const defaultAccountingCurrency = 'EUR';

/**
 * Shows the balances of an account.
 *
 * @param customerEnabled true for an account without a customer
 */
export function showBalance(
  holdings: Pick<Party, 'balance' | 'blocked' | 'frozen'>,
  customerEnabled: boolean,
): Balance {
  return {
    accountBalance: formatDecimal(holdings.balance),
    availableBalance: formatDecimal(shownAvailableOf(holdings, customerEnabled)),
  };
}

/** The facts of an account that its transitions look at. */
interface State {
  readonly active: boolean;
  readonly frozen: boolean;
  /** Whether nothing is on the account and nothing blocked. */
  readonly empty: boolean;
}

/** A change of an account's state as data, with what it asks of the customer that holds the account and does to it. */
export interface AccountTransition {
  readonly verb: 'ACTIVATE' | 'DEACTIVATE' | 'FREEZE' | 'UNFREEZE';
  readonly require: Partial<State>;
  readonly set: Partial<Pick<Account, 'active' | 'frozen'>>;
  /** Absent where the customer has no part in it. */
  readonly customer?: {
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

// To a freeze, as to all but reading, updating and activating, an inactive account does not exist (wire contract, section 3).
export const freezing: AccountTransition = {
  verb: 'FREEZE',
  require: { active: true, frozen: false },
  set: { frozen: true },
  refuse: (state) => {
    if (!state.active) return 'ACCOUNT_NOT_FOUND';
    return state.frozen ? 'ACCOUNT_FROZEN' : undefined;
  },
};

export const unfreezing: AccountTransition = {
  verb: 'UNFREEZE',
  require: { active: true, frozen: true },
  set: { frozen: false },
  refuse: (state) => {
    if (!state.active) return 'ACCOUNT_NOT_FOUND';
    return state.frozen ? undefined : 'ACCOUNT_NOT_FROZEN';
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
