import { ObjectId } from 'mongodb';
import { createExternalId } from '../database.ts';
import type { TestService } from '../service.ts';
import type { ExpectedReason } from './expected-refusal.ts';
import type { CustomerRef, LedgerClient } from './ledger-client.ts';
import { type Opened, openCustomer, openInactiveCustomer, setMoney } from './stage.ts';

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

type CustomerVerb = (client: LedgerClient, ref: CustomerRef) => Promise<unknown>;

const customerVerbs = {
  GetCustomer: (client, ref) => client.getCustomer(ref),
  UpdateCustomer: (client, ref) => client.updateCustomer(ref, { customerCountry: 'DE' }),
  ActivateCustomer: (client, ref) => client.activateCustomer(ref),
  DeactivateCustomer: (client, ref) => client.deactivateCustomer(ref),
  EnableCustomer: (client, ref) => client.enableCustomer(ref),
  DisableCustomer: (client, ref) => client.disableCustomer(ref),
} as const satisfies Record<string, CustomerVerb>;

const accountVerbs = {
  GetAccount: (client, id) => client.getAccount(id),
  ActivateAccount: (client, id) => client.activateAccount(id),
  DeactivateAccount: (client, id) => client.deactivateAccount(id),
} as const satisfies Record<string, (client: LedgerClient, id: string) => Promise<unknown>>;

async function open({ client, opened }: Scene): Promise<Opened> {
  const customer = await openCustomer(client);
  opened.push(customer);
  return customer;
}

async function openInactive({ client, opened }: Scene): Promise<Opened> {
  const customer = await openInactiveCustomer(client);
  opened.push(customer);
  return customer;
}

function idsOf({ customer }: Opened) {
  return { customerId: customer.id, externalId: customer.externalId };
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
    rpcOnly: method !== 'GetCustomer',
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

async function openDisabled(scene: Scene): Promise<Opened> {
  const opened = await open(scene);
  await scene.client.disableCustomer(opened.ref);
  return opened;
}

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

/** A case of a kind of its own. */
function single(
  method: string,
  reason: ExpectedReason,
  provoke: RefusalCase['provoke'],
  rpcOnly = false,
): RefusalCase {
  return { method, reason, by: 'its state', rpcOnly, provoke };
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
    const { account } = await open(scene);
    await setMoney(scene.service, account.id, { balance: '1' });
    return {
      call: () => scene.client.deactivateAccount(account.id),
      metadata: { accountId: account.id },
      subjects: [`accounts/${account.id}`],
    };
  }),

  ...(
    [
      ['ACCOUNT_OPENING_CUSTOMER_INACTIVE', openInactive],
      ['ACCOUNT_OPENING_CUSTOMER_DISABLED', openDisabled],
    ] as const
  ).map(([reason, arrange]) =>
    single('CreateAccount', reason, async (scene) => {
      const opened = await arrange(scene);
      const customer = { externalId: opened.externalId, customerCountry: 'DE' };
      return {
        // The state is told before the currency.
        call: () => scene.client.createAccount({ currency: 'VC_NOPE', customer }),
        metadata: idsOf(opened),
        subjects: [`customers/${opened.customer.id}`],
      };
    }),
  ),

  single('CreateAccount', 'CURRENCY_UNSUPPORTED', async (scene) => {
    const { externalId } = await open(scene);
    const customer = { externalId, customerCountry: 'DE' };
    return {
      call: () => scene.client.createAccount({ currency: 'VC_NOPE', customer }),
      metadata: { currency: 'VC_NOPE' },
      subjects: ['currencies/VC_NOPE'],
    };
  }),

  single(
    'ListCustomers',
    'PAGE_TOKEN_INVALID',
    async ({ client }) => ({
      call: () => client.listCustomers({ size: 1, from: 'nope' }),
      metadata: {},
    }),
    true,
  ),

  single(
    'ListAccounts',
    'PAGE_TOKEN_INVALID',
    async ({ client }) => ({
      call: () => client.listAccounts({ size: 1, from: 'nope' }),
      metadata: {},
    }),
    true,
  ),
];
