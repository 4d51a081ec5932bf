import type { Reason } from './reason.ts';

/** A customer: the holder of accounts, whose two independent states govern what its accounts may do. */
export interface Customer {
  /** 24 hexadecimal characters. */
  readonly id: string;
  readonly externalId: string;
  readonly active: boolean;
  readonly enabled: boolean;
  readonly accountingCurrency: string;
  readonly customerCountry?: string;
  readonly providerCountry?: string;
  /** How many of its accounts are active. */
  readonly openAccounts: number;
  /** Counts the changes of the customer's own fields and states, from 1. */
  readonly version: number;
  /** Changes with every change of the customer's own fields and states. */
  readonly etag: string;
  readonly createTime: Date;
  readonly updateTime: Date;
}

/** Names a customer: by one of its ids, or by a text that is looked for as an internal id first and then as an external one. */
export type CustomerRef =
  | { readonly id: string }
  | { readonly externalId: string }
  | { readonly anyId: string };

/** What an opening tells of the customer that holds the account. */
export interface CustomerProfile {
  readonly externalId: string;
  readonly accountingCurrency?: string;
  readonly customerCountry?: string;
  readonly providerCountry?: string;
}

/** The fields to set; a country that is null is cleared, a field that is absent stays. */
export interface CustomerChanges {
  readonly externalId?: string;
  readonly accountingCurrency?: string;
  readonly customerCountry?: string | null;
  readonly providerCountry?: string | null;
}

/** The filters of a list of customers; those that are given must all hold. */
export interface CustomerFilter {
  readonly active?: boolean;
  readonly enabled?: boolean;
  readonly customerCountry?: string;
  readonly accountingCurrency?: string;
}

/** The facts of a customer that its transitions look at. */
type State = Pick<Customer, 'active' | 'enabled' | 'openAccounts'>;

/** A change of state as data: what must hold, what is set, and why it is refused when it does not hold. */
export interface CustomerTransition {
  readonly verb: 'ACTIVATE' | 'DEACTIVATE' | 'ENABLE' | 'DISABLE';
  readonly require: Partial<State>;
  readonly set: Partial<Pick<Customer, 'active' | 'enabled'>>;
  /** Tells why a state refuses the transition; undefined when it does not. */
  readonly refuse: (state: State) => Reason | undefined;
}

export const activation: CustomerTransition = {
  verb: 'ACTIVATE',
  require: { active: false },
  set: { active: true },
  refuse: (state) => (state.active ? 'CUSTOMER_ACTIVE' : undefined),
};

export const deactivation: CustomerTransition = {
  verb: 'DEACTIVATE',
  require: { active: true, openAccounts: 0 },
  set: { active: false },
  refuse: (state) => {
    if (!state.active) return 'CUSTOMER_INACTIVE';
    return state.openAccounts > 0 ? 'CUSTOMER_HAS_ACTIVE_ACCOUNTS' : undefined;
  },
};

export const enabling: CustomerTransition = {
  verb: 'ENABLE',
  require: { active: true, enabled: false },
  set: { enabled: true },
  refuse: (state) => {
    if (!state.active) return 'CUSTOMER_INACTIVE';
    return state.enabled ? 'CUSTOMER_ENABLED' : undefined;
  },
};

export const disabling: CustomerTransition = {
  verb: 'DISABLE',
  require: { active: true, enabled: true },
  set: { enabled: false },
  refuse: (state) => {
    if (!state.active) return 'CUSTOMER_INACTIVE';
    return state.enabled ? undefined : 'CUSTOMER_DISABLED';
  },
};
