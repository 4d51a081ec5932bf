import type { AccountFilter, AccountOrder } from '../../src/domain/account.ts';
import type { CustomerFilter, CustomerRef } from '../../src/domain/customer.ts';
import type { PageOf } from '../../src/domain/page.ts';
import type { RecordFilter } from '../../src/domain/transaction-record.ts';
import type { Random } from '../../test/support/random.ts';
import {
  codesEvery,
  notesEvery,
  paymentIdOf,
  recipientNoteOf,
  transactionCodeOf,
} from '../seed/payments.ts';
import { accountCodeEvery, accountNumberEvery, type Currency } from '../seed/population.ts';
import { createCall, type ScaledLedger } from './ledger.ts';

/** How many rows a page has. */
export const pageSize = 25;

/** How many payments a span of time has, in ledgers of all sizes: more records than a page. */
const paymentsInSpan = 50;

/** Asks a ledger something, each time something else; gives how many rows it answers. */
export type Ask = (ledger: ScaledLedger) => Promise<number>;

/** The reads that are compared between ledgers of two sizes, by name. */
export const queries: Readonly<Record<string, Ask>> = {
  'Get a customer by id': (ledger) => getCustomer(ledger, { id: customerOf(ledger).id }),
  'Get a customer by external id': (ledger) =>
    getCustomer(ledger, { externalId: customerOf(ledger).externalId }),
  'Get an account': async (ledger) => {
    await ledger.store.accounts.get(createCall(), accountOf(ledger).id);
    return 1;
  },

  'Get a virtual currency': async (ledger) => {
    await ledger.store.virtualCurrencies.get(createCall(), currencyOf(ledger).name);
    return 1;
  },

  'Customers, first page': (ledger) => listCustomers(ledger, {}),
  'Customers, a page in the middle': (ledger) =>
    listCustomers(ledger, {}, ledger.middles.customers),
  'Customers of a country': (ledger) => listCustomers(ledger, { customerCountry: 'CH' }),
  'Customers with an accounting currency': (ledger) =>
    listCustomers(ledger, { accountingCurrency: 'EUR' }),

  'Accounts, first page': (ledger) => listAccounts(ledger, {}),
  'Accounts, a page in the middle': (ledger) => listAccounts(ledger, {}, ledger.middles.accounts),
  'Accounts of a currency': (ledger) => listAccounts(ledger, { currency: currencyOf(ledger).name }),
  'Accounts of a customer': (ledger) =>
    listAccounts(ledger, { customerId: customerOf(ledger).id, active: true }),
  'Accounts with a code': (ledger) => listAccounts(ledger, { accountCode: accountCodeOf(ledger) }),
  'Accounts with a number': (ledger) =>
    listAccounts(ledger, { accountNumber: accountNumberOf(ledger) }),
  'Accounts that hold something': (ledger) => listAccounts(ledger, { onlyNonZeroBalance: true }),
  'Accounts, highest balance first': (ledger) =>
    listAccounts(ledger, {}, '', { by: 'accountBalance', descending: true }),
  'Accounts, highest available balance first': (ledger) =>
    listAccounts(ledger, {}, '', { by: 'availableBalance', descending: true }),
  'Accounts, highest number first': (ledger) =>
    listAccounts(ledger, {}, '', { by: 'accountNumber', descending: true }),
  'Accounts of a currency, highest balance first': (ledger) =>
    listAccounts(ledger, { currency: currencyOf(ledger).name }, '', {
      by: 'accountBalance',
      descending: true,
    }),

  'Records, newest first': (ledger) => listRecords(ledger, {}),
  'Records, a page in the middle': (ledger) => listRecords(ledger, {}, ledger.middles.records),
  'Records of an account': (ledger) => listRecords(ledger, { accountId: accountOf(ledger).id }),
  'Records of the busiest account': (ledger) =>
    listRecords(ledger, { accountId: ledger.population.account(0).id.toHexString() }),
  'Records that name an account': (ledger) =>
    listRecords(ledger, { counterAccountId: accountOf(ledger).id }),
  'Records of a customer': (ledger) => listRecords(ledger, { customerId: customerOf(ledger).id }),
  'Records of a currency': (ledger) =>
    listRecords(ledger, { currencies: [currencyOf(ledger).name] }),
  'Records of a span of time': (ledger) => listRecords(ledger, spanOf(ledger)),
  'Records of mints': (ledger) => listRecords(ledger, { operationType: 'MINT' }),
  'Records with a reference': (ledger) =>
    listRecords(ledger, { reference: ledger.random.pick(ledger.references) }),
  'Records with a transaction code': (ledger) =>
    listRecords(ledger, { transactionCode: transactionCodeOf(codedPaymentOf(ledger)) }),
  'Records with a payment id': (ledger) =>
    listRecords(ledger, { paymentId: paymentIdOf(codedPaymentOf(ledger)) }),
  'Records with a note': (ledger) =>
    listRecords(ledger, { recipientNote: recipientNoteOf(notedPaymentOf(ledger)) }),
};

async function getCustomer({ store }: ScaledLedger, ref: CustomerRef): Promise<number> {
  await store.customers.get(createCall(), ref);
  return 1;
}

async function listCustomers({ store }: ScaledLedger, filter: CustomerFilter, token = '') {
  return countRows(await store.customers.list(createCall(), filter, { size: pageSize, token }));
}

async function listAccounts(
  { store }: ScaledLedger,
  filter: AccountFilter,
  token = '',
  order?: AccountOrder,
) {
  const page = { size: pageSize, token };
  return countRows(await store.accounts.list(createCall(), filter, page, order));
}

async function listRecords({ store }: ScaledLedger, filter: RecordFilter, token = '') {
  return countRows(await store.transactions.list(createCall(), filter, { size: pageSize, token }));
}

function countRows({ items }: PageOf<unknown>): number {
  return items.length;
}

function customerOf({ population, random }: ScaledLedger): { id: string; externalId: string } {
  const { id, externalId } = population.customer(random.below(population.customers));
  return { id: id.toHexString(), externalId };
}

function accountOf({ population, random }: ScaledLedger): { id: string } {
  const { id } = population.account(random.below(population.accounts));
  return { id: id.toHexString() };
}

function accountCodeOf({ population, random }: ScaledLedger): string {
  const number = chooseMultiple(random, population.accounts, accountCodeEvery);
  return population.account(number).codes.accountCode ?? '';
}

function accountNumberOf({ population, random }: ScaledLedger): string {
  const number = chooseMultiple(random, population.accounts, accountNumberEvery);
  return population.account(number).codes.accountNumber ?? '';
}

/** Chooses a virtual currency: the others have no records. */
function currencyOf({ population, random }: ScaledLedger): Currency {
  return random.pick(population.issuers);
}

/** Chooses the number of a payment with a code and an id. */
function codedPaymentOf({ population, random }: ScaledLedger): number {
  return chooseMultiple(random, population.payments, codesEvery);
}

/** Chooses the number of a payment with notes. */
function notedPaymentOf({ population, random }: ScaledLedger): number {
  return chooseMultiple(random, population.payments, notesEvery);
}

/** Chooses when some payments that follow each other were made. */
function spanOf({ population, random }: ScaledLedger): { from: Date; to: Date } {
  const first = random.below(population.payments - paymentsInSpan);
  return {
    from: population.paymentTime(first),
    to: population.paymentTime(first + paymentsInSpan),
  };
}

/** Chooses a number below a bound of which only every so many-th will do. */
function chooseMultiple(random: Random, bound: number, every: number): number {
  return random.below(Math.floor(bound / every)) * every;
}
