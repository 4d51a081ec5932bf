import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toRefusalOf, toUnknownExternalId } from '../support/clients/expected-refusal.ts';
import { type LedgerClient, protocols } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { openCustomer, readPages } from '../support/clients/stage.ts';
import { createExternalId } from '../support/database.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
let foreignKey: string;
beforeAll(async () => {
  service = await startTestService();
  foreignKey = (await service.createKey('foreign')).key;
});
afterAll(() => service.close());

describe.each(protocols)('a tenant over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  let foreign: LedgerClient;
  beforeAll(() => {
    client = openClient(protocol, service);
    foreign = openClient(protocol, { address: service.address, key: foreignKey });
  });
  afterAll(async () => {
    await client.close();
    await foreign.close();
  });

  /** The changes of a customer by its id, each of which could be one of a foreign customer. */
  const changes = [
    ['update', (ref) => foreign.updateCustomer(ref, { customerCountry: 'DE' })],
    ['activate', (ref) => foreign.activateCustomer(ref)],
    ['deactivate', (ref) => foreign.deactivateCustomer(ref)],
    ['enable', (ref) => foreign.enableCustomer(ref)],
    ['disable', (ref) => foreign.disableCustomer(ref)],
  ] as const satisfies (readonly [string, (ref: { id: string }) => Promise<unknown>])[];

  it.each(changes)('cannot %s a customer of another one', async (_, change) => {
    const { ref, customer } = await openCustomer(client);
    await expect(change(ref)).rejects.toMatchObject(toRefusalOf(protocol, 'CUSTOMER_NOT_FOUND'));
    expect(await client.getCustomer(ref)).toEqual(customer);
  });

  it('finds no customer of another one, by neither id', async () => {
    const { ref, externalId } = await openCustomer(client);
    await expect(foreign.getCustomer(ref)).rejects.toMatchObject(
      protocol === 'rest'
        ? toUnknownExternalId(protocol, ref.id)
        : toRefusalOf(protocol, 'CUSTOMER_NOT_FOUND'),
    );
    for (const call of [foreign.getCustomer, foreign.disableCustomer]) {
      await expect(call({ externalId })).rejects.toMatchObject(
        toUnknownExternalId(protocol, externalId),
      );
    }
  });

  it('finds no account of another one and changes none', async () => {
    const { account } = await openCustomer(client);
    for (const call of [foreign.getAccount, foreign.activateAccount, foreign.deactivateAccount]) {
      await expect(call(account.id)).rejects.toMatchObject(
        toRefusalOf(protocol, 'ACCOUNT_NOT_FOUND'),
      );
    }
    expect(await client.getAccount(account.id)).toEqual(account);
  });

  it('lists no customer and no account of another one', async () => {
    const { customer, externalId, account } = await openCustomer(client);
    const pages = await readPages((page) => foreign.listCustomers(page), 50);
    expect(pages.flat().map(({ id }) => id)).not.toContain(customer.id);
    const byId = await foreign.listAccounts({ size: 50 }, { customerId: customer.id });
    expect(byId.items).toEqual([]);
    if (protocol === 'rest') return;
    const byName = await foreign.listAccounts({ size: 50 }, { customerExternalId: externalId });
    expect(byName.items).toEqual([]);
    const all = await readPages((page) => foreign.listAccounts(page), 100);
    expect(all.flat().map(({ id }) => id)).not.toContain(account.id);
  });

  it('has external ids of its own: the same one is another customer', async () => {
    const { customer, externalId } = await openCustomer(client, { customerCountry: 'DE' });
    const opening = { currency: 'EUR', customer: { externalId, customerCountry: 'FR' } };
    const { customerId } = await foreign.createAccount(opening);
    expect(customerId).not.toBe(customer.id);
    expect(await client.getCustomer({ externalId })).toEqual(customer);
    expect(await foreign.getCustomer({ externalId })).toMatchObject({ customerCountry: 'FR' });

    const own = await openCustomer(client);
    const renamed = createExternalId();
    await foreign.updateCustomer({ externalId }, { externalId: renamed });
    expect(await client.updateCustomer(own.ref, { externalId: renamed })).toMatchObject({
      id: own.customer.id,
      externalId: renamed,
    });
  });
});
