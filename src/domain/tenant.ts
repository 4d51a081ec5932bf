/** A tenant: whoever holds keys to one and the same part of the ledger. */
export interface Tenant {
  readonly name: string;
  readonly createTime: Date;
  /** Since when its keys are refused; undefined while they are not. */
  readonly suspendTime?: Date;
}

/** The names of tenants: 1 to 63 lower-case letters, digits and hyphens, beginning with a letter. */
export const tenantPattern = /^[a-z][a-z0-9-]{0,62}$/;
