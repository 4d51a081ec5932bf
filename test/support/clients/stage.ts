import { Decimal128, ObjectId } from 'mongodb';
import { createExternalId } from '../database.ts';
import type { TestService } from '../service.ts';
import type { Account, Customer, LedgerClient, Page, PageRequest } from './ledger-client.ts';

/** A customer that a test acts on, and the account it came to be with. */
export interface Opened {
  readonly customer: Customer;
  readonly ref: { readonly id: string };
  readonly externalId: string;
  readonly account: Account;
}

/** Opens an account for a new customer. */
export async function openCustomer(client: LedgerClient, profile = {}): Promise<Opened> {
  const externalId = createExternalId();
  const account = await client.createAccount({
    currency: 'EUR',
    customer: { externalId, ...profile },
  });
  const customer = await client.getCustomer({ externalId });
  return { account, customer, ref: { id: customer.id }, externalId };
}

/** Opens an account for a new customer and brings both into the inactive state. */
export async function openInactiveCustomer(client: LedgerClient): Promise<Opened> {
  const opened = await openCustomer(client);
  await client.deactivateAccount(opened.account.id);
  await client.deactivateCustomer(opened.ref);
  return opened;
}

/** What is on an account, as it is kept. */
interface Money {
  readonly balance: string;
  readonly blocked?: string;
  readonly frozen?: boolean;
}

/** Puts money on an account behind the back of the service, as nothing in the contract does yet. */
export async function setMoney(
  { collections }: TestService,
  accountId: string,
  { balance, blocked = '0', frozen = false }: Money,
): Promise<void> {
  await collections.accounts.updateOne(
    { _id: new ObjectId(accountId) },
    { $set: { balance: new Decimal128(balance), blocked: new Decimal128(blocked), frozen } },
  );
}

/** Reads a list to its end, page by page. */
export async function readPages<T>(
  list: (page: PageRequest) => Promise<Page<T>>,
  size: number,
  beforeNext: () => Promise<void> = async () => undefined,
): Promise<(readonly T[])[]> {
  const pages = [];
  let page = await list({ size });
  for (;;) {
    pages.push(page.items);
    if (page.next === undefined) return pages;
    await beforeNext();
    page = await list({ size, from: page.next });
  }
}
