import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountService } from '../../gen/ledger/v1/account_service_pb.js';
import { CustomerService } from '../../gen/ledger/v1/customer_service_pb.js';
import { changeAccount, changeCustomer } from '../support/clients/changes.ts';
import {
  type Change,
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
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

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

/** Makes the read of what a change would change. */
function toRead({ route }: Change, { customer, account }: Refs): Change {
  return route[1].startsWith('customer/')
    ? {
        method: CustomerService.method.getCustomer,
        request: { customer: { case: 'id', value: customer } },
        route: ['GET', `customer/${customer}`],
      }
    : {
        method: AccountService.method.getAccount,
        request: { id: account },
        route: ['GET', `account/${account}`],
      };
}

describe.each(protocols)('a call that only validates over %s', (protocol) => {
  let client: IntentClient;
  beforeAll(() => {
    client = openIntentClient(protocol, service);
  });
  afterAll(() => client.close());

  const refuse = async (change: Change, validateOnly: boolean) => {
    const error = await client.send(change, { validateOnly }).catch((thrown) => thrown);
    if (!(error instanceof Refusal)) throw new Error('the change was not refused', error);
    const { headers: _, ...told } = error;
    return { ...told, message: error.message };
  };

  /** Asserts that a change is refused alike, whether it only validates or not, and changes nothing. */
  const expectRefused = async (change: Change) => {
    const before = await takeSnapshot(service.collections);
    const validated = await refuse(change, true);
    expect(validated).toEqual(await refuse(change, false));
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
    for (let index = 0; index < 11; index += 1) {
      await service.store.accounts.open(createCall(), {
        currency: 'EUR',
        customer: { externalId: refs.externalId },
      });
    }
    const refusal = await expectRefused(changeCustomer('deactivate', refs));
    expect(refusal).toMatchObject({ errorCode: 'customer.deactivate.account.active' });
    if (protocol === 'rest') return;
    expect(JSON.stringify(refusal.preconditions)).toMatch(/\b12\b/);
    const subjects = refusal.preconditions.map(({ subject }) => subject);
    expect(subjects.filter((subject) => subject.startsWith('accounts/'))).toHaveLength(10);
  });
});
