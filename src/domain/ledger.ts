import type {
  Account,
  AccountChanges,
  AccountFilter,
  AccountOpening,
  AccountOrder,
  AccountTransition,
} from './account.ts';
import type { AnsweredKey, ApiKey, KeyRequest, Rotation } from './api-key.ts';
import type { Blockage, BlockageRequest } from './blockage.ts';
import type {
  AccountChange,
  AccountVerb,
  ChangeFilter,
  CustomerChange,
  CustomerVerb,
  WatchEvent,
  WatchStart,
} from './change.ts';
import type {
  Customer,
  CustomerChanges,
  CustomerFilter,
  CustomerRef,
  CustomerTransition,
} from './customer.ts';
import type { Page, PageOf } from './page.ts';
import type { Payment } from './payment.ts';
import type { RecordFilter, TransactionRecord } from './transaction-record.ts';
import type {
  SupplyChange,
  VirtualCurrency,
  VirtualCurrencyChanges,
  VirtualCurrencyCreation,
} from './virtual-currency.ts';

/** What a caller adds to a change (wire contract, section 6). */
export interface Intent {
  /**
   * Names the change for retries. It belongs to the tenant and the target: a customer, an account, or, of openings, payments,
   * virtual currencies and keys each, the tenant as a whole. With the same content the change is made once and answered alike for ever.
   */
  readonly requestId?: string;
  /** The etags of which the resource must have one; absent when any will do. */
  readonly etags?: readonly string[];
  /** Why the change is made, for the history: a word or code of the caller's own. */
  readonly reason?: string;
  /** More about it, for the history. */
  readonly comment?: string;
  /** Whether only to tell if the change would be refused. */
  readonly validateOnly?: boolean;
}

/** Who calls, until when the answer matters, and what is added to a change. */
export interface Call {
  /** The tenant of the API key: the caller sees nothing else. */
  readonly tenant: string;
  /** The public id of the API key. */
  readonly actor: string;
  /** When the answer is no longer of use, in milliseconds since the epoch. */
  readonly deadline: number;
  readonly intent?: Intent;
  /** Told when the answer is that of an earlier call with the same request id. */
  readonly onReplay?: () => void;
}

/** A call that goes on until its signal is aborted. */
export interface LongCall extends Call {
  readonly signal: AbortSignal;
  /** Asks whether the key may still do this; throws when it may not. */
  readonly assertAllowed: () => Promise<void>;
  /** Cuts the connection of a caller that takes nothing of what it is told. */
  readonly hangUp: () => void;
}

/**
 * What the ledger does with customers. Each change of state is one atomic write with its history entry. Refusals are thrown as
 * LedgerError. Every change is also refused, before all that is told of it, with REQUEST_ID_REUSED, and then with ETAG_MISMATCH.
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

/** What the ledger remembers of changes, for ever. Refusals as with Customers. */
export interface Changes {
  /** Lists the changes of a customer, oldest first. Refused: CUSTOMER_NOT_FOUND, PAGE_TOKEN_INVALID. */
  listOfCustomer(
    call: Call,
    ref: CustomerRef,
    filter: ChangeFilter<CustomerVerb>,
    page: Page,
  ): Promise<PageOf<CustomerChange>>;
  /** Lists the changes of an account, oldest first. Refused: ACCOUNT_NOT_FOUND, PAGE_TOKEN_INVALID. */
  listOfAccount(
    call: Call,
    id: string,
    filter: ChangeFilter<AccountVerb>,
    page: Page,
  ): Promise<PageOf<AccountChange>>;
  /**
   * Watches the changes of all customers, or of one, at least once and in order for each customer, until the signal is aborted. It
   * begins with an event that tells its position. Refused: CUSTOMER_NOT_FOUND, WATCH_POSITION_INVALID, WATCH_POSITION_EXPIRED,
   * WATCHES_EXHAUSTED.
   */
  watch(
    call: LongCall,
    ref: CustomerRef | undefined,
    start: WatchStart,
  ): AsyncGenerator<WatchEvent, void, undefined>;
}

/** What the ledger does with accounts, and with the customers that come to be by them. Refusals as with Customers. */
export interface Accounts {
  /** Opens an account and creates or updates its customer. Refused: CURRENCY_UNSUPPORTED, and for the reasons of an opening. */
  open(call: Call, opening: AccountOpening): Promise<Account>;
  /** Opens accounts one after the other, all or none. Refused as open is, for the first that is refused, with its index. */
  openAll(call: Call, openings: readonly AccountOpening[]): Promise<Account[]>;
  /** Lists accounts, oldest first unless ordered otherwise. Refused: PAGE_TOKEN_INVALID. */
  list(
    call: Call,
    filter: AccountFilter,
    page: Page,
    order?: AccountOrder,
  ): Promise<PageOf<Account>>;
  /** Counts the accounts of a list. */
  count(call: Call, filter: AccountFilter): Promise<number>;
  /** Reads an account. Refused: ACCOUNT_NOT_FOUND. */
  get(call: Call, id: string): Promise<Account>;
  /** Sets fields of an account, in any of its states. Refused: ACCOUNT_NOT_FOUND. */
  update(call: Call, id: string, changes: AccountChanges): Promise<Account>;
  /** Changes the state of an account, and its customer's openAccounts. Refused: ACCOUNT_NOT_FOUND, and as the transition says. */
  transition(call: Call, id: string, transition: AccountTransition): Promise<Account>;
}

/** What the ledger sets aside on accounts. An account that is not active does not exist here. Refusals as with Customers. */
export interface Blockages {
  /**
   * Blocks an amount. Refused: AMOUNT_FORMAT, ACCOUNT_NOT_FOUND, BALANCE_INSUFFICIENT when asked to ensure, BALANCE_FORMAT, in
   * this order.
   */
  create(call: Call, accountId: string, request: BlockageRequest): Promise<Blockage>;
  /** Lists the blockages of an account, oldest first; none for an unknown account. Refused: PAGE_TOKEN_INVALID. */
  list(call: Call, accountId: string, page: Page): Promise<PageOf<Blockage>>;
  /** Reads a blockage. Refused: BLOCKAGE_NOT_FOUND. */
  get(call: Call, id: string): Promise<Blockage>;
  /** Ends a blockage. Refused: BLOCKAGE_NOT_FOUND, BALANCE_FORMAT, in this order. */
  release(call: Call, id: string): Promise<void>;
  /** Ends all blockages of an account. Refused: ACCOUNT_NOT_FOUND. */
  releaseAll(call: Call, accountId: string): Promise<void>;
  /**
   * Ends a blockage and pays out of its account, as if the whole of it were gone already; gives the reference of the payment.
   * Refused: AMOUNT_FORMAT, BLOCKAGE_NOT_FOUND, PAYMENT_TO_SELF, BLOCKAGE_AMOUNT_EXCEEDED, and as a payment, in this order.
   */
  settle(call: Call, id: string, payment: Payment): Promise<string>;
}

/** What the ledger moves between accounts. An account that is not active does not exist here. Refusals as with Customers. */
export interface Transactions {
  /**
   * Makes a payment and gives its reference. Refused: PAYMENT_TO_SELF, AMOUNT_FORMAT, SENDER_ACCOUNT_NOT_FOUND,
   * SENDER_ACCOUNT_FROZEN, SENDER_CUSTOMER_DISABLED, RECIPIENT_ACCOUNT_NOT_FOUND, CURRENCY_INCOMPATIBLE, BALANCE_INSUFFICIENT,
   * TRANSACTION_NOT_COMPLIANT, BALANCE_FORMAT, in this order.
   */
  pay(call: Call, senderAccountId: string, payment: Payment): Promise<string>;
  /**
   * Makes payments out of one account, one after the other, all or none, and gives their references in order. Refused as pay is, for
   * the first that is refused, with its index; PAYMENT_TO_SELF of any comes before all else.
   */
  payAll(call: Call, senderAccountId: string, payments: readonly Payment[]): Promise<string[]>;
  /** Lists records, newest first; none for an unknown customer or account. Refused: PAGE_TOKEN_INVALID. */
  list(call: Call, filter: RecordFilter, page: Page): Promise<PageOf<TransactionRecord>>;
  /** Counts the records of a list. */
  count(call: Call, filter: RecordFilter): Promise<number>;
}

/** How money enters the ledger, and leaves it. Refusals as with Customers. */
export interface VirtualCurrencies {
  /**
   * Creates a virtual currency and opens the account that holds its supply. Refused: VIRTUAL_CURRENCY_NAME_PREFIX, AMOUNT_FORMAT,
   * VIRTUAL_CURRENCY_EXISTS, and for the reasons of an opening, in this order.
   */
  create(call: Call, creation: VirtualCurrencyCreation): Promise<Account>;
  /** Reads a virtual currency. Refused: VIRTUAL_CURRENCY_NOT_FOUND. */
  get(call: Call, name: string): Promise<VirtualCurrency>;
  /** Sets fields of a virtual currency. Refused: VIRTUAL_CURRENCY_NOT_FOUND. */
  update(call: Call, name: string, changes: VirtualCurrencyChanges): Promise<VirtualCurrency>;
  /**
   * Adds to the supply, on an account, and gives the reference of the record. Refused: AMOUNT_FORMAT, ACCOUNT_NOT_FOUND,
   * VIRTUAL_CURRENCY_NOT_FOUND, BALANCE_FORMAT, in this order.
   */
  mint(call: Call, change: SupplyChange): Promise<string>;
  /**
   * Takes from the supply what is available on an account, as mint adds to it. Refused as mint is, and, before BALANCE_FORMAT,
   * VIRTUAL_CURRENCY_BALANCE.
   */
  revoke(call: Call, change: SupplyChange): Promise<string>;
}

/**
 * What a key does with the keys of its tenant. It can hand out no more than it has: what it makes has scopes that it has, expires
 * when it does at the latest, and keeps its limits together with it. Refusals as with Customers, and API_KEY_INVALID when the
 * caller's key has been revoked meanwhile.
 */
export interface ApiKeys {
  /** Makes a key. Refused: KEY_RIGHTS_EXCEEDED, KEY_QUOTA_REACHED. */
  create(call: Call, request: KeyRequest): Promise<AnsweredKey>;
  /** Lists keys, oldest first, also those that are revoked or have expired. Refused: PAGE_TOKEN_INVALID. */
  list(call: Call, page: Page): Promise<PageOf<ApiKey>>;
  /** Reads a key. Refused: KEY_NOT_FOUND. */
  get(call: Call, id: string): Promise<ApiKey>;
  /**
   * Makes a second key with the rights of a first one. Refused: KEY_NOT_FOUND, KEY_REVOKED, KEY_EXPIRED, KEY_RIGHTS_EXCEEDED,
   * KEY_QUOTA_REACHED.
   */
  rotate(call: Call, id: string, rotation: Rotation): Promise<AnsweredKey>;
  /** Revokes a key, for ever. Refused: KEY_NOT_FOUND, KEY_REVOKED. */
  revoke(call: Call, id: string): Promise<ApiKey>;
}

/** The ledger, as the protocols see it. */
export interface Ledger {
  readonly customers: Customers;
  readonly changes: Changes;
  readonly accounts: Accounts;
  readonly blockages: Blockages;
  readonly transactions: Transactions;
  readonly virtualCurrencies: VirtualCurrencies;
  readonly apiKeys: ApiKeys;
}
