import type { LedgerClient } from './ledger-client.ts';
import type { SupplyChange } from './money-client.ts';
import {
  fund,
  idsOf,
  open,
  openDisabled,
  openInactive,
  type RefusalCase,
  single,
} from './refusal-scene.ts';
import { createCurrencyName } from './stage.ts';

const currencyVerbs = {
  GetVirtualCurrency: (client, name) => client.getVirtualCurrency(name),
  UpdateVirtualCurrency: (client, name) => client.updateVirtualCurrency(name, { baseRate: 2 }),
} as const satisfies Record<string, (client: LedgerClient, name: string) => Promise<unknown>>;

const supplyVerbs = {
  MintVirtualCurrency: (client, change) => client.mint(change),
  RevokeVirtualCurrency: (client, change) => client.revoke(change),
} as const satisfies Record<
  string,
  (client: LedgerClient, change: SupplyChange) => Promise<unknown>
>;

/** Every refusal of the methods of virtual currencies. */
export const virtualCurrencyRefusals: readonly RefusalCase[] = [
  ...Object.entries(currencyVerbs).map(([method, verb]) =>
    single(method, 'VIRTUAL_CURRENCY_NOT_FOUND', async ({ client }) => {
      const currency = createCurrencyName();
      return { call: () => verb(client, currency), metadata: { currency } };
    }),
  ),

  single('CreateVirtualCurrency', 'VIRTUAL_CURRENCY_NAME_PREFIX', async ({ client }) => {
    const currency = createCurrencyName().replace('VC_', 'vc_');
    const creation = { name: currency, supply: '1', basePair: 'EUR' };
    return {
      call: () => client.createVirtualCurrency(creation),
      metadata: { currency },
      fields: ['name'],
    };
  }),

  single('CreateVirtualCurrency', 'AMOUNT_FORMAT', async ({ client }) => {
    const creation = { name: createCurrencyName(), supply: '0', basePair: 'EUR' };
    return {
      call: () => client.createVirtualCurrency(creation),
      metadata: { supply: '0' },
      fields: ['supply'],
    };
  }),

  single('CreateVirtualCurrency', 'VIRTUAL_CURRENCY_EXISTS', async (scene) => {
    const { account, externalId } = await fund(scene, '1');
    const customer = { externalId, customerCountry: 'DE' };
    const creation = { name: account.currency, supply: '1', basePair: 'EUR', customer };
    return {
      call: () => scene.client.createVirtualCurrency(creation),
      metadata: { currency: account.currency },
    };
  }),

  ...(
    [
      ['ACCOUNT_OPENING_CUSTOMER_INACTIVE', openInactive],
      ['ACCOUNT_OPENING_CUSTOMER_DISABLED', openDisabled],
    ] as const
  ).map(([reason, arrange]) =>
    single('CreateVirtualCurrency', reason, async (scene) => {
      const opened = await arrange(scene);
      const creation = {
        name: createCurrencyName(),
        supply: '1',
        basePair: 'EUR',
        customer: { externalId: opened.externalId, customerCountry: 'DE' },
      };
      return {
        call: () => scene.client.createVirtualCurrency(creation),
        metadata: idsOf(opened),
        subjects: [`customers/${opened.customer.id}`],
      };
    }),
  ),

  ...(
    [
      ['MintVirtualCurrency', `1${'0'.repeat(33)}.01`],
      ['RevokeVirtualCurrency', `${'9'.repeat(33)}.99`],
    ] as const
  ).flatMap(([method, tooWide]) => [
    single(method, 'AMOUNT_FORMAT', async (scene) => {
      const { account } = await fund(scene, '1');
      const amount = `0.${'0'.repeat(30)}1`;
      return {
        call: () => supplyVerbs[method](scene.client, { accountId: account.id, amount }),
        metadata: { amount },
        fields: ['amount'],
      };
    }),

    single(method, 'VIRTUAL_CURRENCY_NOT_FOUND', async (scene) => {
      const { account } = await open(scene);
      return {
        call: () => supplyVerbs[method](scene.client, { accountId: account.id, amount: '1' }),
        metadata: { currency: 'EUR' },
      };
    }),

    single(method, 'BALANCE_FORMAT', async (scene) => {
      const { account } = await fund(scene, `1${'0'.repeat(33)}`);
      return {
        call: () => supplyVerbs[method](scene.client, { accountId: account.id, amount: '0.01' }),
        metadata: { accountId: account.id, balance: tooWide },
      };
    }),
  ]),

  single('RevokeVirtualCurrency', 'VIRTUAL_CURRENCY_BALANCE', async (scene) => {
    const { account } = await fund(scene, '3');
    await scene.client.createBlockage(account.id, { amount: '1.25', type: 'test' });
    return {
      call: () => scene.client.revoke({ accountId: account.id, amount: '2' }),
      metadata: { accountId: account.id, amount: '2', availableBalance: '1.75' },
      subjects: [`accounts/${account.id}`],
    };
  }),
];
