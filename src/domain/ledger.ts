import type { Account, AccountFilter, AccountOpening, AccountTransition } from './account.ts';
import type {
  Customer,
  CustomerChanges,
  CustomerFilter,
  CustomerRef,
  CustomerTransition,
} from './customer.ts';
import type { Page, PageOf } from './page.ts';

/** Who calls, and until when the answer matters. */
export interface Call {
  /** The tenant of the API key: the caller sees nothing else. */
  readonly tenant: string;
  /** The public id of the API key. */
  readonly actor: string;
  /** When the answer is no longer of use, in milliseconds since the epoch. */
  readonly deadline: number;
}

/**
 * What the ledger does with customers. Each change of state is one atomic write with its history entry. Refusals are thrown as
 * LedgerError.
 */
export interface Customers {
  /** Lists customers, oldest first. Refused: PAGE_TOKEN_INVALID. */
  list(call: Call, filter: CustomerFilter, page: Page): Promise<PageOf<Customer>>;
  /** Reads a customer. Refused: CUSTOMER_NOT_FOUND. */
  get(call: Call, ref: CustomerRef): Promise<Customer>;
  /** Sets fields of a customer. Refused: CUSTOMER_NOT_FOUND, CUSTOMER_EXTERNAL_ID_TAKEN. */
  update(call: Call, ref: CustomerRef, changes: CustomerChanges): Promise<Customer>;
  /** Changes the state of a customer. Refused: CUSTOMER_NOT_FOUND, and for the reasons of the transition. */
  transition(call: Call, ref: CustomerRef, transition: CustomerTransition): Promise<Customer>;
}

/** What the ledger does with accounts, and with the customers that come to be by them. Refusals as with Customers. */
export interface Accounts {
  /** Opens an account and creates or updates its customer. Refused: CURRENCY_UNSUPPORTED, and for the reasons of an opening. */
  open(call: Call, opening: AccountOpening): Promise<Account>;
  /** Lists accounts, oldest first. Refused: PAGE_TOKEN_INVALID. */
  list(call: Call, filter: AccountFilter, page: Page): Promise<PageOf<Account>>;
  /** Reads an account. Refused: ACCOUNT_NOT_FOUND. */
  get(call: Call, id: string): Promise<Account>;
  /** Changes the state of an account, and its customer's openAccounts. Refused: ACCOUNT_NOT_FOUND, and as the transition says. */
  transition(call: Call, id: string, transition: AccountTransition): Promise<Account>;
}

/** The ledger, as the protocols see it. */
export interface Ledger {
  readonly customers: Customers;
  readonly accounts: Accounts;
}
