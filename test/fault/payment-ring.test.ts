import { afterAll, beforeAll, expect, it } from 'vitest';
import { toRefusalOf } from '../support/clients/expected-refusal.ts';
import type { LedgerClient } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import type { Refusal } from '../support/clients/refusal.ts';
import { createFunds } from '../support/funds.ts';
import { expectInvariants, observeInvariants } from '../support/invariants.ts';
import { createRandom } from '../support/random.ts';
import {
  type Instance,
  startServiceBeside,
  startTestService,
  type TestService,
} from '../support/service.ts';
import { fromUnits, toUnits } from '../support/units.ts';

/** How long the clients pay, in seconds; RING_SECONDS makes it shorter. */
const seconds = Number(process.env.RING_SECONDS ?? 60);

const clientCount = 100;

/** What each account begins with. */
const begin = '100';

/** Two services, so that payments of neighbours conflict, which those of one service do not. */
let service: TestService;
let beside: Instance;
let clients: readonly LedgerClient[];
beforeAll(async () => {
  service = await startTestService();
  beside = await startServiceBeside(service);
  clients = Array.from({ length: clientCount }, (_, index) => {
    const { address } = index % 4 < 2 ? service : beside;
    return openClient(index % 2 === 0 ? 'rest' : 'grpc-js', { address, key: service.key });
  });
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await beside.close();
  await service.close();
});

it('a hundred clients that pay in a ring leave every sum where it was, and see no error but a refusal that is due', {
  timeout: (seconds + 120) * 1_000,
}, async () => {
  const funds = await createFunds(service.store, '1');
  const ring: string[] = [];
  for (let index = 0; index < clientCount; index += 1) {
    const customer = { externalId: `${funds.currency}-${index}` };
    ring.push((await funds.open({ customer }, begin)).id);
  }

  const observer = observeInvariants(service.collections);
  const end = performance.now() + seconds * 1_000;
  let [accepted, refused] = [0, 0];
  const payOn = async (client: LedgerClient, index: number) => {
    const random = createRandom(index);
    const [from, to] = [ring[index] ?? '', ring[(index + 1) % clientCount] ?? ''];
    const due = {
      ...toRefusalOf(client.protocol, 'BALANCE_INSUFFICIENT'),
      message: expect.stringContaining(from),
    };
    while (performance.now() < end) {
      const amount = random.pick(['0.000000000000000000000000000001', '1', '12.5', '40', '99.99']);
      const payments = Array.from({ length: 1 + random.below(2) }, () => ({
        recipientAccountId: to,
        amount,
      }));
      const refusal = await client.payAll(from, payments).then(
        () => undefined,
        (error: Refusal) => error,
      );
      // Not the deadline either, which is the default one: what conflicts is begun again, yet not for ever.
      if (refusal) expect(refusal).toMatchObject(due);
      if (refusal) refused += 1;
      else accepted += 1;
    }
  };
  await Promise.all(clients.map(payOn));
  await observer.stop();

  const { accounts } = service.collections;
  const held = await accounts.find({ currency: funds.currency }).toArray();
  const sum = held.reduce((total, { balance }) => total + toUnits(String(balance)), 0n);
  expect(fromUnits(sum)).toBe(String(clientCount * Number(begin) + 1));
  await expectInvariants(service.collections);
  expect(accepted).toBeGreaterThan(clientCount);
  expect(refused).toBeGreaterThan(0);
});
