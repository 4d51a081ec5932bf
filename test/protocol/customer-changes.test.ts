import { ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPageToken } from '../../src/store/page-token.ts';
import { changeAccount, changeCustomer, updateCustomer } from '../support/clients/changes.ts';
import { toRefusalOf, toUnknownExternalId } from '../support/clients/expected-refusal.ts';
import { openIntentClient } from '../support/clients/intent-client.ts';
import {
  type ChangeFilter,
  type CustomerChange,
  type LedgerClient,
  protocols,
  rpcProtocols,
} from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { openCustomer, openInactiveCustomer, readPages } from '../support/clients/stage.ts';
import { createExternalId } from '../support/database.ts';
import { readHistory } from '../support/history.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

/** The verbs of a customer that `openTravelled` opens, from the first version on. */
const travelledVerbs = ['CREATE', 'DISABLE', 'ENABLE', 'UPDATE', 'DEACTIVATE', 'ACTIVATE'];

/** Opens a customer and takes it through every change that there is, the last ones by another key. */
async function openTravelled(client: LedgerClient, other: LedgerClient) {
  const opened = await openCustomer(client, { customerCountry: 'DE' });
  const { ref, account } = opened;
  await client.disableCustomer(ref);
  await client.enableCustomer(ref);
  await other.updateCustomer(ref, { providerCountry: 'FR' });
  await other.deactivateAccount(account.id);
  await other.deactivateCustomer(ref);
  await other.activateCustomer(ref);
  return opened;
}

describe.each(protocols)('the history of a customer over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  let other: LedgerClient;
  let actors: readonly string[];
  beforeAll(async () => {
    const tenantName = `history-${protocols.indexOf(protocol)}`;
    const keys = [await service.createKey(tenantName), await service.createKey(tenantName)];
    const open = (key = '') => openClient(protocol, { address: service.address, key });
    [client, other] = [open(keys[0]?.key), open(keys[1]?.key)];
    actors = keys.map(({ id }) => id);
  });
  afterAll(async () => {
    await client.close();
    await other.close();
  });

  /** Reads all changes of a customer, a page of 50 at a time. */
  const readAll = async (id: string, filter?: ChangeFilter) =>
    (
      await readPages((page) => client.listCustomerChanges({ id }, page, filter), 50)
    ).flat() as CustomerChange[];

  it('tells who made each change, why, when and by which request, from what to what', async () => {
    const { key, id: actor } = await service.createKey(`causes-${protocols.indexOf(protocol)}`);
    const by = openClient(protocol, { address: service.address, key });
    const begin = Date.now();
    const { ref, externalId, account } = await openCustomer(by, { customerCountry: 'DE' });
    const { id: customer } = ref;
    const refs = { customer, account: account.id } as Parameters<typeof changeCustomer>[1];
    const intents = openIntentClient(protocol, { address: service.address, key });
    const intent = (verb: string) => ({
      requestId: `because-of-${verb}`,
      reason: `Fälschung ☃ ${verb}`,
      comment: `seen at ${verb}: 😀`,
    });
    await intents.send(changeCustomer('disable', refs), intent('disable'));
    await intents.send(updateCustomer(refs, { externalId: `${externalId}-b` }), intent('update'));
    await intents.send(changeCustomer('enable', refs), intent('enable'));
    await intents.send(changeAccount('deactivate', refs));
    await intents.send(changeCustomer('deactivate', refs), intent('deactivate'));
    await intents.send(changeCustomer('activate', refs));

    const opened = {
      externalId,
      active: true,
      enabled: true,
      accountingCurrency: 'EUR',
      customerCountry: 'DE',
    };
    const disabled = { ...opened, enabled: false };
    const renamed = { ...disabled, externalId: `${externalId}-b` };
    const enabled = { ...renamed, enabled: true };
    const deactivated = { ...enabled, active: false };
    const expected = [
      { verb: 'CREATE', after: opened },
      { verb: 'DISABLE', before: opened, after: disabled, ...intent('disable') },
      { verb: 'UPDATE', before: disabled, after: renamed, ...intent('update') },
      { verb: 'ENABLE', before: renamed, after: enabled, ...intent('enable') },
      { verb: 'DEACTIVATE', before: enabled, after: deactivated, ...intent('deactivate') },
      { verb: 'ACTIVATE', before: deactivated, after: enabled },
    ].map((told, index) => ({
      id: `${customer}-${index + 1}`,
      customerId: customer,
      version: index + 1,
      actor,
      time: expect.any(Number),
      ...told,
    }));
    const { items } = await by.listCustomerChanges(ref, { size: 50 });
    expect(items).toEqual(expected);
    const times = items.map(({ time }) => time);
    expect([begin - 1, ...times, Date.now() + 1]).toEqual(
      [begin - 1, ...times, Date.now() + 1].sort((a, b) => a - b),
    );
    const kept = await readHistory(service.collections, 'customer', new ObjectId(customer));
    expect(kept.map(({ version, time }) => [version, time.getTime()])).toEqual(
      items.map(({ version, time }) => [version, time]),
    );
    intents.close();
    await by.close();
  });

  it('tells of an opening that changes the customer, and of none that does not', async () => {
    const { ref, externalId } = await openCustomer(client);
    const reopen = (customer = {}) =>
      client.createAccount({ currency: 'EUR', customer: { externalId, ...customer } });
    await reopen();
    await reopen({ customerCountry: 'AT' });
    const [, ...others] = await readAll(ref.id);
    expect(others).toMatchObject([
      { verb: 'UPDATE', version: 2, after: { customerCountry: 'AT' } },
    ]);
  });

  it('can be read for ever, by either id, also of an inactive customer', async () => {
    const { ref, externalId } = await openInactiveCustomer(client);
    const expected = [{ verb: 'CREATE' }, { verb: 'DEACTIVATE' }];
    expect(await readAll(ref.id)).toMatchObject(expected);
    const found = await client.listCustomerChanges({ externalId }, { size: 50 });
    expect(found.items).toEqual(await readAll(ref.id));
    const renamed = createExternalId();
    await client.updateCustomer(ref, { externalId: renamed });
    expect(
      (await client.listCustomerChanges({ externalId: renamed }, { size: 50 })).items,
    ).toMatchObject([...expected, { verb: 'UPDATE', before: { externalId } }]);
    await expect(client.listCustomerChanges({ externalId }, { size: 50 })).rejects.toMatchObject(
      toUnknownExternalId(protocol, externalId),
    );
  });

  it('holds every change that was acknowledged before, at once', async () => {
    const { ref } = await openCustomer(client);
    for (let version = 2; version <= 12; version += 1) {
      await (version % 2 === 0 ? client.disableCustomer(ref) : client.enableCustomer(ref));
      expect((await readAll(ref.id)).at(-1)).toMatchObject({ version });
    }
  });

  it('holds what its filters let through, and nothing else', async () => {
    const { ref } = await openTravelled(client, other);
    const all = await readAll(ref.id);
    expect(all.map(({ verb }) => verb)).toEqual(travelledVerbs);
    const time = all[3]?.time ?? 0;
    const [first = '', second = ''] = actors;
    const filters: readonly (readonly [ChangeFilter, (change: CustomerChange) => boolean])[] = [
      ...travelledVerbs.map(
        (verb) => [{ verb }, (change: CustomerChange) => change.verb === verb] as const,
      ),
      [{ actor: first }, (change) => change.version <= 3],
      [{ actor: second }, (change) => change.version > 3],
      [{ actor: 'key_nobody' }, () => false],
      [{ from: time }, (change) => change.time >= time],
      [{ to: time }, (change) => change.time <= time],
      [{ from: time, to: time }, (change) => change.time === time],
      [{ from: time + 1, to: time }, () => false],
      [{ from: Date.now() + 60_000 }, () => false],
      [{ verb: 'UPDATE', actor: second }, (change) => change.version === 4],
      [{ verb: 'UPDATE', actor: first }, () => false],
      [{ verb: 'ENABLE', to: time }, (change) => change.version === 3],
    ];
    for (const [filter, isHeld] of filters) {
      expect(await readAll(ref.id, filter), JSON.stringify(filter)).toEqual(all.filter(isHeld));
    }
  });

  it('holds the change of a request id', async () => {
    const { ref } = await openCustomer(client);
    const { key } = await service.createKey(`history-${protocols.indexOf(protocol)}`);
    const intents = openIntentClient(protocol, { address: service.address, key });
    const refs = { customer: ref.id } as Parameters<typeof changeCustomer>[1];
    for (const requestId of ['one', 'two~!"']) {
      const verb = requestId === 'one' ? 'disable' : 'enable';
      await intents.send(changeCustomer(verb, refs), { requestId });
      // A replay is no change.
      await intents.send(changeCustomer(verb, refs), { requestId });
      const held = await readAll(ref.id, { requestId });
      expect(held).toMatchObject([{ verb: verb.toUpperCase(), requestId }]);
    }
    expect(await readAll(ref.id, { requestId: 'three' })).toEqual([]);
    intents.close();
  });

  it.each([1, 2, 3, 6])('tells each change once, in pages of %d', async (size) => {
    const { ref } = await openTravelled(client, other);
    const all = await readAll(ref.id);
    const pages = await readPages((page) => client.listCustomerChanges(ref, page), size);
    expect(pages.flat()).toEqual(all);
    const isFull = pages.slice(0, -1).every((page) => page.length === size);
    expect(isFull).toBe(true);
    const filter = { actor: actors[1] ?? '' };
    const held = await readPages((page) => client.listCustomerChanges(ref, page, filter), size);
    expect(held.flat()).toEqual(all.slice(3));
  });

  it('misses none and doubles none while changes are made', async () => {
    const { ref } = await openTravelled(client, other);
    const coming = [client.disableCustomer, client.enableCustomer, client.disableCustomer];
    const pages = await readPages(
      (page) => client.listCustomerChanges(ref, page),
      2,
      async () => void (await coming.shift()?.(ref)),
    );
    const versions = pages.flat().map(({ version }) => version);
    expect(versions).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('of a customer of another tenant is that of no customer', async () => {
    const { key } = await service.createKey('foreign');
    const foreign = openClient(protocol, { address: service.address, key });
    const { ref, externalId } = await openCustomer(foreign);
    await expect(client.listCustomerChanges(ref, { size: 50 })).rejects.toMatchObject(
      protocol === 'rest'
        ? toUnknownExternalId(protocol, ref.id)
        : toRefusalOf(protocol, 'CUSTOMER_NOT_FOUND'),
    );
    await expect(client.listCustomerChanges({ externalId }, { size: 50 })).rejects.toMatchObject(
      toUnknownExternalId(protocol, externalId),
    );
    await foreign.close();
  });

  it('is for keys that may read customers', async () => {
    const { ref } = await openCustomer(client);
    const tenant = `history-${protocols.indexOf(protocol)}`;
    const read = async (scope: 'customers:read' | 'customers:write' | 'accounts:read') => {
      const created = await service.store.keys.create({ tenant, name: scope, scopes: [scope] });
      const reader = openClient(protocol, { address: service.address, key: created?.key ?? '' });
      try {
        return await reader.listCustomerChanges(ref, { size: 50 });
      } finally {
        await reader.close();
      }
    };
    expect((await read('customers:read')).items).toHaveLength(1);
    for (const scope of ['customers:write', 'accounts:read'] as const) {
      await expect(read(scope)).rejects.toMatchObject(toRefusalOf(protocol, 'SCOPE_MISSING'));
    }
  });
});

describe.each(rpcProtocols)('the pages of a history over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  beforeAll(() => {
    client = openClient(protocol, service);
  });
  afterAll(() => client.close());

  const invalid = {
    ...toRefusalOf(protocol, 'PAGE_TOKEN_INVALID'),
    violations: [expect.objectContaining({ field: 'page_token' })],
  };

  it('are of 25 changes unless told otherwise, and of 100 at the most', async () => {
    const { id } = (await openCustomer(client)).ref;
    for (let count = 0; count < 51; count += 1) {
      await client.disableCustomer({ id });
      await client.enableCustomer({ id });
    }
    for (const [size, length] of [
      [0, 25],
      [1, 1],
      [100, 100],
      [101, 100],
      [2 ** 31 - 1, 100],
    ] as const) {
      const { items, next } = await client.listCustomerChanges({ id }, { size });
      expect(items).toHaveLength(length);
      expect(next).toBeDefined();
      expect(items.at(-1)).toMatchObject({ version: length });
    }
    await expect(client.listCustomerChanges({ id }, { size: -1 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      violations: [expect.objectContaining({ field: 'page_size' })],
    });
  });

  it('go on behind a token of the same customer with the same filters alone', async () => {
    const [one, another] = [await openCustomer(client), await openCustomer(client)];
    for (const { ref } of [one, another]) {
      await client.disableCustomer(ref);
      await client.enableCustomer(ref);
    }
    const { ref } = one;
    const from = (await client.listCustomerChanges(ref, { size: 1 })).next ?? '';
    const page = { size: 1, from };
    // Either id names the customer.
    for (const name of [ref, { externalId: one.externalId }]) {
      const { items } = await client.listCustomerChanges(name, page);
      expect(items).toMatchObject([{ version: 2 }]);
    }
    await expect(client.listCustomerChanges(another.ref, page)).rejects.toMatchObject(invalid);
    for (const filter of [{ verb: 'DISABLE' }, { actor: 'x' }, { requestId: 'x' }, { from: 1 }]) {
      await expect(client.listCustomerChanges(ref, page, filter)).rejects.toMatchObject(invalid);
    }
    const filter = { from: 1, to: Date.now() };
    const { next = '' } = await client.listCustomerChanges(ref, { size: 1 }, filter);
    const filtered = { size: 5, from: next };
    expect((await client.listCustomerChanges(ref, filtered, filter)).items).toHaveLength(2);
    for (const wrong of [{}, { from: 1 }, { ...filter, from: 2 }]) {
      await expect(client.listCustomerChanges(ref, filtered, wrong)).rejects.toMatchObject(invalid);
    }
    await expect(client.listCustomers(page)).rejects.toMatchObject(invalid);
    const ofList = (await client.listCustomers({ size: 1 })).next ?? '';
    await expect(client.listCustomerChanges(ref, { size: 1, from: ofList })).rejects.toMatchObject(
      invalid,
    );
  });

  it('go on behind no token that was altered', async () => {
    const { ref } = await openCustomer(client);
    await client.disableCustomer(ref);
    const token = (await client.listCustomerChanges(ref, { size: 1 })).next ?? '';
    const bytes = Buffer.from(token, 'base64url');
    const altered = Array.from(bytes.keys(), (position) => {
      const copy = Buffer.from(bytes);
      copy.writeUInt8(copy.readUInt8(position) ^ 1, position);
      return copy.toString('base64url');
    });
    for (const from of [...altered, token.slice(0, -1), `${token}A`, ` ${token}`, 'nope']) {
      await expect(client.listCustomerChanges(ref, { size: 1, from })).rejects.toMatchObject(
        invalid,
      );
    }
  });

  it('go on behind no token that was forged with a place of another kind', async () => {
    const { ref } = await openCustomer(client);
    const identity = { tenant: 'default', list: `changes of ${ref.id}`, filter: {} };
    for (const length of [0, 1, 3, 5, 12, 100]) {
      const from = createPageToken(identity, Buffer.alloc(length, 1));
      await expect(client.listCustomerChanges(ref, { size: 1, from })).rejects.toMatchObject(
        invalid,
      );
    }
    const behindAll = createPageToken(identity, Buffer.alloc(4, 255));
    expect((await client.listCustomerChanges(ref, { size: 1, from: behindAll })).items).toEqual([]);
  });
});
