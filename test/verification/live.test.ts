import { afterAll, beforeAll, expect, it } from 'vitest';
import { freezing, unfreezing } from '../../src/domain/account.ts';
import { disabling, enabling } from '../../src/domain/customer.ts';
import type { LedgerError } from '../../src/domain/ledger-error.ts';
import type { Breach } from '../../src/verification/breach.ts';
import { verifyLedger } from '../../src/verification/verify.ts';
import { type BusyLedger, makeBusyLedger } from '../support/busy-ledger.ts';
import { createCall, openTestStore, type TestStore } from '../support/database.ts';
import { payAll } from '../support/pay.ts';
import { createRandom, type Random } from '../support/random.ts';
import { openStoresBeside, type Stores } from '../support/stores.ts';

let test: TestStore;
let stores: Stores;
beforeAll(async () => {
  test = await openTestStore();
  stores = await openStoresBeside(test, 3);
});
afterAll(async () => {
  await stores.close();
  await test.close();
});

/** Changes a ledger in one of all ways in which documents that belong together are written together. */
async function write(ledger: BusyLedger, random: Random): Promise<unknown> {
  const { accounts, blockages, customers, virtualCurrencies } = stores.next();
  const { issuer, loose, payee, customerId, currency } = ledger;
  const supply = { accountId: random.pick([issuer, loose]), amount: random.pick(['1', '0.001']) };
  const [sender, recipient] = random.pick([
    [issuer, loose],
    [loose, issuer],
    [loose, payee],
  ] as const);
  const payment = { recipientAccountId: recipient, amount: '0.5' };
  switch (random.below(9)) {
    case 0:
      return await virtualCurrencies.mint(createCall(), supply);
    case 1:
      return await virtualCurrencies.revoke(createCall(), supply);
    case 2: {
      const { id } = await blockages.create(createCall(), sender, { amount: '0.25', type: 'test' });
      return await blockages.settle(createCall(), id, { ...payment, amount: '0.125' });
    }
    case 3:
      return await blockages.create(createCall(), sender, { amount: '0.25', type: 'test' });
    case 4:
      return await blockages.releaseAll(createCall(), sender);
    case 5:
      return await customers.transition(
        createCall(),
        { id: customerId },
        random.pick([disabling, enabling]),
      );
    case 6:
      return await accounts.transition(createCall(), loose, random.pick([freezing, unfreezing]));
    case 7:
      return await accounts.open(createCall(), {
        currency,
        customer: { externalId: ledger.externalId },
      });
    default:
      return await payAll(stores.next(), createCall(), sender, [payment, payment]);
  }
}

/** Why a change may be refused by the state that another one left. */
const due: ReadonlySet<string> = new Set([
  'ACCOUNT_FROZEN',
  'ACCOUNT_NOT_FROZEN',
  'ACCOUNT_OPENING_CUSTOMER_DISABLED',
  'BALANCE_INSUFFICIENT',
  'BLOCKAGE_NOT_FOUND',
  'CUSTOMER_DISABLED',
  'CUSTOMER_ENABLED',
  'SENDER_ACCOUNT_FROZEN',
  'SENDER_CUSTOMER_DISABLED',
  'VIRTUAL_CURRENCY_BALANCE',
]);

it('verify gives no false alarm for what is written while it looks, whatever the size of its pages', async () => {
  const ledger = await makeBusyLedger(test.store);
  await test.store.blockages.releaseAll(createCall(), ledger.issuer);
  let stopped = false;
  let accepted = 0;
  const keepWriting = async (_: unknown, seed: number) => {
    const random = createRandom(seed);
    while (!stopped) {
      const reason = await write(ledger, random).then(
        () => undefined,
        (error: LedgerError) => error.reason,
      );
      if (reason === undefined) accepted += 1;
      else expect(due).toContain(reason);
    }
  };
  const writers = Promise.all(Array.from({ length: 8 }, keepWriting));
  const breaches: Breach[] = [];
  const onBreach = (breach: Breach) => breaches.push(breach);
  let overlapping = 0;
  for (const pageSize of [1, 2, 5, 5_000, 1, 2, 5, 5_000]) {
    const before = accepted;
    await verifyLedger(test.collections, { onBreach }, { pageSize });
    overlapping += accepted - before;
  }
  stopped = true;
  await writers;
  await verifyLedger(test.collections, { onBreach });
  expect(breaches).toEqual([]);
  // Much was written while it looked, or there was nothing to be mistaken about.
  expect(overlapping).toBeGreaterThan(50);
});
