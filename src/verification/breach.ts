import { marksMax } from '../store/request-mark.ts';

/** What holds in a ledger at every moment, by the name under which a breach of it is told. */
export const invariants = {
  CUSTOMER_OPEN_ACCOUNTS: 'openAccounts of a customer is the count of its active accounts',
  CUSTOMER_SPENDS:
    'spends of a customer is the count of the payments and revocations out of its accounts',
  CUSTOMER_REQUEST_MARKS: `the first ${marksMax} request ids that the history of a customer answers for are marked on it`,
  ACCOUNT_CUSTOMER_MISSING: 'the customer of an account exists in its tenant',
  ACCOUNT_CUSTOMER_INACTIVE: 'the customer of an active account is active',
  ACCOUNT_NOT_EMPTY: 'on an inactive account nothing is, and nothing is blocked',
  ACCOUNT_OVERDRAWN: 'no account has, or ever had, a balance below zero',
  ACCOUNT_AVAILABLE: 'available of an account is its balance less what is blocked',
  ACCOUNT_BLOCKED: 'blocked of an account is the sum of its blockages',
  ACCOUNT_SUM: 'the balance of an account is the sum of its records',
  ACCOUNT_LAST_RECORD: 'the balance of an account is that of its last record',
  ACCOUNT_RECORDS: 'records of an account is the sequence of its last record',
  RECORD_SEQUENCE: 'the records of an account are counted from 1 without a gap',
  RECORD_BALANCE: 'the balance of a record is that of the record before it and its amount',
  RECORD_DIRECTION:
    'a record is called a debit or a credit by the sign of its amount, a mint is a credit and a revocation a debit',
  RECORD_ACCOUNT: 'a record has the currency and the customer of its account',
  RECORD_ACCOUNT_MISSING: 'the account of a record exists in its tenant',
  BLOCKAGE_ACCOUNT_MISSING: 'the account of a blockage exists in its tenant',
  PAYMENT_RECORDS: 'a payment is two records with one reference',
  PAYMENT_AMOUNTS: 'the amounts of a payment are opposite',
  PAYMENT_CURRENCY: 'the records of a payment are in one currency',
  PAYMENT_PARTIES:
    'the records of a payment name the account of each other; the recipient of an anonymous one does not',
  CURRENCY_MISSING:
    'a currency that begins with VC_, or was issued, is a virtual currency of the tenant',
  CURRENCY_ACCOUNT:
    'the account of a virtual currency exists, in that currency and with the same customer',
  CURRENCY_SUPPLY: 'the supply of a virtual currency is what was minted less what was revoked',
  CURRENCY_BALANCES: 'the balances in a currency sum to what was minted less what was revoked',
  HISTORY_VERSIONS:
    'the history of a customer or an account tells each version once, from 1 to that of the document',
  HISTORY_CHAIN: 'each change begins with what the one before it left',
  HISTORY_LAST: 'the last change leaves what the document holds',
  HISTORY_COPY:
    'a change that waits to be copied into the history, and is there already, is the same in both places',
  CHANGE_RESOURCE_MISSING: 'the customer or account of a change exists in its tenant',
  AMOUNT_KIND: 'an amount is kept as a finite Decimal128',
} as const satisfies Record<string, string>;

export type Invariant = keyof typeof invariants;

/** A breach of an invariant that was found. */
export interface Breach {
  readonly invariant: Invariant;
  readonly tenant: string;
  /** What it is about: ids of documents, a reference, the name of a currency. */
  readonly ids: Readonly<Record<string, string>>;
  /** What was found instead, in words. */
  readonly found: string;
}
