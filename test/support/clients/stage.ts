import { randomBytes } from 'node:crypto';
import { createExternalId } from '../database.ts';
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
  return await openIn(client, 'EUR', profile);
}

/** Opens an account for a new customer and brings both into the inactive state. */
export async function openInactiveCustomer(client: LedgerClient): Promise<Opened> {
  const opened = await openCustomer(client);
  await client.deactivateAccount(opened.account.id);
  await client.deactivateCustomer(opened.ref);
  return opened;
}

/** Makes the name of a virtual currency that no tenant has. */
export function createCurrencyName(): string {
  return `VC_${randomBytes(6).toString('hex')}`;
}

/** Opens an account for a new customer in a virtual currency of its own, and puts its whole supply on it: real money. */
export async function openFunded(
  client: LedgerClient,
  supply: string,
  profile = {},
): Promise<Opened> {
  const externalId = createExternalId();
  const account = await client.createVirtualCurrency({
    name: createCurrencyName(),
    supply,
    basePair: 'EUR',
    customer: { externalId, ...profile },
  });
  const customer = await client.getCustomer({ externalId });
  return { account, customer, ref: { id: customer.id }, externalId };
}

/** Opens an account in a currency for a new customer. */
export async function openIn(
  client: LedgerClient,
  currency: string,
  profile = {},
): Promise<Opened> {
  const externalId = createExternalId();
  const account = await client.createAccount({ currency, customer: { externalId, ...profile } });
  const customer = await client.getCustomer({ externalId });
  return { account, customer, ref: { id: customer.id }, externalId };
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
