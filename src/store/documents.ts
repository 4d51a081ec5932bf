import type { Collection, Db, Decimal128, ObjectId } from 'mongodb';
import type { SharedLimits } from '../domain/limit.ts';
import type { OperationType, RecordNotes, TransactionType } from '../domain/transaction-record.ts';

/** A change of a customer or an account, as it is written with the change itself. */
export interface ChangeEntry {
  _id: ObjectId;
  /** The version that the change made; the versions of a resource have no gap. */
  version: number;
  verb: string;
  /** The public id of the API key. */
  actor: string;
  /** Why it was made, as the caller told it. */
  reason?: string;
  comment?: string;
  /** The request id that the caller gave, and the hash of what it asked for. */
  requestId?: string;
  requestHash?: string;
  time: Date;
  /** The fields of the resource before the change; null when it came to be. */
  before: Record<string, unknown> | null;
  after: Record<string, unknown>;
  /** What else was answered, where the answer may have to be given again. */
  answer?: Record<string, unknown>;
}

/**
 * A change as it waits in its document to be copied: whole, or, to keep the document small, with nothing of the fields but what those
 * that it changed were before; null for one that was not there. `unfoldPending` makes it whole.
 */
export type PendingChange =
  | ChangeEntry
  | (Omit<ChangeEntry, 'before' | 'after'> & { was: Record<string, unknown> });

/** What the documents of customers and accounts have alike: whose they are, and their history. */
export interface JournaledDocument {
  _id: ObjectId;
  tenant: string;
  version: number;
  createTime: Date;
  updateTime: Date;
  /** The changes that the relay has not yet copied into the collection of changes, oldest first. */
  pending: PendingChange[];
}

export interface CustomerDocument extends JournaledDocument {
  externalId: string;
  active: boolean;
  enabled: boolean;
  accountingCurrency: string;
  customerCountry?: string;
  providerCountry?: string;
  openAccounts: number;
  /**
   * Counts the payments and revocations out of the customer's accounts. Each of them writes it, so that none can overtake a change of
   * the customer's state.
   */
  spends: number;
  /**
   * The marks of the first request ids that its history answers for. While there is room for another one, a request id whose mark is not
   * here was never used.
   */
  requestMarks: number[];
}

export interface AccountDocument extends JournaledDocument {
  customerId?: ObjectId;
  currency: string;
  active: boolean;
  frozen: boolean;
  balance: Decimal128;
  /** The sum of the account's blockages. */
  blocked: Decimal128;
  /** The balance less what is blocked, for lists in its order; what is shown is derived. */
  available: Decimal128;
  /** How many records the account has: every movement of the balance makes one. */
  records: number;
  accountCode?: string;
  accountNumber?: string;
  accountingCurrency: string;
  xpub?: string;
}

export interface BlockageDocument {
  _id: ObjectId;
  tenant: string;
  accountId: ObjectId;
  amount: Decimal128;
  type: string;
  description?: string;
  createTime: Date;
  /** Whether the amount is blocked. A blockage that was released is kept, so that a retry of its release finds its account. */
  live: boolean;
}

/** A movement of a balance, for ever. */
export interface RecordDocument extends RecordNotes {
  _id: ObjectId;
  tenant: string;
  accountId: ObjectId;
  customerId?: ObjectId;
  counterAccountId?: ObjectId;
  currency: string;
  /** What was added to the balance; negative for a debit. */
  amount: Decimal128;
  /** The balance that it led to. */
  balance: Decimal128;
  /** Counts the records of the account, from 1 without a gap. */
  sequence: number;
  /** The public id of the API key. */
  actor: string;
  anonymous: boolean;
  createTime: Date;
  operationType: OperationType;
  transactionType: TransactionType;
  reference: string;
}

export interface VirtualCurrencyDocument {
  _id: ObjectId;
  tenant: string;
  name: string;
  /** All that was minted less all that was revoked. */
  supply: Decimal128;
  basePair: string;
  baseRate: number;
  accountId: ObjectId;
  customerId?: ObjectId;
  description?: string;
  createTime: Date;
  updateTime: Date;
}

/** The kinds of resources that have a history. */
export type ResourceKind = 'customer' | 'account';

/**
 * A change in the history, for ever. Its id makes copying it twice harmless, and its index is the order in which the changes of a
 * resource are read: the fields of an id compare one after the other, as they are written here.
 */
export interface ChangeDocument extends Omit<ChangeEntry, '_id'> {
  _id: { tenant: string; resource: ObjectId; version: number };
  kind: ResourceKind;
}

/** A change that was made under a request id, for ever, with its answer. */
export interface RequestDocument {
  _id: RequestKey;
  /** The hash of what was asked for. */
  hash: string;
  /** The public id of the API key. */
  actor: string;
  time: Date;
  answer: unknown;
}

/** What a request id belongs to: the tenant, and in it an account, or all openings, payments or virtual currencies. */
export interface RequestKey {
  tenant: string;
  target: string;
  requestId: string;
}

export interface TenantDocument {
  /** The name. */
  _id: string;
  createTime: Date;
  suspendTime?: Date;
}

export interface KeyDocument {
  /** The public id. */
  _id: string;
  tenant: string;
  name: string;
  /** SHA-256 of the key, base64: enough for keys of 256 random bits, and the look-up itself. */
  hash: string;
  createTime: Date;
  /** The grants of the key; absent from keys of a version without scopes, which keep every right. */
  scopes?: readonly string[];
  /** The limits that it keeps, together with the other keys that keep the same ones; absent when there are none. */
  limits?: readonly SharedLimits[];
  expireTime?: Date;
  revokeTime?: Date;
  lastUseTime?: Date;
  createdBy?: string;
  rotatedFrom?: string;
  /** Counts the keys that were made by it or after it. Each of them writes it, so that none can overtake its revocation. */
  made?: number;
}

/** The collections of the ledger. */
export interface Collections {
  readonly customers: Collection<CustomerDocument>;
  readonly accounts: Collection<AccountDocument>;
  readonly blockages: Collection<BlockageDocument>;
  readonly records: Collection<RecordDocument>;
  readonly virtualCurrencies: Collection<VirtualCurrencyDocument>;
  readonly changes: Collection<ChangeDocument>;
  readonly requests: Collection<RequestDocument>;
  readonly tenants: Collection<TenantDocument>;
  readonly keys: Collection<KeyDocument>;
}

/** Gives the collections of a database their types. */
export function openCollections(db: Db): Collections {
  return {
    customers: db.collection('customers'),
    accounts: db.collection('accounts'),
    blockages: db.collection('blockages'),
    records: db.collection('records'),
    virtualCurrencies: db.collection('virtualCurrencies'),
    changes: db.collection('changes'),
    requests: db.collection('requests'),
    tenants: db.collection('tenants'),
    keys: db.collection('keys'),
  };
}
