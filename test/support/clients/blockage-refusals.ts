import { ObjectId } from 'mongodb';
import type { LedgerClient } from './ledger-client.ts';
import { fund, openAnother, type RefusalCase, type Scene, single } from './refusal-scene.ts';

const blockageVerbs = {
  GetBlockage: (client, id) => client.getBlockage(id),
  ReleaseBlockage: (client, id) => client.releaseBlockage(id),
  SettleBlockage: (client, id) =>
    client.settleBlockage(id, { recipientAccountId: new ObjectId().toHexString(), amount: '1' }),
} as const satisfies Record<string, (client: LedgerClient, id: string) => Promise<unknown>>;

const wide = '10000';
const smallest = `0.${'1'.padStart(30, '0')}`;
/** What stays blocked when the blockage of blockWide ends: a digit more than can be kept. */
const tooWide = `${wide}${smallest.slice(1)}`;

/** Blocks amounts whose sum can be kept, though not without one of them, which is given with the account. */
async function blockWide(scene: Scene) {
  const { account } = await fund(scene, '2');
  const block = (amount: string) =>
    scene.client.createBlockage(account.id, { amount, type: 'test' });
  const blockage = await block(`0.${'9'.repeat(30)}`);
  await block(smallest);
  await block(wide);
  await scene.client.mint({ accountId: account.id, amount: '20000' });
  return { account, blockage };
}

/** Every refusal of the methods of blockages, but for those of the payment that settles one. */
export const blockageRefusals: readonly RefusalCase[] = [
  ...Object.entries(blockageVerbs).map(
    ([method, verb]): RefusalCase => ({
      method,
      reason: 'BLOCKAGE_NOT_FOUND',
      by: 'an unknown id',
      rpcOnly: false,
      async provoke({ client }) {
        const id = new ObjectId().toHexString();
        return { call: () => verb(client, id), metadata: { blockageId: id } };
      },
    }),
  ),

  single('CreateBlockage', 'AMOUNT_FORMAT', async (scene) => {
    const { account } = await fund(scene, '1');
    const blockage = { amount: '0.00', type: 'test' };
    return {
      call: () => scene.client.createBlockage(account.id, blockage),
      metadata: { amount: '0.00' },
      fields: ['amount'],
    };
  }),

  single('CreateBlockage', 'BALANCE_INSUFFICIENT', async (scene) => {
    const { account } = await fund(scene, '1.5');
    await scene.client.createBlockage(account.id, { amount: '1', type: 'test' });
    const blockage = { amount: '0.75', type: 'test', ensureSufficientBalance: true };
    return {
      call: () => scene.client.createBlockage(account.id, blockage),
      metadata: { senderAccountId: account.id, amount: '0.75', availableBalance: '0.5' },
      subjects: [`accounts/${account.id}`],
    };
  }),

  single('CreateBlockage', 'BALANCE_FORMAT', async (scene) => {
    const { account } = await fund(scene, `1${'0'.repeat(35)}`);
    const blockage = { amount: '1', type: 'test' };
    return {
      call: () => scene.client.createBlockage(account.id, blockage),
      metadata: { accountId: account.id, balance: '9'.repeat(35) },
    };
  }),

  single('ReleaseBlockage', 'BALANCE_FORMAT', async (scene) => {
    const { account, blockage } = await blockWide(scene);
    return {
      call: () => scene.client.releaseBlockage(blockage.id),
      metadata: { accountId: account.id, balance: tooWide },
    };
  }),

  {
    ...single('SettleBlockage', 'BALANCE_FORMAT', async (scene) => {
      const { account, blockage } = await blockWide(scene);
      const recipient = await openAnother(scene, account);
      const payment = { recipientAccountId: recipient.account.id, amount: '0.5' };
      return {
        call: () => scene.client.settleBlockage(blockage.id, payment),
        metadata: { accountId: account.id, balance: tooWide },
      };
    }),
    by: 'the blockages that stay',
  },

  single('SettleBlockage', 'BLOCKAGE_AMOUNT_EXCEEDED', async (scene) => {
    const { account } = await fund(scene, '5');
    const blockage = await scene.client.createBlockage(account.id, { amount: '2', type: 'test' });
    const payment = { recipientAccountId: new ObjectId().toHexString(), amount: '2.1' };
    return {
      call: () => scene.client.settleBlockage(blockage.id, payment),
      metadata: { blockageId: blockage.id, accountId: account.id },
      subjects: [`blockages/${blockage.id}`],
    };
  }),

  single(
    'ListBlockages',
    'PAGE_TOKEN_INVALID',
    async (scene) => {
      const { account } = await fund(scene, '1');
      return {
        call: () => scene.client.listBlockages(account.id, { size: 1, from: 'nope' }),
        metadata: {},
        fields: ['page_token'],
      };
    },
    true,
  ),
];
