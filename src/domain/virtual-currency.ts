import type { AccountOpening } from './account.ts';
import type { RecordNotes } from './transaction-record.ts';

/** A currency that the ledger itself issues. */
export interface VirtualCurrency {
  /** Begins with VC_. */
  readonly name: string;
  /** What is issued at this moment: all that was minted less all that was revoked, a canonical decimal. */
  readonly supply: string;
  /** The currency that its rate is told in. */
  readonly basePair: string;
  /** How many units of the base pair one unit is worth. */
  readonly baseRate: number;
  /** The account that it was created with. */
  readonly accountId: string;
  readonly customerId?: string;
  readonly description?: string;
}

/** The virtual currency to create, and the account that holds its first supply. */
export interface VirtualCurrencyCreation extends Omit<AccountOpening, 'currency' | 'xpub'> {
  readonly name: string;
  /** An amount as it was sent. */
  readonly supply: string;
  readonly basePair: string;
  readonly baseRate?: number;
  readonly description?: string;
}

/** The fields to set; one that is absent stays. */
export interface VirtualCurrencyChanges {
  readonly basePair?: string;
  readonly baseRate?: number;
}

/** A supply to mint to an account, or to revoke from it. */
export interface SupplyChange extends RecordNotes {
  readonly accountId: string;
  /** An amount as it was sent. */
  readonly amount: string;
  /** The reference of its record; a new UUID when it is absent. */
  readonly reference?: string;
  readonly counterAccountId?: string;
}

/** The rate of a virtual currency whose creator tells none (wire contract, section 4). */
export const defaultBaseRate = 1;

/** What every name of a virtual currency begins with. */
export const virtualCurrencyPrefix = 'VC_';

/** Asks whether a currency is issued by the ledger itself (wire contract, section 3). */
export function isVirtualCurrency(currency: string): boolean {
  return currency.startsWith(virtualCurrencyPrefix);
}
