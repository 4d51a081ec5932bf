import { ObjectId } from 'mongodb';
import { createExternalId } from '../database.ts';
import { blockageRefusals } from './blockage-refusals.ts';
import type { ExpectedReason } from './expected-refusal.ts';
import type { CustomerRef, LedgerClient, Opening } from './ledger-client.ts';
import { paymentRefusals } from './payment-refusals.ts';
import {
  fund,
  idsOf,
  open,
  openDisabled,
  openInactive,
  type RefusalCase,
  type Scene,
  single,
} from './refusal-scene.ts';
import type { Opened } from './stage.ts';
import { virtualCurrencyRefusals } from './virtual-currency-refusals.ts';

type CustomerVerb = (client: LedgerClient, ref: CustomerRef) => Promise<unknown>;

const customerVerbs = {
  GetCustomer: (client, ref) => client.getCustomer(ref),
  UpdateCustomer: (client, ref) => client.updateCustomer(ref, { customerCountry: 'DE' }),
  ActivateCustomer: (client, ref) => client.activateCustomer(ref),
  DeactivateCustomer: (client, ref) => client.deactivateCustomer(ref),
  EnableCustomer: (client, ref) => client.enableCustomer(ref),
  DisableCustomer: (client, ref) => client.disableCustomer(ref),
  ListCustomerChanges: (client, ref) => client.listCustomerChanges(ref, { size: 1 }),
} as const satisfies Record<string, CustomerVerb>;

const accountVerbs = {
  GetAccount: (client, id) => client.getAccount(id),
  ActivateAccount: (client, id) => client.activateAccount(id),
  UpdateAccount: (client, id) => client.updateAccount(id, { accountCode: 'code' }),
  DeactivateAccount: (client, id) => client.deactivateAccount(id),
  FreezeAccount: (client, id) => client.freezeAccount(id),
  UnfreezeAccount: (client, id) => client.unfreezeAccount(id),
  ListAccountChanges: (client, id) => client.listAccountChanges(id, { size: 1 }),
  CreateBlockage: (client, id) => client.createBlockage(id, { amount: '1', type: 'test' }),
  ReleaseAllBlockages: (client, id) => client.releaseAllBlockages(id),
  MintVirtualCurrency: (client, id) => client.mint({ accountId: id, amount: '1' }),
  RevokeVirtualCurrency: (client, id) => client.revoke({ accountId: id, amount: '1' }),
} as const satisfies Record<string, (client: LedgerClient, id: string) => Promise<unknown>>;

/** Asks whether a method of REST takes the external id of a customer as well. */
export function takesEitherId(method: string): boolean {
  return method === 'GetCustomer' || method === 'ListCustomerChanges';
}

/** Refusals of customers that nobody has. */
const unknownCustomers = Object.entries(customerVerbs).flatMap(([method, verb]): RefusalCase[] => [
  {
    method,
    reason: 'CUSTOMER_NOT_FOUND',
    by: 'an unknown id',
    rpcOnly: false,
    async provoke({ client }) {
      const id = new ObjectId().toHexString();
      return { call: () => verb(client, { id }), metadata: { customerId: id } };
    },
  },
  {
    method,
    reason: 'CUSTOMER_NOT_FOUND',
    by: 'an unknown external id',
    rpcOnly: !takesEitherId(method),
    async provoke({ client }) {
      // A comma, a colon and a percent sign are what the encodings of the message differ in.
      const externalId = `${createExternalId()}, 100% "ü": 😀`;
      return { call: () => verb(client, { externalId }), metadata: { externalId } };
    },
  },
]);

/** Refusals of a customer that is in the wrong state, by either of its ids. */
const wrongStates = (
  [
    ['ActivateCustomer', 'CUSTOMER_ACTIVE', open],
    ['DeactivateCustomer', 'CUSTOMER_INACTIVE', openInactive],
    ['EnableCustomer', 'CUSTOMER_INACTIVE', openInactive],
    ['EnableCustomer', 'CUSTOMER_ENABLED', open],
    ['DisableCustomer', 'CUSTOMER_INACTIVE', openInactive],
    ['DisableCustomer', 'CUSTOMER_DISABLED', openDisabled],
  ] as const
).flatMap(([method, reason, arrange]): RefusalCase[] =>
  (['id', 'external id'] as const).map((by) => ({
    method,
    reason,
    by,
    rpcOnly: by === 'external id',
    async provoke(scene) {
      const opened = await arrange(scene);
      const ref = by === 'id' ? opened.ref : { externalId: opened.externalId };
      return {
        call: () => customerVerbs[method](scene.client, ref),
        metadata: idsOf(opened),
        subjects: [`customers/${opened.customer.id}`],
      };
    },
  })),
);

const unknownAccounts = Object.entries(accountVerbs).map(
  ([method, verb]): RefusalCase => ({
    method,
    reason: 'ACCOUNT_NOT_FOUND',
    by: 'an unknown id',
    rpcOnly: false,
    async provoke({ client }) {
      const id = new ObjectId().toHexString();
      return { call: () => verb(client, id), metadata: { accountId: id } };
    },
  }),
);

/** An opening that is about to be refused. */
interface RefusedOpening {
  readonly opening: Opening;
  readonly metadata: Readonly<Record<string, string>>;
  readonly subject: string;
}

/** A refusal of an opening: of one account, and of the second of two. */
function openings(
  reason: ExpectedReason,
  arrange: (scene: Scene) => Promise<RefusedOpening>,
): RefusalCase[] {
  return [
    single('CreateAccount', reason, async (scene) => {
      const { opening, metadata, subject } = await arrange(scene);
      return { call: () => scene.client.createAccount(opening), metadata, subjects: [subject] };
    }),
    single('BatchCreateAccounts', reason, async (scene) => {
      const { opening, metadata, subject } = await arrange(scene);
      const first = openingFor(await open(scene), 'EUR');
      return {
        call: () => scene.client.createAccounts([first, opening]),
        metadata: { ...metadata, index: '1' },
        subjects: [subject],
      };
    }),
  ];
}

/** An opening that also tells something new of its customer. */
function openingFor({ externalId }: Opened, currency: string): Opening {
  return { currency, customer: { externalId, customerCountry: 'DE' } };
}

/** Every refusal for every method that can answer it. */
export const refusalCases: readonly RefusalCase[] = [
  ...unknownCustomers,
  ...wrongStates,
  ...unknownAccounts,

  single('UpdateCustomer', 'CUSTOMER_EXTERNAL_ID_TAKEN', async (scene) => {
    const { ref } = await open(scene);
    const { externalId } = await open(scene);
    const call = () => scene.client.updateCustomer(ref, { externalId, customerCountry: 'DE' });
    return { call, metadata: { externalId } };
  }),

  single('DeactivateCustomer', 'CUSTOMER_HAS_ACTIVE_ACCOUNTS', async (scene) => {
    const opened = await open(scene);
    return {
      call: () => scene.client.deactivateCustomer(opened.ref),
      metadata: idsOf(opened),
      subjects: [`accounts/${opened.account.id}`],
    };
  }),

  single('ActivateAccount', 'ACCOUNT_ACTIVE', async (scene) => {
    const { account } = await open(scene);
    return {
      call: () => scene.client.activateAccount(account.id),
      metadata: { accountId: account.id },
      subjects: [`accounts/${account.id}`],
    };
  }),

  single('ActivateAccount', 'ACCOUNT_CUSTOMER_INACTIVE', async (scene) => {
    const { account, customer } = await openInactive(scene);
    return {
      call: () => scene.client.activateAccount(account.id),
      metadata: { accountId: account.id, customerId: customer.id },
      subjects: [`customers/${customer.id}`],
    };
  }),

  single('DeactivateAccount', 'ACCOUNT_INACTIVE', async (scene) => {
    const { account } = await openInactive(scene);
    return {
      call: () => scene.client.deactivateAccount(account.id),
      metadata: { accountId: account.id },
      subjects: [`accounts/${account.id}`],
    };
  }),

  single('DeactivateAccount', 'ACCOUNT_BALANCE_NOT_ZERO', async (scene) => {
    const { account } = await fund(scene, '1');
    return {
      call: () => scene.client.deactivateAccount(account.id),
      metadata: { accountId: account.id },
      subjects: [`accounts/${account.id}`],
    };
  }),

  single('FreezeAccount', 'ACCOUNT_FROZEN', async (scene) => {
    const { account } = await open(scene);
    await scene.client.freezeAccount(account.id);
    return {
      call: () => scene.client.freezeAccount(account.id),
      metadata: { accountId: account.id },
      subjects: [`accounts/${account.id}`],
    };
  }),

  single('UnfreezeAccount', 'ACCOUNT_NOT_FROZEN', async (scene) => {
    const { account } = await open(scene);
    return {
      call: () => scene.client.unfreezeAccount(account.id),
      metadata: { accountId: account.id },
      subjects: [`accounts/${account.id}`],
    };
  }),

  ...(
    [
      ['ACCOUNT_OPENING_CUSTOMER_INACTIVE', openInactive],
      ['ACCOUNT_OPENING_CUSTOMER_DISABLED', openDisabled],
    ] as const
  ).flatMap(([reason, arrange]) => [
    ...openings(reason, async (scene) => {
      const opened = await arrange(scene);
      return {
        // The state is told before the currency.
        opening: openingFor(opened, 'VC_NOPE'),
        metadata: idsOf(opened),
        subject: `customers/${opened.customer.id}`,
      };
    }),
  ]),

  ...openings('CURRENCY_UNSUPPORTED', async (scene) => ({
    opening: openingFor(await open(scene), 'VC_NOPE'),
    metadata: { currency: 'VC_NOPE' },
    subject: 'currencies/VC_NOPE',
  })),

  ...blockageRefusals,
  ...paymentRefusals,
  ...virtualCurrencyRefusals,

  single(
    'ListCustomers',
    'PAGE_TOKEN_INVALID',
    async ({ client }) => ({
      call: () => client.listCustomers({ size: 1, from: 'nope' }),
      metadata: {},
      fields: ['page_token'],
    }),
    true,
  ),

  single(
    'ListCustomerChanges',
    'PAGE_TOKEN_INVALID',
    async (scene) => {
      const { ref } = await open(scene);
      return {
        call: () => scene.client.listCustomerChanges(ref, { size: 1, from: 'nope' }),
        metadata: {},
        fields: ['page_token'],
      };
    },
    true,
  ),

  single(
    'ListAccountChanges',
    'PAGE_TOKEN_INVALID',
    async (scene) => {
      const { account } = await open(scene);
      return {
        call: () => scene.client.listAccountChanges(account.id, { size: 1, from: 'nope' }),
        metadata: {},
        fields: ['page_token'],
      };
    },
    true,
  ),

  single(
    'ListAccounts',
    'PAGE_TOKEN_INVALID',
    async ({ client }) => ({
      call: () => client.listAccounts({ size: 1, from: 'nope' }),
      metadata: {},
      fields: ['page_token'],
    }),
    true,
  ),
];
