import type { TestService } from '../service.ts';
import type { ExpectedReason } from './expected-refusal.ts';
import type { Account, LedgerClient } from './ledger-client.ts';
import { type Opened, openCustomer, openFunded, openIn, openInactiveCustomer } from './stage.ts';

/** Where a case plays: what it opens is remembered, so that it can be looked at afterwards. */
export interface Scene {
  readonly service: TestService;
  readonly client: LedgerClient;
  readonly opened: Opened[];
}

/** A call that is about to be refused, and what the refusal must tell besides its reason. */
export interface Provoked {
  readonly call: () => Promise<unknown>;
  readonly metadata: Readonly<Record<string, string>>;
  /** The fields of the request that are refused. */
  readonly fields?: readonly string[];
  /** The resources that stand in the way. */
  readonly subjects?: readonly string[];
}

export interface RefusalCase {
  readonly method: string;
  readonly reason: ExpectedReason;
  /** Tells apart the cases of one method and reason. */
  readonly by: string;
  /** Whether REST has no such call. */
  readonly rpcOnly: boolean;
  readonly provoke: (scene: Scene) => Promise<Provoked>;
}

/** Opens an account for a new customer. */
export async function open({ client, opened }: Scene): Promise<Opened> {
  const customer = await openCustomer(client);
  opened.push(customer);
  return customer;
}

/** Opens an account for a new customer, and deactivates both. */
export async function openInactive({ client, opened }: Scene): Promise<Opened> {
  const customer = await openInactiveCustomer(client);
  opened.push(customer);
  return customer;
}

/** Opens an account for a new customer, which holds the whole supply of a virtual currency. */
export async function fund(
  { client, opened }: Scene,
  supply: string,
  profile?: object,
): Promise<Opened> {
  const customer = await openFunded(client, supply, profile);
  opened.push(customer);
  return customer;
}

/** Opens an account in a currency for a new customer. */
export async function openAnother(
  { client, opened }: Scene,
  { currency }: Pick<Account, 'currency'>,
): Promise<Opened> {
  const customer = await openIn(client, currency);
  opened.push(customer);
  return customer;
}

/** The ids of a customer, as the metadata of a refusal tell them. */
export function idsOf({ customer }: Opened) {
  return { customerId: customer.id, externalId: customer.externalId };
}

/** Opens an account for a new customer, and disables the customer. */
export async function openDisabled(scene: Scene): Promise<Opened> {
  const opened = await open(scene);
  await scene.client.disableCustomer(opened.ref);
  return opened;
}

/** A case of a kind of its own. */
export function single(
  method: string,
  reason: ExpectedReason,
  provoke: RefusalCase['provoke'],
  rpcOnly = false,
): RefusalCase {
  return { method, reason, by: 'its state', rpcOnly, provoke };
}
