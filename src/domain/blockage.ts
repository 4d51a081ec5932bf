/** An amount of an account that is set aside: it counts in the account balance and not in the available one. */
export interface Blockage {
  /** 24 hexadecimal characters. */
  readonly id: string;
  readonly accountId: string;
  /** A canonical decimal in units of the account's currency. */
  readonly amount: string;
  /** What it is for, in the caller's own words. */
  readonly type: string;
  readonly description?: string;
  readonly createTime: Date;
}

/** The blockage to make. */
export interface BlockageRequest {
  /** An amount as it was sent. */
  readonly amount: string;
  readonly type: string;
  readonly description?: string;
  /** Whether it is refused when the available balance, as it is shown, is less. */
  readonly ensureSufficientBalance?: boolean;
}
