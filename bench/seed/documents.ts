import { ObjectId } from 'mongodb';
import { zero } from '../../src/domain/decimal.ts';
import { toCustomerDocument } from '../../src/store/account-holder.ts';
import { toAccountDocument } from '../../src/store/account-opening.ts';
import { toChanges } from '../../src/store/change-copy.ts';
import { toDecimal128 } from '../../src/store/decimal128.ts';
import type {
  AccountDocument,
  ChangeDocument,
  CustomerDocument,
  JournaledDocument,
  RecordDocument,
  ResourceKind,
  VirtualCurrencyDocument,
} from '../../src/store/documents.ts';
import { toRecord } from '../../src/store/postings.ts';
import { type Books, issued, partyOf, scale, seeder } from './books.ts';
import type { MadePayment } from './payments.ts';
import type { Population } from './population.ts';

/** A resource whose history has been relayed, and that history. */
export interface Relayed<D> {
  readonly document: D;
  readonly changes: readonly ChangeDocument[];
}

/** Makes a customer of the ledger. */
export function customerDocument(
  population: Population,
  books: Books,
  number: number,
): Relayed<CustomerDocument> {
  const { id, externalId, country, openAccounts, createTime } = population.customer(number);
  const { name: customerCountry, accountingCurrency } = country;
  const document = toCustomerDocument(seeder, {
    externalId,
    accountingCurrency,
    ...(customerCountry !== '' && { customerCountry }),
  });
  const spends = books.spends[number] ?? 0;
  return relay('customer', { ...document, _id: id, openAccounts, spends }, createTime);
}

/** Makes an account of the ledger, as its payments have left it. */
export function accountDocument(
  population: Population,
  books: Books,
  number: number,
): Relayed<AccountDocument> {
  const { id, customer, currency, createTime, codes } = population.account(number);
  const holder =
    customer === undefined ? undefined : customerDocument(population, books, customer).document;
  const { balance, records } = partyOf(population, books, number);
  const opening = { currency: currency.name, ...codes };
  const document = toAccountDocument(seeder, opening, holder, balance);
  return relay('account', { ...document, _id: id, records }, createTime);
}

/** Makes the two records of a payment. */
export function recordDocuments({ postings, time }: MadePayment): RecordDocument[] {
  return postings.map((posting) => toRecord(seeder, posting, time));
}

/** Makes the virtual currencies, with the records of what they were issued with. */
export function issueDocuments(
  population: Population,
): { readonly currency: VirtualCurrencyDocument; readonly record: RecordDocument }[] {
  return population.issuers.map(({ name }, number) => {
    const { id: accountId, createTime } = population.account(number);
    const amount = { coefficient: issued, scale };
    const party = { id: accountId.toHexString(), currency: name, frozen: false, blocked: zero };
    const posting = {
      party: { ...party, balance: amount, records: 1, version: 1 },
      amount,
      anonymous: false,
      operationType: 'MINT',
      reference: crypto.randomUUID(),
    } as const;
    return {
      currency: {
        _id: new ObjectId(),
        tenant: seeder.tenant,
        name,
        supply: toDecimal128(amount),
        basePair: 'EUR',
        baseRate: 1,
        accountId,
        createTime,
        updateTime: createTime,
      },
      record: toRecord(seeder, posting, createTime),
    };
  });
}

/** Takes a document as it was when its history had been relayed. */
function relay<D extends JournaledDocument>(
  kind: ResourceKind,
  document: D,
  createTime: Date,
): Relayed<D> {
  const pending = document.pending.map((entry) => ({ ...entry, time: createTime }));
  return {
    document: { ...document, createTime, updateTime: createTime, pending: [] },
    changes: toChanges(kind, { ...document, pending }),
  };
}
