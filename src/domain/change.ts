/** The fields of a customer that its history shows. */
export interface CustomerState {
  readonly externalId: string;
  readonly active: boolean;
  readonly enabled: boolean;
  readonly accountingCurrency: string;
  readonly customerCountry?: string;
  readonly providerCountry?: string;
}

/** A change of a customer, for ever: it is written with the change itself. */
export interface CustomerChange {
  /** Names the change for ever: the customer and the version. */
  readonly id: string;
  readonly customerId: string;
  /** The version that the change made; the versions of a customer have no gap. */
  readonly version: number;
  /** CREATE, UPDATE, ACTIVATE, DEACTIVATE, ENABLE or DISABLE. */
  readonly verb: CustomerVerb;
  /** The public id of the API key. */
  readonly actor: string;
  /** Why it was made, as the caller told it. */
  readonly reason?: string;
  readonly comment?: string;
  readonly requestId?: string;
  readonly time: Date;
  /** Absent when the customer came to be. */
  readonly before?: CustomerState;
  readonly after: CustomerState;
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

/** The filters of a list of changes; those that are given must all hold. */
export interface ChangeFilter {
  readonly verb?: CustomerVerb;
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
