import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disabling, enabling } from '../../src/domain/customer.ts';
import { type Protocol, protocols } from '../support/clients/ledger-client.ts';
import { openWatch, type WatchEnd, type WatchTold } from '../support/clients/watch-client.ts';
import { createCall } from '../support/database.ts';
import { openWithCustomer } from '../support/mutations.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

/** Opens a customer whose opening is in the history, so that no watch is told of it later. */
async function open(): Promise<string> {
  const { customerId: id } = await openWithCustomer(service.store);
  await service.store.changes.list(createCall(), { id }, {}, { size: 1, offset: 0 });
  return id;
}

/** Disables and enables a customer, for a reason. */
async function toggle(id: string): Promise<void> {
  const call = createCall({ intent: { reason: 'why' } });
  await service.store.customers.transition(call, { id }, disabling);
  await service.store.customers.transition(call, { id }, enabling);
}

/** Reads what a watch tells until it has told so many changes. */
async function readChanges(
  watch: AsyncGenerator<WatchTold, void, undefined>,
  count: number,
): Promise<WatchTold[]> {
  const changes: WatchTold[] = [];
  while (changes.length < count) {
    const { value, done } = await watch.next();
    if (done) throw new Error('the watch has ended');
    if (value.id !== undefined) changes.push(value);
  }
  return changes;
}

/** Reads what ends a watch. */
async function readEnd(
  watch: AsyncGenerator<WatchTold, void, undefined>,
): Promise<WatchEnd | undefined> {
  try {
    for await (const _ of watch);
    return undefined;
  } catch (error) {
    return error as WatchEnd;
  }
}

/** The code by which a protocol tells of a refusal. */
const codeOf = (protocol: Protocol, code: string, status: number) =>
  protocol === 'rest' ? status : code;

describe.each(protocols)('a watch over %s', { concurrent: true }, (protocol) => {
  const watch = (request: Parameters<typeof openWatch>[2] = {}, key = service.key) =>
    openWatch(protocol, { address: service.address, key }, request);

  it('tells the changes of a customer in order, and of no other', async () => {
    const [id, other] = [await open(), await open()];
    const told = watch({ customerId: id });
    expect(await told.next()).toEqual({
      done: false,
      value: { position: expect.stringMatching(/^[\w-]+$/) },
    });
    await toggle(other);
    await toggle(id);
    const changes = await readChanges(told, 2);
    const position = expect.any(String);
    expect(changes).toEqual([
      { position, id: `${id}-2`, customerId: id, version: 2, reason: 'why' },
      { position, id: `${id}-3`, customerId: id, version: 3, reason: 'why' },
    ]);
    told.cancel();
  });

  it('of the tenant tells of each customer, and begun again behind a change misses none', async () => {
    const [id, other] = [await open(), await open()];
    const first = watch();
    await first.next();
    await toggle(id);
    const seen = (await readChanges(first, 1))[0];
    first.cancel();
    await toggle(other);
    const again = watch({ position: seen?.position ?? '' });
    const ids = new Set<string | undefined>([seen?.id]);
    // Those of other tests are among them.
    const wanted = [`${id}-2`, `${id}-3`, `${other}-2`, `${other}-3`];
    while (!wanted.every((each) => ids.has(each))) ids.add((await readChanges(again, 1))[0]?.id);
    again.cancel();
  });

  it('tells the same ids from a position again', async () => {
    const id = await open();
    const first = watch({ customerId: id });
    const { value: start } = await first.next();
    await toggle(id);
    const changes = await readChanges(first, 2);
    first.cancel();
    const again = watch({ customerId: id, position: start?.position ?? '' });
    // Of several positions behind the same change either may be told.
    const position = expect.any(String);
    expect(await readChanges(again, 2)).toEqual(changes.map((told) => ({ ...told, position })));
    again.cancel();
  });

  it('gives a sign of life where nothing changes', async () => {
    const told = watch({ customerId: await open(), heartbeatMs: 1_000 });
    await told.next();
    const { value } = await told.next();
    expect(Object.keys(value ?? {})).toEqual(['position']);
    told.cancel();
  });

  it('is refused where the customer is unknown, or that of another tenant', async () => {
    const notFound = { code: codeOf(protocol, 'NOT_FOUND', 403) };
    expect(await readEnd(watch({ customerId: 'f'.repeat(24) }))).toMatchObject(notFound);
    const { key } = await service.createKey(`other-${protocol}`.replaceAll(' ', '-'));
    expect(await readEnd(watch({ customerId: await open() }, key))).toMatchObject(notFound);
  });

  it('is refused without a key, and with one that may not read customers', async () => {
    expect(await readEnd(watch({}, 'lk_wrong'))).toMatchObject({
      code: codeOf(protocol, 'UNAUTHENTICATED', 401),
    });
    const created = await service.store.keys.create({
      tenant: 'default',
      name: 'accounts',
      scopes: ['accounts:read'],
    });
    expect(await readEnd(watch({}, created?.key))).toMatchObject({
      code: codeOf(protocol, 'PERMISSION_DENIED', 403),
    });
  });

  it('is refused from a position of another watch, and from one that was tampered with', async () => {
    const customerId = await open();
    const whole = watch();
    const { value } = await whole.next();
    whole.cancel();
    const position = value?.position ?? '';
    const invalid = { code: codeOf(protocol, 'INVALID_ARGUMENT', 400) };
    expect(await readEnd(watch({ customerId, position }))).toMatchObject(invalid);
    expect(await readEnd(watch({ position: `A${position.slice(1)}` }))).toMatchObject(invalid);
    const { key } = await service.createKey(`foreign-${protocol}`.replaceAll(' ', '-'));
    expect(await readEnd(watch({ position }, key))).toMatchObject(invalid);
  });

  it('is refused for a heartbeat that is too short or too long', async () => {
    const invalid = { code: codeOf(protocol, 'INVALID_ARGUMENT', 400) };
    expect(await readEnd(watch({ heartbeatMs: 0 }))).toMatchObject(invalid);
    expect(await readEnd(watch({ heartbeatMs: 61_000 }))).toMatchObject(invalid);
  });

  it('ends when its key is revoked', async () => {
    const { key, id } = await service.createKey('default');
    const told = watch({}, key);
    await told.next();
    await service.store.keys.revoke(id);
    const end = await readEnd(told);
    // An answer that has begun cannot tell why it ends in REST.
    if (protocol !== 'rest') expect(end).toMatchObject({ code: 'UNAUTHENTICATED' });
  }, 15_000);
});

describe.each(protocols)('a service that stops', (protocol) => {
  it(`ends a watch over ${protocol}`, async () => {
    const stopping = await startTestService({ drainTimeoutMs: 5_000 });
    const told = openWatch(protocol, stopping, {});
    await told.next();
    const begin = performance.now();
    const stopped = stopping.server.stop();
    const end = await readEnd(told);
    await stopped;
    await stopping.close();
    expect(performance.now() - begin).toBeLessThan(5_000);
    expect(end?.code).toBe(protocol === 'rest' ? undefined : 'UNAVAILABLE');
  });
});
