/** The fields of a customer that its history shows. */
export interface CustomerState {
  readonly externalId: string;
  readonly active: boolean;
  readonly enabled: boolean;
  readonly accountingCurrency: string;
  readonly customerCountry?: string;
  readonly providerCountry?: string;
}

/** The fields of an account that its history shows. Payments, which change its balances alone, are told by their records. */
export interface AccountState {
  readonly customerId?: string;
  readonly currency: string;
  readonly active: boolean;
  readonly frozen: boolean;
  /** The sum of the blockages, in units of the currency, as a canonical decimal. */
  readonly blocked: string;
  readonly accountCode?: string;
  readonly accountNumber?: string;
  readonly accountingCurrency: string;
}

/** A change of a customer or an account, for ever: it is written with the change itself. */
interface Change<Verb, State> {
  /** Names the change for ever: the resource and the version. */
  readonly id: string;
  /** The version that the change made; the versions of a resource have no gap. */
  readonly version: number;
  readonly verb: Verb;
  /** The public id of the API key. */
  readonly actor: string;
  /** Why it was made, as the caller told it. */
  readonly reason?: string;
  readonly comment?: string;
  readonly requestId?: string;
  readonly time: Date;
  /** Absent when the resource came to be. */
  readonly before?: State;
  readonly after: State;
}

export interface CustomerChange extends Change<CustomerVerb, CustomerState> {
  readonly customerId: string;
}

export interface AccountChange extends Change<AccountVerb, AccountState> {
  readonly accountId: string;
}

export const customerVerbs = [
  'CREATE',
  'UPDATE',
  'ACTIVATE',
  'DEACTIVATE',
  'ENABLE',
  'DISABLE',
] as const;

/** What a change of a customer is called. */
export type CustomerVerb = (typeof customerVerbs)[number];

export const accountVerbs = [
  'CREATE',
  'UPDATE',
  'ACTIVATE',
  'DEACTIVATE',
  'FREEZE',
  'UNFREEZE',
  'BLOCK',
  'RELEASE',
  'RELEASE_ALL',
  'SETTLE',
] as const;

/** What a change of an account is called. */
export type AccountVerb = (typeof accountVerbs)[number];

/** The filters of a list of changes; those that are given must all hold. */
export interface ChangeFilter<Verb extends string> {
  readonly verb?: Verb;
  readonly actor?: string;
  readonly requestId?: string;
  /** The earliest time of a change, included. */
  readonly from?: Date;
  /** The latest time of a change, included. */
  readonly to?: Date;
}

/** The longest reason of a change, in code points. */
export const reasonLengthMax = 100;

/** The longest comment of a change, in code points. */
export const commentLengthMax = 500;

/** What a request id is made of: visible ASCII characters, 1 to 255 of them (wire contract, section 6). */
export const idempotencyKeyPattern = /^[\x21-\x7e]*$/;
export const idempotencyKeyLengthMax = 255;

/** What a watch tells: a change, or that it is alive; and the position behind it, from which a watch can be begun again. */
export interface WatchEvent {
  readonly change?: CustomerChange;
  readonly position: string;
}

/** Where a watch begins: behind a position, or, when that is empty, now; and how often it tells at least that it is alive. */
export interface WatchStart {
  readonly position: string;
  readonly heartbeatMs: number;
}

/** How long a watch is silent at the most, in milliseconds, for a caller that does not say. */
export const heartbeatDefaultMs = 15_000;
export const heartbeatMinMs = 1_000;
export const heartbeatMaxMs = 60_000;
