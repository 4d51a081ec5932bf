import { ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountVerbs } from '../../src/domain/change.ts';
import { changeAccount } from '../support/clients/changes.ts';
import { toRefusalOf } from '../support/clients/expected-refusal.ts';
import { openIntentClient } from '../support/clients/intent-client.ts';
import {
  type AccountChange,
  type ChangeFilter,
  type LedgerClient,
  protocols,
  rpcProtocols,
} from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { openCustomer, openFunded, readPages } from '../support/clients/stage.ts';
import { readHistory } from '../support/history.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

/** The verbs of an account that `openTravelled` opens, from the first version on. */
const travelledVerbs = [
  'CREATE',
  'BLOCK',
  'SETTLE',
  'BLOCK',
  'RELEASE',
  'BLOCK',
  'RELEASE_ALL',
  'FREEZE',
  'UNFREEZE',
  'UPDATE',
  'DEACTIVATE',
  'ACTIVATE',
];

/** Opens an account and takes it through every change that there is, from the freeze on by another key. */
async function openTravelled(client: LedgerClient, other: LedgerClient) {
  const opened = await openFunded(client, '10');
  const { id, currency } = opened.account;
  const recipient = await client.createAccount({ currency });
  const block = async (amount: string) => await client.createBlockage(id, { amount, type: 'hold' });
  const payment = { recipientAccountId: recipient.id, amount: '1' };
  await client.settleBlockage((await block('4.50')).id, payment);
  await client.releaseBlockage((await block('2')).id);
  await block('3');
  await client.releaseAllBlockages(id);
  await client.pay(id, { ...payment, amount: '9' });
  await other.freezeAccount(id);
  await other.unfreezeAccount(id);
  await other.updateAccount(id, { accountCode: 'code' });
  await other.deactivateAccount(id);
  await other.activateAccount(id);
  return { ...opened, id };
}

describe.each(protocols)('the history of an account over %s', { concurrent: true }, (protocol) => {
  const tenant = `account-history-${protocols.indexOf(protocol)}`;
  let client: LedgerClient;
  let other: LedgerClient;
  let actors: readonly string[];
  let key: string;
  beforeAll(async () => {
    const keys = [await service.createKey(tenant), await service.createKey(tenant)];
    const open = (ofKey = '') => openClient(protocol, { address: service.address, key: ofKey });
    [client, other] = [open(keys[0]?.key), open(keys[1]?.key)];
    actors = keys.map(({ id }) => id);
    key = keys[0]?.key ?? '';
  });
  afterAll(async () => {
    await client.close();
    await other.close();
  });

  /** Reads all changes of an account, a page of 50 at a time. */
  const readAll = async (id: string, filter?: ChangeFilter): Promise<AccountChange[]> =>
    (await readPages((page) => client.listAccountChanges(id, page, filter), 50)).flat();

  it('tells who made each change, why, when and by which request, from what to what', async () => {
    const begin = Date.now();
    const { account, customer } = await openCustomer(client);
    const intents = openIntentClient(protocol, { address: service.address, key });
    const intent = (verb: string) => ({
      requestId: `because-of-${verb}`,
      reason: `Fälschung ☃ ${verb}`,
      comment: `seen at ${verb}: 😀`,
    });
    const refs = { account: account.id } as Parameters<typeof changeAccount>[1];
    await intents.send(changeAccount('freeze', refs), intent('freeze'));
    await intents.send(changeAccount('unfreeze', refs));
    await intents.send(changeAccount('deactivate', refs), intent('deactivate'));

    const opened = {
      customerId: customer.id,
      currency: 'EUR',
      active: true,
      frozen: false,
      blocked: '0',
      accountingCurrency: 'EUR',
    };
    const frozen = { ...opened, frozen: true };
    const expected = [
      { verb: 'CREATE', after: opened },
      { verb: 'FREEZE', before: opened, after: frozen, ...intent('freeze') },
      { verb: 'UNFREEZE', before: frozen, after: opened },
      {
        verb: 'DEACTIVATE',
        before: opened,
        after: { ...opened, active: false },
        ...intent('deactivate'),
      },
    ].map((told, index) => ({
      id: `${account.id}-${index + 1}`,
      accountId: account.id,
      version: index + 1,
      actor: actors[0],
      time: expect.any(Number),
      ...told,
    }));
    const { items } = await client.listAccountChanges(account.id, { size: 50 });
    expect(items).toEqual(expected);
    const times = [begin - 1, ...items.map(({ time }) => time), Date.now() + 1];
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const kept = await readHistory(service.collections, 'account', new ObjectId(account.id));
    expect(kept.map(({ version, time }) => [version, time.getTime()])).toEqual(
      items.map(({ version, time }) => [version, time]),
    );
    intents.close();
  });

  it('tells of every change that there is, with what is blocked, and of no payment', async () => {
    const { id } = await openTravelled(client, other);
    const all = await readAll(id);
    expect(all.map(({ verb }) => verb)).toEqual(travelledVerbs);
    expect(new Set(travelledVerbs)).toEqual(new Set(accountVerbs));
    expect(all.map(({ version }) => version)).toEqual(travelledVerbs.map((_, index) => index + 1));
    expect(all.slice(0, 7).map(({ after }) => after.blocked)).toEqual([
      '0',
      '4.5',
      '0',
      '2',
      '0',
      '3',
      '0',
    ]);
    for (const [index, { before }] of all.entries()) expect(before).toEqual(all[index - 1]?.after);
    expect(all.at(-1)?.after).toMatchObject({ active: true, accountCode: 'code' });
  });

  it('can be read for ever, also of an inactive account, at once after a change', async () => {
    const { account } = await openCustomer(client);
    for (let version = 2; version <= 9; version += 1) {
      await (version % 2 === 0
        ? client.deactivateAccount(account.id)
        : client.activateAccount(account.id));
      expect((await readAll(account.id)).at(-1)).toMatchObject({ version });
    }
  });

  it('holds what its filters let through, and nothing else', async () => {
    const { id } = await openTravelled(client, other);
    const all = await readAll(id);
    const time = all[6]?.time ?? 0;
    const [first = '', second = ''] = actors;
    const filters: readonly (readonly [ChangeFilter, (change: AccountChange) => boolean])[] = [
      ...accountVerbs.map(
        (verb) => [{ verb }, (change: AccountChange) => change.verb === verb] as const,
      ),
      [{ actor: first }, (change) => change.version <= 7],
      [{ actor: second }, (change) => change.version > 7],
      [{ from: time }, (change) => change.time >= time],
      [{ to: time }, (change) => change.time <= time],
      [{ from: time + 1, to: time }, () => false],
      [{ verb: 'BLOCK', actor: second }, () => false],
      [{ requestId: 'none' }, () => false],
    ];
    for (const [filter, isHeld] of filters) {
      expect(await readAll(id, filter), JSON.stringify(filter)).toEqual(all.filter(isHeld));
    }
  });

  it('holds the change of a request id once, however often it is sent', async () => {
    const { account } = await openCustomer(client);
    const intents = openIntentClient(protocol, { address: service.address, key });
    const refs = { account: account.id } as Parameters<typeof changeAccount>[1];
    for (let times = 0; times < 3; times += 1) {
      await intents.send(changeAccount('freeze', refs), { requestId: 'one~!"' });
    }
    expect(await readAll(account.id, { requestId: 'one~!"' })).toMatchObject([{ version: 2 }]);
    intents.close();
  });

  it.each([1, 5, 12])('tells each change once, in pages of %d', async (size) => {
    const { id } = await openTravelled(client, other);
    const all = await readAll(id);
    const pages = await readPages((page) => client.listAccountChanges(id, page), size);
    expect(pages.flat()).toEqual(all);
    expect(pages.slice(0, -1).every((page) => page.length === size)).toBe(true);
  });

  it('of an account of another tenant is that of no account', async () => {
    const foreign = openClient(protocol, {
      address: service.address,
      key: (await service.createKey('foreign')).key,
    });
    const { account } = await openCustomer(foreign);
    const nobody = new ObjectId().toHexString();
    for (const id of [account.id, nobody]) {
      await expect(client.listAccountChanges(id, { size: 50 })).rejects.toMatchObject({
        ...toRefusalOf(protocol, 'ACCOUNT_NOT_FOUND'),
        ...(protocol !== 'rest' && { metadata: { accountId: id } }),
      });
    }
    await foreign.close();
  });

  it('is for keys that may read accounts', async () => {
    const { account } = await openCustomer(client);
    const read = async (scope: 'accounts:read' | 'accounts:write' | 'customers:read') => {
      const created = await service.store.keys.create({ tenant, name: scope, scopes: [scope] });
      const reader = openClient(protocol, { address: service.address, key: created?.key ?? '' });
      try {
        return await reader.listAccountChanges(account.id, { size: 50 });
      } finally {
        await reader.close();
      }
    };
    expect((await read('accounts:read')).items).toHaveLength(1);
    for (const scope of ['accounts:write', 'customers:read'] as const) {
      await expect(read(scope)).rejects.toMatchObject(toRefusalOf(protocol, 'SCOPE_MISSING'));
    }
  });
});

describe.each(rpcProtocols)('the pages of it over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  beforeAll(() => {
    client = openClient(protocol, service);
  });
  afterAll(() => client.close());

  it('go on behind a token of the same account with the same filters alone', async () => {
    const [one, another] = [await openCustomer(client), await openCustomer(client)];
    for (const { account } of [one, another]) {
      await client.freezeAccount(account.id);
      await client.unfreezeAccount(account.id);
    }
    const list = async (id: string, from: string, filter?: ChangeFilter) =>
      (await client.listAccountChanges(id, { size: 1, from }, filter)).items;
    const { next: token = '' } = await client.listAccountChanges(one.account.id, { size: 1 });
    await client.updateCustomer(one.ref, { customerCountry: 'DE' });
    const { next: ofCustomer = '' } = await client.listCustomerChanges(one.ref, { size: 1 });
    const invalid = {
      ...toRefusalOf(protocol, 'PAGE_TOKEN_INVALID'),
      violations: [expect.objectContaining({ field: 'page_token' })],
    };
    expect(await list(one.account.id, token)).toMatchObject([{ version: 2 }]);
    await expect(list(another.account.id, token)).rejects.toMatchObject(invalid);
    await expect(list(one.account.id, token, { verb: 'FREEZE' })).rejects.toMatchObject(invalid);
    await expect(list(one.account.id, ofCustomer)).rejects.toMatchObject(invalid);
  });
});
