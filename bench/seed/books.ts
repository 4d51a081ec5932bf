import { zero } from '../../src/domain/decimal.ts';
import type { Call } from '../../src/domain/ledger.ts';
import { isLedgerError } from '../../src/domain/ledger-error.ts';
import type { Party } from '../../src/domain/party.ts';
import { type Payment, type Posting, settleOrders } from '../../src/domain/payment.ts';
import type { Population } from './population.ts';

/** Who has opened and paid everything: the first key of the tenant that the service begins with. */
export const seeder: Call = { tenant: 'default', actor: 'key_bench', deadline: Infinity };

/** The decimal places of all balances. */
export const scale = 2;

/** What each virtual currency is issued with, in hundredths. */
export const issued = 1_000_000_000_000_00n;

/** What moves when payments are made, for each account or customer by its number. */
export interface Books {
  /** In hundredths. */
  readonly balances: BigInt64Array;
  /** How many records each account has. */
  readonly records: Uint32Array;
  /** How many payments the accounts of each customer have made. */
  readonly spends: Uint32Array;
}

/** Opens books in which the virtual currencies are issued to the accounts they were created with; all others have nothing. */
export function openBooks({ accounts, customers, issuers }: Population): Books {
  return {
    balances: new BigInt64Array(accounts).fill(issued, 0, issuers.length),
    records: new Uint32Array(accounts).fill(1, 0, issuers.length),
    spends: new Uint32Array(customers),
  };
}

/** Gives an account as it stands in the books. */
export function partyOf(population: Population, books: Books, number: number): Party {
  const { id, currency, customer } = population.account(number);
  return {
    id: id.toHexString(),
    ...(customer !== undefined && { customerId: population.customer(customer).id.toHexString() }),
    currency: currency.name,
    frozen: false,
    balance: { coefficient: books.balances[number] ?? 0n, scale },
    blocked: zero,
    records: books.records[number] ?? 0,
    version: 1,
  };
}

/** Makes a payment, and gives its postings: that of who pays, and that of who is paid. */
export function enter(
  population: Population,
  books: Books,
  [sender, recipient]: readonly [number, number],
  payment: Omit<Payment, 'recipientAccountId'>,
): readonly Posting[] {
  const [from, to] = [sender, recipient].map((number) => partyOf(population, books, number));
  if (!from || !to) throw new RangeError('a payment has two accounts');
  const accounts = new Map([from, to].map((party) => [party.id, party]));
  const spenders = new Set(from.customerId === undefined ? [] : [from.customerId]);
  const order = {
    call: seeder,
    senderAccountId: from.id,
    payments: [{ ...payment, recipientAccountId: to.id }],
  };
  const [settled] = settleOrders({ accounts, spenders, compliantCustomers: new Set() }, [order]);
  if (!settled || isLedgerError(settled)) throw settled ?? new RangeError('no settlement');
  for (const { party } of settled.postings) {
    const number = party.id === from.id ? sender : recipient;
    books.balances[number] = party.balance.coefficient;
    books.records[number] = party.records;
  }
  const { customer } = population.account(sender);
  if (customer !== undefined) books.spends[customer] = (books.spends[customer] ?? 0) + 1;
  return settled.postings;
}
