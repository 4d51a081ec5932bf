import { afterAll, beforeAll, describe, it } from 'vitest';
import type { ExpectedReason } from '../support/clients/expected-refusal.ts';
import { type LedgerClient, protocols } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { expectRefused } from '../support/clients/refused.ts';
import {
  createCurrencyName,
  type Opened,
  openCustomer,
  openFunded,
  openIn,
} from '../support/clients/stage.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const unknownId = 'f'.repeat(24);
/** As many digits as can be kept: nothing can be added behind the point, or taken from there. */
const widest = `${'9'.repeat(33)}8`;

/** What a case plays with: an account with a supply of its own, and an empty one of another customer in the same currency. */
interface Cast {
  readonly client: LedgerClient;
  readonly sender: Opened;
  readonly recipient: Opened;
}

/** A call that breaks two neighbouring rules of an order: the rule that is told, the one that is not, and how it comes about. */
type Case = readonly [
  told: ExpectedReason,
  untold: ExpectedReason,
  arrange: (cast: Cast) => Promise<() => Promise<unknown>>,
  /** 1 unless it is told. */
  supply?: string,
];

/** Empties an account and deactivates it. */
async function close(
  { client }: Cast,
  { account }: Opened,
  { frozen = false } = {},
): Promise<void> {
  const { accountBalance: amount } = (await client.getAccount(account.id)).balance;
  if (amount !== '0') await client.revoke({ accountId: account.id, amount });
  if (frozen) await client.freezeAccount(account.id);
  await client.deactivateAccount(account.id);
}

/** Makes the call that pays out of the sender's account. */
function pay(
  { client, sender }: Cast,
  to: Pick<Opened, 'account'>,
  amount: string,
  compliant = false,
): () => Promise<unknown> {
  const payment = { recipientAccountId: to.account.id, amount, compliant };
  return () => client.pay(sender.account.id, payment);
}

/** The order of a payment, whichever method makes it. The amount comes first by its form, and last by what it leads to. */
const payments: readonly Case[] = [
  ['PAYMENT_TO_SELF', 'AMOUNT_FORMAT', async (cast) => pay(cast, cast.sender, '0')],
  [
    'AMOUNT_FORMAT',
    'SENDER_ACCOUNT_NOT_FOUND',
    async (cast) => {
      await close(cast, cast.sender);
      return pay(cast, cast.recipient, '0');
    },
  ],
  [
    'SENDER_ACCOUNT_NOT_FOUND',
    'SENDER_ACCOUNT_FROZEN',
    async (cast) => {
      await close(cast, cast.sender, { frozen: true });
      return pay(cast, cast.recipient, '1');
    },
  ],
  [
    'SENDER_ACCOUNT_FROZEN',
    'SENDER_CUSTOMER_DISABLED',
    async (cast) => {
      await cast.client.freezeAccount(cast.sender.account.id);
      await cast.client.disableCustomer(cast.sender.ref);
      return pay(cast, cast.recipient, '1');
    },
  ],
  [
    'SENDER_CUSTOMER_DISABLED',
    'RECIPIENT_ACCOUNT_NOT_FOUND',
    async (cast) => {
      await cast.client.disableCustomer(cast.sender.ref);
      await close(cast, cast.recipient);
      return pay(cast, cast.recipient, '1');
    },
  ],
  [
    'RECIPIENT_ACCOUNT_NOT_FOUND',
    'CURRENCY_INCOMPATIBLE',
    async (cast) => {
      const other = await openCustomer(cast.client);
      await close(cast, other);
      return pay(cast, other, '1');
    },
  ],
  [
    'CURRENCY_INCOMPATIBLE',
    'BALANCE_INSUFFICIENT',
    async (cast) => pay(cast, await openCustomer(cast.client), '2'),
  ],
  [
    'BALANCE_INSUFFICIENT',
    'TRANSACTION_NOT_COMPLIANT',
    async (cast) => pay(cast, cast.recipient, '2', true),
  ],
  [
    'TRANSACTION_NOT_COMPLIANT',
    'BALANCE_FORMAT',
    async (cast) => pay(cast, cast.recipient, '0.5', true),
    widest,
  ],
];

/** The order of a blockage that is settled, up to where it is that of a payment. */
const settlements: readonly Case[] = [
  [
    'AMOUNT_FORMAT',
    'BLOCKAGE_NOT_FOUND',
    async ({ client, recipient }) =>
      () =>
        client.settleBlockage(unknownId, {
          recipientAccountId: recipient.account.id,
          amount: '0',
        }),
  ],
  [
    'PAYMENT_TO_SELF',
    'BLOCKAGE_AMOUNT_EXCEEDED',
    async ({ client, sender }) => {
      const { id } = await client.createBlockage(sender.account.id, { amount: '1', type: 'test' });
      const payment = { recipientAccountId: sender.account.id, amount: '2' };
      return () => client.settleBlockage(id, payment);
    },
  ],
  [
    'BLOCKAGE_AMOUNT_EXCEEDED',
    'SENDER_ACCOUNT_FROZEN',
    async ({ client, sender, recipient }) => {
      const { id } = await client.createBlockage(sender.account.id, { amount: '1', type: 'test' });
      await client.freezeAccount(sender.account.id);
      const payment = { recipientAccountId: recipient.account.id, amount: '2' };
      return () => client.settleBlockage(id, payment);
    },
  ],
];

/** The order of a new blockage. */
const blockages: readonly Case[] = [
  [
    'AMOUNT_FORMAT',
    'ACCOUNT_NOT_FOUND',
    async ({ client }) =>
      () =>
        client.createBlockage(unknownId, { amount: '0', type: 'test' }),
  ],
  [
    'ACCOUNT_NOT_FOUND',
    'BALANCE_INSUFFICIENT',
    async (cast) => {
      const { client, sender } = cast;
      await close(cast, sender);
      const blockage = { amount: '1', type: 'test', ensureSufficientBalance: true };
      return () => client.createBlockage(sender.account.id, blockage);
    },
  ],
  [
    'BALANCE_INSUFFICIENT',
    'BALANCE_FORMAT',
    async ({ client, sender }) => {
      await client.freezeAccount(sender.account.id);
      const blockage = { amount: '0.5', type: 'test', ensureSufficientBalance: true };
      return () => client.createBlockage(sender.account.id, blockage);
    },
    widest,
  ],
];

/** The orders of a mint, a revocation and a creation. */
const supplies: readonly Case[] = [
  ...(['mint', 'revoke'] as const).flatMap((verb): Case[] => [
    [
      'AMOUNT_FORMAT',
      'ACCOUNT_NOT_FOUND',
      async ({ client }) =>
        () =>
          client[verb]({ accountId: unknownId, amount: '0' }),
    ],
    [
      'ACCOUNT_NOT_FOUND',
      'VIRTUAL_CURRENCY_NOT_FOUND',
      async (cast) => {
        const other = await openCustomer(cast.client);
        await close(cast, other);
        return () => cast.client[verb]({ accountId: other.account.id, amount: '1' });
      },
    ],
  ]),
  [
    'VIRTUAL_CURRENCY_NOT_FOUND',
    'VIRTUAL_CURRENCY_BALANCE',
    async ({ client }) => {
      const { account } = await openCustomer(client);
      return () => client.revoke({ accountId: account.id, amount: '1' });
    },
  ],
  [
    'VIRTUAL_CURRENCY_BALANCE',
    'BALANCE_FORMAT',
    async ({ client, sender }) => {
      await client.disableCustomer(sender.ref);
      return () => client.revoke({ accountId: sender.account.id, amount: '0.5' });
    },
    widest,
  ],
  [
    'VIRTUAL_CURRENCY_NAME_PREFIX',
    'AMOUNT_FORMAT',
    async ({ client }) =>
      () =>
        client.createVirtualCurrency({ name: 'NOPE', supply: '0', basePair: 'EUR' }),
  ],
  [
    'AMOUNT_FORMAT',
    'VIRTUAL_CURRENCY_EXISTS',
    async ({ client, sender }) => {
      const creation = { name: sender.account.currency, supply: '0', basePair: 'EUR' };
      return () => client.createVirtualCurrency(creation);
    },
  ],
  [
    'VIRTUAL_CURRENCY_EXISTS',
    'ACCOUNT_OPENING_CUSTOMER_INACTIVE',
    async (cast) => {
      const { client, sender, recipient } = cast;
      await close(cast, recipient);
      await client.deactivateCustomer(recipient.ref);
      const { externalId } = recipient;
      const { currency } = sender.account;
      const creation = { name: currency, supply: '1', basePair: 'EUR', customer: { externalId } };
      return () => client.createVirtualCurrency(creation);
    },
  ],
  [
    'ACCOUNT_OPENING_CUSTOMER_INACTIVE',
    'ACCOUNT_OPENING_CUSTOMER_DISABLED',
    async (cast) => {
      const { client, recipient } = cast;
      await client.disableCustomer(recipient.ref);
      await close(cast, recipient);
      await client.deactivateCustomer(recipient.ref);
      const creation = { name: createCurrencyName(), supply: '1', basePair: 'EUR' };
      const customer = { externalId: recipient.externalId };
      return () => client.createVirtualCurrency({ ...creation, customer });
    },
  ],
];

describe.each(protocols)('what is told first over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  beforeAll(() => {
    client = openClient(protocol, service);
  });
  afterAll(() => client.close());

  const orders = {
    payment: payments,
    settlement: settlements,
    blockage: blockages,
    supply: supplies,
  };
  const rows = Object.entries(orders).flatMap(([what, cases]) =>
    cases.map(([told, untold, arrange, supply = '1']) => ({ what, told, untold, arrange, supply })),
  );

  it.each(rows)('of a $what is $told, and not $untold', async ({ told, arrange, supply }) => {
    const sender = await openFunded(client, supply);
    const recipient = await openIn(client, sender.account.currency);
    const call = await arrange({ client, sender, recipient });
    const stage = { collections: service.collections, client, opened: [sender, recipient] };
    await expectRefused(stage, call, told);
  });
});
