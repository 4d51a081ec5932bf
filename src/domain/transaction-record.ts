/** What a record is part of. */
export type OperationType = 'PAYMENT' | 'MINT' | 'REVOKE';

export const operationTypes: readonly OperationType[] = ['PAYMENT', 'MINT', 'REVOKE'];

/** Whether a record takes from its account or adds to it. */
export type TransactionType = 'DEBIT_PAYMENT' | 'CREDIT_PAYMENT';

export const transactionTypes: readonly TransactionType[] = ['DEBIT_PAYMENT', 'CREDIT_PAYMENT'];

/** What a caller may note on the records of a payment, a mint or a revocation. */
export interface RecordNotes {
  readonly transactionCode?: string;
  readonly paymentId?: string;
  readonly recipientNote?: string;
  /** Kept on the record of the sender alone. */
  readonly senderNote?: string;
}

/** One movement of one balance, which is never changed: a payment is two of them with one reference. */
export interface TransactionRecord extends RecordNotes {
  readonly accountId: string;
  /** The other account; absent where there is none, and on the recipient's record of an anonymous payment. */
  readonly counterAccountId?: string;
  readonly currency: string;
  /** A canonical decimal in units of the currency; negative where the account was debited. */
  readonly amount: string;
  readonly anonymous: boolean;
  readonly createTime: Date;
  readonly operationType: OperationType;
  readonly transactionType: TransactionType;
  /** Names the payment, mint or revocation: a UUID, unless a mint or revocation was given one. */
  readonly reference: string;
}

/** How an amount is compared. */
export type Comparison = 'gte' | 'lte' | 'gt' | 'lt' | 'eq' | 'neq';

export const comparisons: readonly Comparison[] = ['gte', 'lte', 'gt', 'lt', 'eq', 'neq'];

/** What a caller may write as the value of a bound: as an amount, but with either sign. */
export const boundPattern = /^[+-]?((\d+(\.\d*)?)|(\.\d+))$/;

/** A bound of the signed amount of a record; the value is a decimal and may be negative. */
export interface AmountBound {
  readonly comparison: Comparison;
  readonly value: string;
}

/** The filters of a list of records; those that are given must all hold, and texts must be equal. */
export interface RecordFilter extends RecordNotes {
  readonly customerId?: string;
  readonly accountId?: string;
  readonly counterAccountId?: string;
  /** Any of these. */
  readonly currencies?: readonly string[];
  /** The earliest time of a record, included. */
  readonly from?: Date;
  /** The latest time of a record, included. */
  readonly to?: Date;
  readonly amounts?: readonly AmountBound[];
  readonly operationType?: OperationType;
  readonly transactionType?: TransactionType;
  readonly reference?: string;
}
