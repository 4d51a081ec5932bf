import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  changeAccount,
  changeCustomer,
  changes,
  readAccount,
  readCustomer,
} from '../support/clients/changes.ts';
import { type ExpectedReason, toRefusalOf } from '../support/clients/expected-refusal.ts';
import { createSender } from '../support/clients/http.ts';
import {
  type Change,
  type Intent,
  type IntentClient,
  openIntentClient,
} from '../support/clients/intent-client.ts';
import { protocols } from '../support/clients/ledger-client.ts';
import { Refusal } from '../support/clients/refusal.ts';
import { createCall } from '../support/database.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { expectUnchanged, takeSnapshot } from '../support/snapshot.ts';
import { openRefs, type Refs } from '../support/walk/refs.ts';

let service: TestService;

/** Opens what has nothing on its account, so that it can be closed. */
async function openEmpty(): Promise<Refs> {
  const refs = await openRefs(service, 'default');
  const { accounts } = service.store;
  const customer = { externalId: `${refs.externalId}-empty`, customerCountry: 'DE' };
  const { id: account, customerId = '' } = await accounts.open(createCall(), {
    currency: 'EUR',
    customer,
  });
  return { ...refs, ...customer, account, customer: customerId };
}

/** Each transition behind those that make it possible; it cannot be done twice. */
const transitions: readonly (readonly ((refs: Refs) => Change)[])[] = [
  [(refs) => changeCustomer('disable', refs)],
  [(refs) => changeCustomer('disable', refs), (refs) => changeCustomer('enable', refs)],
  [(refs) => changeAccount('deactivate', refs), (refs) => changeCustomer('deactivate', refs)],
  [
    (refs) => changeAccount('deactivate', refs),
    (refs) => changeCustomer('deactivate', refs),
    (refs) => changeCustomer('activate', refs),
  ],
  [(refs) => changeAccount('freeze', refs)],
  [(refs) => changeAccount('freeze', refs), (refs) => changeAccount('unfreeze', refs)],
  [(refs) => changeAccount('deactivate', refs)],
  [(refs) => changeAccount('deactivate', refs), (refs) => changeAccount('activate', refs)],
];
const cases = transitions.map((steps) => ({
  name: steps.at(-1)?.({ account: ':id', customer: ':id' } as Refs).route[1],
  steps,
}));

interface RefusedCase {
  readonly reason: ExpectedReason;
  readonly name: string;
  /** What is done before. */
  readonly arrange: (refs: Refs) => readonly Change[];
  readonly change: (refs: Refs) => Change;
}

const customerVerbs = ['activate', 'deactivate', 'enable', 'disable'] as const;
const accountVerbs = ['activate', 'deactivate', 'freeze', 'unfreeze'] as const;

const close = (refs: Refs) => [changeAccount('deactivate', refs)];
const closeBoth = (refs: Refs) => [...close(refs), changeCustomer('deactivate', refs)];

/** What refuses transitions besides that they were made already. */
const refusals: readonly RefusedCase[] = [
  ...customerVerbs.map(
    (verb): RefusedCase => ({
      reason: 'CUSTOMER_NOT_FOUND',
      name: `${verb} a customer`,
      arrange: () => [],
      change: (refs) => changeCustomer(verb, { ...refs, customer: 'f'.repeat(24) }),
    }),
  ),
  ...(['deactivate', 'enable', 'disable'] as const).map(
    (verb): RefusedCase => ({
      reason: 'CUSTOMER_INACTIVE',
      name: `${verb} a customer`,
      arrange: closeBoth,
      change: (refs) => changeCustomer(verb, refs),
    }),
  ),
  ...accountVerbs.map(
    (verb): RefusedCase => ({
      reason: 'ACCOUNT_NOT_FOUND',
      name: `${verb} an account`,
      arrange: () => [],
      change: (refs) => changeAccount(verb, { ...refs, account: 'f'.repeat(24) }),
    }),
  ),
  ...(['freeze', 'unfreeze'] as const).map(
    (verb): RefusedCase => ({
      reason: 'ACCOUNT_NOT_FOUND',
      name: `${verb} an inactive account`,
      arrange: close,
      change: (refs) => changeAccount(verb, refs),
    }),
  ),
  {
    reason: 'ACCOUNT_CUSTOMER_INACTIVE',
    name: 'activate an account',
    arrange: closeBoth,
    change: (refs) => changeAccount('activate', refs),
  },
];

/** Makes the read of what a change would change. */
function toRead({ route }: Change, refs: Refs): Change {
  return route[1].startsWith('customer/') ? readCustomer(refs) : readAccount(refs);
}

describe.each(protocols)('a call that only validates over %s', (protocol) => {
  let client: IntentClient;
  // A database of its own for each protocol, since all that is kept is compared again and again.
  beforeAll(async () => {
    service = await startTestService();
    client = openIntentClient(protocol, service);
  });
  afterAll(async () => {
    client.close();
    await service.close();
  });

  const refuse = async (change: Change, intent: Intent) => {
    const error = await client.send(change, intent).catch((thrown) => thrown);
    if (!(error instanceof Refusal)) throw new Error('the change was not refused', error);
    const { headers: _, ...told } = error;
    return { ...told, message: error.message };
  };

  /** Asserts that a change is refused alike, whether it only validates or not, and changes nothing. */
  const expectRefused = async (change: Change, intent: Intent = {}) => {
    const before = await takeSnapshot(service.collections);
    const validated = await refuse(change, { ...intent, validateOnly: true });
    expect(validated).toEqual(await refuse(change, intent));
    await expectUnchanged(service.collections, before);
    return validated;
  };

  it.each(cases)('of $name changes nothing, and is refused as the change is', async (each) => {
    const refs = await openEmpty();
    const steps = each.steps.map((step) => step(refs));
    for (const step of steps.slice(0, -1)) await client.send(step);
    const change = steps.at(-1) as Change;
    const before = await takeSnapshot(service.collections);
    const validated = await client.send(change, { validateOnly: true });
    await expectUnchanged(service.collections, before);
    // It answers what there is, as a read does.
    expect(validated).toEqual({
      ...(await client.send(toRead(change, refs))),
      ...(protocol === 'rest' && { id: undefined, json: null }),
    });
    await client.send(change);
    await expectRefused(change);
  });

  it('is told how many accounts hold a customer back, and the first ten', async () => {
    const refs = await openEmpty();
    const ids = [refs.account];
    while (ids.length < 12) {
      const { id } = await service.store.accounts.open(createCall(), {
        currency: 'EUR',
        customer: { externalId: refs.externalId },
      });
      ids.push(id);
    }
    const first = ids.slice(0, 10);
    expect(await expectRefused(changeCustomer('deactivate', refs))).toMatchObject(
      protocol === 'rest'
        ? { blockers: { count: 12, ids: first } }
        : {
            preconditions: first.map((id) => ({
              subject: `accounts/${id}`,
              description: expect.stringMatching(/\b12\b/),
            })),
          },
    );
    // Of one that is closed nothing is told.
    for (const id of ids.slice(1))
      await client.send(changeAccount('deactivate', { ...refs, account: id }));
    expect(await expectRefused(changeCustomer('deactivate', refs))).toMatchObject(
      protocol === 'rest'
        ? { blockers: { count: 1, ids: [refs.account] } }
        : { preconditions: [{ subject: `accounts/${refs.account}` }] },
    );
  });

  it.each(refusals)('is refused for $reason: $name', async ({ reason, arrange, change }) => {
    const refs = await openEmpty();
    for (const step of arrange(refs)) await client.send(step);
    expect(await expectRefused(change(refs))).toMatchObject(toRefusalOf(protocol, reason));
  });

  it('is refused of an account with something on it, and of what another tenant has', async () => {
    const funded = await openRefs(service, 'default');
    expect(await expectRefused(changeAccount('deactivate', funded))).toMatchObject(
      toRefusalOf(protocol, 'ACCOUNT_BALANCE_NOT_ZERO'),
    );
    const foreign = await openRefs(service, 'foreign');
    expect(await expectRefused(changeCustomer('disable', foreign))).toMatchObject(
      toRefusalOf(protocol, 'CUSTOMER_NOT_FOUND'),
    );
    expect(await expectRefused(changeAccount('freeze', foreign))).toMatchObject(
      toRefusalOf(protocol, 'ACCOUNT_NOT_FOUND'),
    );
  });

  it.each(cases)('of $name expects the etag that is told, before its state', async (each) => {
    const refs = await openEmpty();
    const steps = each.steps.map((step) => step(refs));
    const change = steps.at(-1) as Change;
    for (const step of steps) await client.send(step);
    const mismatch = toRefusalOf(protocol, 'ETAG_MISMATCH');
    expect(await expectRefused(change, { etag: '0' })).toMatchObject(mismatch);
    const { etag = '' } = await client.send(toRead(change, refs));
    expect(await expectRefused(change, { etag })).not.toMatchObject(mismatch);
  });

  it.each(cases)('of $name spends no request id, and knows one that was spent', async (each) => {
    const refs = await openEmpty();
    const steps = each.steps.map((step) => step(refs));
    for (const step of steps.slice(0, -1)) await client.send(step);
    const change = steps.at(-1) as Change;
    const requestId = randomUUID();
    const validate = () => client.send(change, { requestId, validateOnly: true });
    expect((await validate()).isReplay).toBe(false);
    expect((await client.send(change, { requestId })).isReplay).toBe(false);
    // The change would be answered again as it was, whatever the state is by now.
    const before = await takeSnapshot(service.collections);
    const { etag } = await client.send(toRead(change, refs));
    expect(await validate()).toMatchObject({ etag, isReplay: true });
    expect((await client.send(change, { requestId })).isReplay).toBe(true);
    await expectUnchanged(service.collections, before);
    const reused = toRefusalOf(protocol, 'REQUEST_ID_REUSED');
    const other = { requestId, reason: 'another' };
    expect(await expectRefused(change, other)).toMatchObject(reused);
    expect(await expectRefused(change, { ...other, etag: '0' })).toMatchObject(reused);
  });

  it('is for keys that may make the change', async () => {
    const refs = await openEmpty();
    const scopes = ['customers:read', 'customers:write', 'accounts:read'] as const;
    const created = await service.store.keys.create({ tenant: 'default', name: '', scopes });
    const { address } = service;
    const reader = openIntentClient(protocol, { address, key: created?.key ?? '' });
    for (const change of [changeCustomer('disable', refs), changeAccount('freeze', refs)]) {
      await expect(reader.send(change, { validateOnly: true })).rejects.toMatchObject(
        toRefusalOf(protocol, 'SCOPE_MISSING'),
      );
    }
    reader.close();
  });

  it('is what is asked for, and nothing else', async () => {
    const refs = await openEmpty();
    const change = changeCustomer('disable', refs);
    await client.send(change, { validateOnly: false });
    expect(await refuse(change, {})).toMatchObject(toRefusalOf(protocol, 'CUSTOMER_DISABLED'));
  });
});

describe('the parameter validateOnly of REST', () => {
  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.close());

  it.each(['', 'yes', '1', 'TRUE', 'true&validateOnly=false'])(
    'is true or false: "%s" is refused, and nothing is changed',
    async (value) => {
      const { customer, account } = await openEmpty();
      const before = await takeSnapshot(service.collections);
      const send = createSender(service.address, service.key);
      for (const target of [`customer/${customer}/disable`, `account/${account}/freeze`]) {
        const path = `/v3/ledger/${target}?validateOnly=${value}`;
        const { status, text } = await send({ method: 'PUT', path });
        expect({ status, ...JSON.parse(text) }).toMatchObject({
          status: 400,
          errorCode: 'validation.failed',
          data: [{ property: 'validateOnly' }],
        });
      }
      await expectUnchanged(service.collections, before);
    },
  );

  const made = Object.entries(changes).filter(([name]) => !name.startsWith('the state of'));
  it.each(made)('is refused for %s rather than made', async (_, arrange) => {
    const { change } = arrange(await openRefs(service, 'default'));
    const client = openIntentClient('rest', service);
    const before = await takeSnapshot(service.collections);
    await expect(client.send(change, { validateOnly: true })).rejects.toMatchObject({
      status: 400,
      violations: [{ field: 'validateOnly', rule: 'isEmpty' }],
    });
    await expectUnchanged(service.collections, before);
    await client.send(change, { validateOnly: false });
  });
});
