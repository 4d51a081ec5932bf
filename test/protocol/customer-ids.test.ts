import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toUnknownExternalId } from '../support/clients/expected-refusal.ts';
import { type LedgerClient, protocols } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { openCustomer } from '../support/clients/stage.ts';
import { createExternalId } from '../support/database.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

/** External ids that a path, a query, a filter or an object of JavaScript could take for something else. */
const externalIds = [
  'a/b',
  'a?b=c',
  'a#b',
  '100%',
  '%2F',
  'a b',
  ' a ',
  'a+b&c=d',
  '/',
  '//',
  'a\\b',
  '"\'`',
  'Müller & Söhne, Straße 7',
  'Ж日本語العربية',
  '👩‍👩‍👧‍👦',
  '$where',
  '$$REMOVE',
  'a.b.$',
  '__proto__',
  'constructor',
  '{externalId}',
  'null',
  'tab\tand\nline',
  '\u0000',
  '*',
] as const;

describe.each(protocols)('an external id over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  beforeAll(() => {
    client = openClient(protocol, service);
  });
  afterAll(() => client.close());

  it.each(externalIds)('is kept as it is: %j', async (text) => {
    // The suffix keeps the protocols apart, which share a tenant.
    const externalId = `${text}${protocols.indexOf(protocol)}`;
    const account = await client.createAccount({ currency: 'EUR', customer: { externalId } });
    const customer = await client.getCustomer({ externalId });
    expect(customer).toMatchObject({ id: account.customerId, externalId });
    const renamed = `${createExternalId()}${text}`;
    expect(await client.updateCustomer({ externalId }, { externalId: renamed })).toMatchObject({
      id: customer.id,
      externalId: renamed,
    });
    await expect(client.getCustomer({ externalId })).rejects.toMatchObject(
      toUnknownExternalId(protocol, externalId),
    );
  });

  it('counts its length in code points: a hundred emoji are taken, one more is refused', async () => {
    const letter = ['😀', '😃', '😄', '😁', '😆', '😅'][protocols.indexOf(protocol)] ?? '';
    const externalId = letter.repeat(100);
    const account = await client.createAccount({ currency: 'EUR', customer: { externalId } });
    expect(await client.getCustomer({ externalId })).toMatchObject({
      id: account.customerId,
      externalId,
    });
    const field = protocol === 'rest' ? 'customer.externalId' : 'customer.external_id';
    await expect(
      client.createAccount({ currency: 'EUR', customer: { externalId: letter.repeat(101) } }),
    ).rejects.toMatchObject({ violations: [expect.objectContaining({ field })] });
  });

  it('is taken to the letter: case, composition and surrounding spaces make another customer', async () => {
    const externalId = `É${createExternalId()}`;
    const { id } = await openNamed(externalId);
    for (const other of [externalId.toLowerCase(), externalId.normalize('NFD'), `${externalId} `]) {
      expect(await openNamed(other)).not.toMatchObject({ id });
    }
  });

  async function openNamed(externalId: string) {
    await client.createAccount({ currency: 'EUR', customer: { externalId } });
    return await client.getCustomer({ externalId });
  }

  it('never shadows the internal id of another customer that it looks like', async () => {
    const { customer } = await openCustomer(client);
    const imitator = await client.createAccount({
      currency: 'EUR',
      customer: { externalId: customer.id },
    });
    expect(imitator.customerId).not.toBe(customer.id);
    expect(await client.getCustomer({ id: customer.id })).toEqual(customer);
    const found = await client.getCustomer({ externalId: customer.id });
    // A read of REST takes either id and looks for the internal one first; the others are told which one is meant.
    expect(found.id).toBe(protocol === 'rest' ? customer.id : imitator.customerId);
  });

  it('names the same customer as its internal id in every change', async () => {
    const { customer, externalId, account } = await openCustomer(client);
    const byName = { externalId };
    expect(await client.disableCustomer(byName)).toEqual({ ...customer, enabled: false });
    expect(await client.enableCustomer(byName)).toEqual(customer);
    await client.deactivateAccount(account.id);
    expect(await client.deactivateCustomer(byName)).toEqual({ ...customer, active: false });
    expect(await client.activateCustomer(byName)).toEqual(customer);
  });
});
