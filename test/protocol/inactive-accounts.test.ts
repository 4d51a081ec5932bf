import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExpectedReason } from '../support/clients/expected-refusal.ts';
import { type LedgerClient, protocols } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { expectRefused } from '../support/clients/refused.ts';
import { type Opened, openFunded, openIn } from '../support/clients/stage.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

/** What an inactive account is told not to exist for: it pays another account, or is paid by it. */
const calls: readonly [
  verb: string,
  reason: ExpectedReason,
  call: (client: LedgerClient, inactive: string, other: string) => Promise<unknown>,
][] = [
  ['frozen', 'ACCOUNT_NOT_FOUND', (client, id) => client.freezeAccount(id)],
  ['unfrozen', 'ACCOUNT_NOT_FOUND', (client, id) => client.unfreezeAccount(id)],
  [
    'blocked',
    'ACCOUNT_NOT_FOUND',
    (client, id) => client.createBlockage(id, { amount: '1', type: 'test' }),
  ],
  ['unblocked', 'ACCOUNT_NOT_FOUND', (client, id) => client.releaseAllBlockages(id)],
  ['minted to', 'ACCOUNT_NOT_FOUND', (client, id) => client.mint({ accountId: id, amount: '1' })],
  [
    'revoked from',
    'ACCOUNT_NOT_FOUND',
    (client, id) => client.revoke({ accountId: id, amount: '1' }),
  ],
  [
    'paid from',
    'SENDER_ACCOUNT_NOT_FOUND',
    (client, id, other) => client.pay(id, { recipientAccountId: other, amount: '1' }),
  ],
  [
    'paid to',
    'RECIPIENT_ACCOUNT_NOT_FOUND',
    (client, id, other) => client.pay(other, { recipientAccountId: id, amount: '1' }),
  ],
  [
    'paid to in a batch',
    'RECIPIENT_ACCOUNT_NOT_FOUND',
    (client, id, other) => client.payAll(other, [{ recipientAccountId: id, amount: '1' }]),
  ],
];

describe.each(protocols)('an inactive account over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  beforeAll(() => {
    client = openClient(protocol, service);
  });
  afterAll(() => client.close());

  /** Opens an account that was deactivated, and one with money in the same currency. */
  const open = async (): Promise<{ inactive: Opened; other: Opened }> => {
    const other = await openFunded(client, '5');
    const inactive = await openIn(client, other.account.currency);
    const account = await client.deactivateAccount(inactive.account.id);
    return { inactive: { ...inactive, account }, other };
  };

  it.each(calls)('cannot be %s: %s', async (_, reason, call) => {
    const { inactive, other } = await open();
    await expectRefused(
      { collections: service.collections, client, opened: [inactive, other] },
      () => call(client, inactive.account.id, other.account.id),
      reason,
    );
  });

  it('cannot be paid by a blockage that is settled', async () => {
    const { inactive, other } = await open();
    const blockage = { amount: '1', type: 'test' };
    const { id } = await client.createBlockage(other.account.id, blockage);
    const payment = { recipientAccountId: inactive.account.id, amount: '1' };
    await expectRefused(
      { collections: service.collections, client, opened: [inactive, other] },
      () => client.settleBlockage(id, payment),
      'RECIPIENT_ACCOUNT_NOT_FOUND',
      { recipientAccountId: inactive.account.id },
    );
  });

  it('can be read, updated, found by its records and blockages, and activated', async () => {
    const { inactive, other } = await open();
    const { id } = inactive.account;
    expect(await client.getAccount(id)).toEqual(inactive.account);
    expect(inactive.account).toMatchObject({ active: false });
    expect((await client.listBlockages(id, { size: 50 })).items).toEqual([]);
    const updated = { ...inactive.account, accountCode: 'code' };
    expect(await client.updateAccount(id, { accountCode: 'code' })).toEqual(updated);
    expect(await client.activateAccount(id)).toEqual({ ...updated, active: true });

    const payment = { amount: '1', senderNote: 'there' };
    await client.pay(other.account.id, { recipientAccountId: id, ...payment });
    await client.pay(id, { recipientAccountId: other.account.id, ...payment });
    await client.deactivateAccount(id);
    const { items } = await client.listRecords({ size: 50 }, { accountId: id });
    expect(items.map(({ amount }) => amount)).toEqual(['-1', '1']);
  });

  it('keeps its freeze until it is active again', async () => {
    const { account } = await openIn(client, 'EUR');
    await client.freezeAccount(account.id);
    expect(await client.deactivateAccount(account.id)).toMatchObject({ frozen: true });
    expect(await client.activateAccount(account.id)).toMatchObject({ frozen: true });
    expect(await client.unfreezeAccount(account.id)).toEqual(account);
  });
});
