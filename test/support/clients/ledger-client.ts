import type { MoneyClient } from './money-client.ts';

/** The protocols that the same tests run over. */
export const protocols = [
  'grpc-js',
  'grpc by connect-node',
  'connect json',
  'connect binary',
  'grpc-web',
  'rest',
] as const;
export type Protocol = (typeof protocols)[number];

/** The protocols that speak the proto contract. */
export const rpcProtocols = protocols.filter((protocol) => protocol !== 'rest');

/** A customer as every protocol shows it; what is not set is absent. */
export interface Customer {
  readonly id: string;
  readonly externalId: string;
  readonly active: boolean;
  readonly enabled: boolean;
  readonly accountingCurrency: string;
  readonly customerCountry?: string;
  readonly providerCountry?: string;
}

/** An account as every protocol shows it; what is not set is absent. */
export interface Account {
  readonly id: string;
  readonly currency: string;
  readonly customerId?: string;
  readonly active: boolean;
  readonly frozen: boolean;
  readonly balance: { readonly accountBalance: string; readonly availableBalance: string };
  readonly accountCode?: string;
  readonly accountNumber?: string;
  readonly accountingCurrency: string;
  readonly xpub?: string;
}

/** A change as every protocol shows it; what is not set is absent. */
interface Change<State> {
  readonly id: string;
  readonly version: number;
  readonly verb: string;
  readonly actor: string;
  readonly reason?: string;
  readonly comment?: string;
  readonly requestId?: string;
  /** In milliseconds. */
  readonly time: number;
  readonly before?: State;
  readonly after: State;
}

export interface CustomerChange extends Change<CustomerState> {
  readonly customerId: string;
}

export interface AccountChange extends Change<AccountState> {
  readonly accountId: string;
}

/** The fields and states of a customer in its history. */
export type CustomerState = Omit<Customer, 'id'>;

/** The fields and states of an account in its history. */
export type AccountState = Omit<Account, 'id' | 'balance' | 'xpub'> & { readonly blocked: string };

/** The filters of a list of changes; times are in milliseconds. */
export interface ChangeFilter {
  readonly verb?: string;
  readonly actor?: string;
  readonly requestId?: string;
  readonly from?: number;
  readonly to?: number;
}

export type CustomerRef = { readonly id: string } | { readonly externalId: string };

export interface CustomerFields {
  readonly externalId?: string;
  readonly accountingCurrency?: string;
  readonly customerCountry?: string;
  readonly providerCountry?: string;
}

export interface Opening {
  readonly currency: string;
  readonly customer?: CustomerFields;
  readonly accountCode?: string;
  readonly accountNumber?: string;
  readonly accountingCurrency?: string;
  readonly xpub?: string;
}

/** The filters of the RPC list. REST lists all customers. */
export interface CustomerFilter {
  readonly active?: boolean;
  readonly enabled?: boolean;
  readonly customerCountry?: string;
  readonly accountingCurrency?: string;
}

/**
 * The filters of the RPC list. REST has two lists: of the active accounts of one customer, by its internal id, which knows the code;
 * and of all accounts, which knows neither customer nor code.
 */
export interface AccountFilter {
  readonly customerId?: string;
  readonly customerExternalId?: string;
  readonly active?: boolean;
  readonly frozen?: boolean;
  readonly currency?: string;
  readonly accountCode?: string;
  readonly accountNumber?: string;
  readonly onlyNonZeroBalance?: boolean;
}

/** What a list of accounts is sorted by. */
export interface AccountOrder {
  readonly by: 'id' | 'account_number' | 'account_balance' | 'available_balance';
  readonly descending?: boolean;
}

/** The fields of an account that can be set. */
export interface AccountFields {
  readonly accountCode?: string;
  readonly accountNumber?: string;
}

/** Where a page begins: a page token of the RPC lists, an offset of REST; left out for the first page. */
export interface PageRequest {
  readonly size: number;
  readonly from?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; undefined behind the last page, as far as the protocol tells it. */
  readonly next: string | undefined;
}

/**
 * The ledger as a client of one protocol sees it. What is refused is thrown as a Refusal.
 *
 * The changes of REST answer nothing, so its client reads the resource after them. It writes by the internal id alone, so an
 * external one is looked up first.
 */
export interface LedgerClient extends MoneyClient {
  readonly protocol: Protocol;
  listCustomers(page: PageRequest, filter?: CustomerFilter): Promise<Page<Customer>>;
  getCustomer(ref: CustomerRef): Promise<Customer>;
  /** Sets fields. REST has no mask. */
  updateCustomer(
    ref: CustomerRef,
    fields: CustomerFields,
    mask?: readonly string[],
  ): Promise<Customer>;
  activateCustomer(ref: CustomerRef): Promise<Customer>;
  deactivateCustomer(ref: CustomerRef): Promise<Customer>;
  enableCustomer(ref: CustomerRef): Promise<Customer>;
  disableCustomer(ref: CustomerRef): Promise<Customer>;
  listCustomerChanges(
    ref: CustomerRef,
    page: PageRequest,
    filter?: ChangeFilter,
  ): Promise<Page<CustomerChange>>;
  createAccount(opening: Opening): Promise<Account>;
  createAccounts(openings: readonly Opening[]): Promise<readonly Account[]>;
  getAccount(id: string): Promise<Account>;
  listAccounts(
    page: PageRequest,
    filter?: AccountFilter,
    order?: AccountOrder,
  ): Promise<Page<Account>>;
  countAccounts(filter: AccountFilter): Promise<number>;
  listAccountChanges(
    id: string,
    page: PageRequest,
    filter?: ChangeFilter,
  ): Promise<Page<AccountChange>>;
  /** Sets fields. REST has no mask. */
  updateAccount(id: string, fields: AccountFields, mask?: readonly string[]): Promise<Account>;
  activateAccount(id: string): Promise<Account>;
  deactivateAccount(id: string): Promise<Account>;
  freezeAccount(id: string): Promise<Account>;
  unfreezeAccount(id: string): Promise<Account>;
  close(): Promise<void>;
}
