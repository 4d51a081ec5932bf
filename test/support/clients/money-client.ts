import type { Account, CustomerFields, Page, PageRequest } from './ledger-client.ts';

/** A blockage as every protocol shows it; what is not set is absent. */
export interface Blockage {
  readonly id: string;
  readonly accountId: string;
  readonly amount: string;
  readonly type: string;
  readonly description?: string;
}

export interface BlockageFields {
  readonly amount: string;
  readonly type: string;
  readonly description?: string;
  readonly ensureSufficientBalance?: boolean;
}

/** What a caller can note on records. */
export interface Notes {
  readonly transactionCode?: string;
  readonly paymentId?: string;
  readonly recipientNote?: string;
  readonly senderNote?: string;
}

export interface Payment extends Notes {
  readonly recipientAccountId: string;
  readonly amount: string;
  readonly anonymous?: boolean;
  readonly compliant?: boolean;
}

/** A record as every protocol shows it; what is not set is absent. */
export interface TransactionRecord extends Notes {
  readonly accountId: string;
  readonly counterAccountId?: string;
  readonly currency: string;
  readonly amount: string;
  readonly anonymous: boolean;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly operationType: 'PAYMENT' | 'MINT' | 'REVOKE';
  readonly transactionType: 'DEBIT_PAYMENT' | 'CREDIT_PAYMENT';
  readonly reference: string;
}

/** The filters of a list of records. */
export interface RecordFilter extends Notes {
  readonly customerId?: string;
  readonly accountId?: string;
  readonly counterAccountId?: string;
  readonly currencies?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly from?: number;
  readonly to?: number;
  readonly amounts?: readonly { readonly comparison: Comparison; readonly value: string }[];
  readonly operationType?: TransactionRecord['operationType'];
  readonly transactionType?: TransactionRecord['transactionType'];
  /** REST takes no other filter beside it. */
  readonly reference?: string;
}

export type Comparison = 'gte' | 'lte' | 'gt' | 'lt' | 'eq' | 'neq';

/** A virtual currency as every protocol shows it; what is not set is absent. */
export interface VirtualCurrency {
  readonly name: string;
  readonly supply: string;
  readonly basePair: string;
  readonly baseRate: number;
  readonly accountId: string;
  readonly customerId?: string;
  readonly description?: string;
}

export interface VirtualCurrencyFields {
  readonly name: string;
  readonly supply: string;
  readonly basePair: string;
  readonly baseRate?: number;
  readonly customer?: CustomerFields;
  readonly accountCode?: string;
  readonly accountNumber?: string;
  readonly accountingCurrency?: string;
  readonly description?: string;
}

export interface VirtualCurrencyChanges {
  readonly basePair?: string;
  readonly baseRate?: number;
}

export interface SupplyChange extends Notes {
  readonly accountId: string;
  readonly amount: string;
  readonly reference?: string;
  readonly counterAccountId?: string;
}

/** What a client does with money. */
export interface MoneyClient {
  createBlockage(accountId: string, fields: BlockageFields): Promise<Blockage>;
  getBlockage(id: string): Promise<Blockage>;
  listBlockages(accountId: string, page: PageRequest): Promise<Page<Blockage>>;
  releaseBlockage(id: string): Promise<void>;
  releaseAllBlockages(accountId: string): Promise<void>;
  /** Gives the reference of the payment. */
  settleBlockage(id: string, payment: Payment): Promise<string>;
  /** Gives the reference of the payment. */
  pay(senderAccountId: string, payment: Payment): Promise<string>;
  /** Gives the references of the payments, in order. */
  payAll(senderAccountId: string, payments: readonly Payment[]): Promise<readonly string[]>;
  listRecords(page: PageRequest, filter: RecordFilter): Promise<Page<TransactionRecord>>;
  countRecords(filter: RecordFilter): Promise<number>;
  createVirtualCurrency(fields: VirtualCurrencyFields): Promise<Account>;
  getVirtualCurrency(name: string): Promise<VirtualCurrency>;
  /** Sets fields. REST has no mask. */
  updateVirtualCurrency(
    name: string,
    changes: VirtualCurrencyChanges,
    mask?: readonly string[],
  ): Promise<VirtualCurrency>;
  /** Gives the reference of the record. */
  mint(change: SupplyChange): Promise<string>;
  /** Gives the reference of the record. */
  revoke(change: SupplyChange): Promise<string>;
}
