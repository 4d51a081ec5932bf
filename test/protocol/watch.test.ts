import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LedgerClient, type Protocol, protocols } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { openCustomer } from '../support/clients/stage.ts';
import { openWatch, type WatchCall, type WatchRequest } from '../support/clients/watch-client.ts';
import { startServiceBeside, startTestService, type TestService } from '../support/service.ts';
import { readChanges, readEvent, readTold } from '../support/watching.ts';

let service: TestService;
const ends: (() => unknown)[] = [];
beforeAll(async () => {
  service = await startTestService();
});
afterAll(async () => {
  for (const end of ends) await end();
  await service.close();
});

/** A tenant of a test's own, so that no watch tells of the customers of another test. */
async function openTenant(protocol: Protocol) {
  const { key } = await service.createKey(`t-${randomUUID()}`);
  const client = openClient(protocol, { address: service.address, key });
  ends.push(() => client.close());
  return {
    key,
    client,
    watch(request: WatchRequest = {}, { address } = { address: service.address }): WatchCall {
      const watch = openWatch(protocol, { address, key }, request);
      ends.push(() => watch.cancel());
      return watch;
    },
    /** Opens a customer; that it came to be is in the history, so that no watch from now on tells of it. */
    async open() {
      const opened = await openCustomer(client, { customerCountry: 'DE' });
      await readAll(client, opened.ref);
      return opened;
    },
  };
}

async function readAll(client: LedgerClient, ref: { readonly id: string }) {
  return (await client.listCustomerChanges(ref, { size: 50 })).items;
}

async function toggle(client: LedgerClient, ref: { readonly id: string }, rounds = 1) {
  for (let round = 0; round < rounds; round += 1) {
    await client.disableCustomer(ref);
    await client.enableCustomer(ref);
  }
}

describe.each(protocols)('a watch over %s', { concurrent: true }, (protocol) => {
  it('begins now and tells each change as the list does, in its order', async () => {
    const { client, watch, open } = await openTenant(protocol);
    const { ref, externalId } = await open();
    const watching = watch();
    expect(await readEvent(watching)).toEqual({ position: expect.stringMatching(/^[\w-]+$/) });
    await toggle(client, ref);
    await client.updateCustomer(ref, { externalId: `${externalId}-☃`, providerCountry: 'FR' });
    const told = await readTold(watching, 3);
    expect(told.map(({ change }) => change)).toEqual((await readAll(client, ref)).slice(1));
    expect(new Set(told.map(({ position }) => position)).size).toBe(3);
  });

  it('of a tenant tells of all its customers, each in order, and of no other tenant', async () => {
    const { client, watch, open } = await openTenant(protocol);
    const foreign = await openTenant(protocol);
    const all = [await open(), await open(), await open()];
    const other = await foreign.open();
    const watching = watch();
    await readEvent(watching);
    const rounds = 5;
    await Promise.all([
      toggle(foreign.client, other.ref, rounds),
      ...all.map(({ ref }) => toggle(client, ref, rounds)),
    ]);
    const { ref } = await openCustomer(client);
    const told = await readChanges(watching, all.length * rounds * 2 + 1);
    expect(told.at(-1)).toMatchObject({ customerId: ref.id, verb: 'CREATE', version: 1 });
    for (const each of all) {
      const own = told.filter(({ customerId }) => customerId === each.ref.id);
      expect(own).toEqual((await readAll(client, each.ref)).slice(1));
    }
  });

  it('of one customer tells its changes alone, by either of its ids', async () => {
    const { client, watch, open } = await openTenant(protocol);
    const [one, other] = [await open(), await open()];
    const watches = [watch({ ref: one.ref }), watch({ ref: { externalId: one.externalId } })];
    for (const watching of watches) await readEvent(watching);
    await toggle(client, other.ref);
    await toggle(client, one.ref);
    for (const watching of watches) {
      expect(await readChanges(watching, 2)).toEqual((await readAll(client, one.ref)).slice(1));
    }
  });

  it('tells the same changes by the same ids, however often it is begun from a position', async () => {
    const { client, watch, open } = await openTenant(protocol);
    const { ref } = await open();
    const first = watch({ ref });
    const { position: start } = await readEvent(first);
    await toggle(client, ref, 2);
    const told = await readTold(first, 4);
    const changes = told.map(({ change }) => change);
    expect(changes.map(({ id }) => id)).toEqual([2, 3, 4, 5].map((each) => `${ref.id}-${each}`));
    for (const [index, position] of [start, ...told.map((each) => each.position)].entries()) {
      const expected = changes.slice(index);
      expect(await readChanges(watch({ ref, position }), expected.length)).toEqual(expected);
    }
  });

  it('goes on behind its position although its service, and its customer’s name, are gone', async () => {
    const { client, watch, open } = await openTenant(protocol);
    const { ref, externalId } = await open();
    const instance = await startServiceBeside(service);
    ends.push(() => instance.close());
    const first = watch({ ref: { externalId } }, instance);
    await readEvent(first);
    await toggle(client, ref);
    const [seen] = await readTold(first, 1);
    const watching = first.next().catch(() => undefined);
    await instance.close();
    await watching;
    await client.updateCustomer(ref, { externalId: `${externalId}-b` });
    const again = await startServiceBeside(service);
    ends.push(() => again.close());
    const { position = '' } = seen ?? {};
    const resumed = watch({ ref, position }, again);
    await toggle(client, ref);
    const told = await readChanges(resumed, 4);
    expect(told.map(({ version }) => version)).toEqual([3, 4, 5, 6]);
  });

  it('gives a sign of life where nothing changes, and can be begun behind it', async () => {
    const { client, watch, open } = await openTenant(protocol);
    const { ref } = await open();
    const watching = watch({ heartbeatMs: 1_000 });
    await readEvent(watching);
    let position = '';
    for (let beat = 0; beat < 2; beat += 1) {
      const begin = performance.now();
      const event = await readEvent(watching);
      expect(event).toEqual({ position: expect.stringMatching(/^[\w-]+$/) });
      const elapsed = performance.now() - begin;
      expect(elapsed).toBeGreaterThan(500);
      expect(elapsed).toBeLessThan(5_000);
      ({ position } = event);
    }
    watching.cancel();
    await toggle(client, ref);
    const told = await readChanges(watch({ position }), 2);
    expect(told.map(({ version }) => version)).toEqual([2, 3]);
  });
});
