import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CustomerChange, WatchEvent } from '../../src/domain/change.ts';
import type { CustomerRef } from '../../src/domain/customer.ts';
import { disabling, enabling } from '../../src/domain/customer.ts';
import type { LongCall } from '../../src/domain/ledger.ts';
import { LedgerError } from '../../src/domain/ledger-error.ts';
import type { Store } from '../../src/store/store.ts';
import { watchesMax, watchesOfTenantMax } from '../../src/store/watch.ts';
import { createCall, createLongCall, openTestStore, type TestStore } from '../support/database.ts';
import { openWithCustomer } from '../support/mutations.ts';
import { openStoresBeside, type Stores } from '../support/stores.ts';

let test: TestStore;
let stores: Stores;
let open: Watch[];
beforeEach(async () => {
  test = await openTestStore();
  stores = await openStoresBeside(test, 2);
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((watch) => watch.end()));
  await stores.close();
  await test.close();
});

interface WatchOptions {
  readonly ref?: CustomerRef;
  readonly position?: string;
  readonly heartbeatMs?: number;
  readonly call?: Partial<Omit<LongCall, 'signal'>>;
}

/** A watch that gathers what it is told. */
class Watch {
  readonly events: WatchEvent[] = [];
  readonly #stop = new AbortController();
  readonly #generator: AsyncGenerator<WatchEvent, void, undefined>;

  constructor(store: Store, { ref, position = '', heartbeatMs = 60_000, call }: WatchOptions = {}) {
    const long = createLongCall(this.#stop.signal, call);
    this.#generator = store.changes.watch(long, ref, { position, heartbeatMs });
    open.push(this);
  }

  get changes(): CustomerChange[] {
    return this.events.flatMap(({ change }) => change ?? []);
  }

  get position(): string {
    return this.events.at(-1)?.position ?? '';
  }

  async next(): Promise<WatchEvent> {
    const { value, done } = await this.#generator.next();
    if (done) throw new Error('the watch has ended');
    this.events.push(value);
    return value;
  }

  /** Reads until so many changes were told. */
  async readChanges(count: number): Promise<CustomerChange[]> {
    while (this.changes.length < count) await this.next();
    return this.changes;
  }

  /** Ends, and tells whether it ended without an error. */
  async end(): Promise<boolean> {
    this.#stop.abort();
    for (;;) {
      const { done } = await this.#generator.next().catch(() => ({ done: true }));
      if (done) return true;
    }
  }
}

async function toggle(store: Store, id: string, times: number): Promise<void> {
  for (let index = 0; index < times; index += 1) {
    await store.customers.transition(createCall(), { id }, index % 2 === 0 ? disabling : enabling);
  }
}

describe('a watch', () => {
  it('begins now, with an event that tells where', async () => {
    const { customerId: id } = await openWithCustomer(test.store);
    await test.store.changes.listOfCustomer(createCall(), { id }, {}, { size: 1, offset: 0 });
    const watch = new Watch(test.store);
    expect(await watch.next()).toEqual({ position: expect.stringMatching(/^[\w-]+$/) });
    await toggle(test.store, id, 2);
    const changes = await watch.readChanges(2);
    expect(changes.map(({ verb }) => verb)).toEqual(['DISABLE', 'ENABLE']);
    expect(changes[0]).toMatchObject({
      id: `${id}-2`,
      customerId: id,
      version: 2,
      actor: 'key_test',
      before: { enabled: true },
      after: { enabled: false },
    });
  });

  it('tells what the list tells, by whichever service it was changed', async () => {
    const { customerId: id } = await openWithCustomer(test.store);
    await test.store.changes.listOfCustomer(createCall(), { id }, {}, { size: 1, offset: 0 });
    const watch = new Watch(test.store);
    await watch.next();
    await Promise.all([
      toggle(stores.next(), id, 2),
      stores.next().customers.update(createCall(), { id }, { customerCountry: 'DE' }),
      stores.next().customers.update(createCall(), { id }, { providerCountry: 'FR' }),
    ]);
    const told = await watch.readChanges(4);
    const page = { size: 10, offset: 1 };
    expect(told).toEqual(
      (await test.store.changes.listOfCustomer(createCall(), { id }, {}, page)).items,
    );
  });

  it('misses nothing when it is begun again behind its position, by another service', async () => {
    const { customerId: id } = await openWithCustomer(test.store);
    await test.store.changes.listOfCustomer(createCall(), { id }, {}, { size: 1, offset: 0 });
    const first = new Watch(test.store);
    await first.next();
    await toggle(test.store, id, 4);
    await first.readChanges(3);
    const { position } = first;
    await first.end();
    await toggle(test.store, id, 4);
    const [, other] = stores.all;
    const second = new Watch(other as Store, { position });
    await second.readChanges(5);
    expect(second.changes.map(({ version }) => version)).toEqual([5, 6, 7, 8, 9]);
  });

  it('tells the versions of each customer in order, at least once, under load of several services', async () => {
    const ids = await Promise.all(
      Array.from({ length: 8 }, async () => (await openWithCustomer(test.store)).customerId),
    );
    const watch = new Watch(test.store);
    await watch.next();
    const changes = 10;
    await Promise.all(ids.map((id) => toggle(stores.next(), id, changes)));
    const isWhole = () =>
      ids.every((id) =>
        watch.changes.some((c) => c.customerId === id && c.version === changes + 1),
      );
    while (!isWhole()) await watch.next();
    for (const id of ids) {
      const versions = watch.changes.filter((c) => c.customerId === id).map((c) => c.version);
      const once = [...new Set(versions)];
      expect(once).toEqual([...once].sort((a, b) => a - b));
      expect(once.slice(-changes)).toEqual(Array.from({ length: changes }, (_, i) => i + 2));
    }
  });

  it('of one customer tells its changes alone', async () => {
    const one = await openWithCustomer(test.store);
    const other = await openWithCustomer(test.store);
    const { externalId } = await test.store.customers.get(createCall(), { id: one.customerId });
    const watch = new Watch(test.store, { ref: { externalId } });
    await watch.next();
    await toggle(test.store, other.customerId, 2);
    await toggle(test.store, one.customerId, 2);
    const changes = await watch.readChanges(2);
    expect(new Set(changes.map(({ customerId }) => customerId))).toEqual(new Set([one.customerId]));
  });

  it('tells nothing of another tenant, whose customers are unknown to it', async () => {
    const { customerId: id } = await openWithCustomer(test.store);
    const watch = new Watch(test.store, { call: { tenant: 'another' }, heartbeatMs: 1_000 });
    await watch.next();
    await toggle(test.store, id, 2);
    await watch.next();
    await watch.next();
    expect(watch.changes).toEqual([]);
    await expect(
      new Watch(test.store, { call: { tenant: 'another' }, ref: { id } }).next(),
    ).rejects.toMatchObject({ reason: 'CUSTOMER_NOT_FOUND' });
  });

  it('refuses a position of another watch, and one that was tampered with', async () => {
    const { customerId: id } = await openWithCustomer(test.store);
    const watch = new Watch(test.store);
    await watch.next();
    const { position } = watch;
    const invalid = { reason: 'WATCH_POSITION_INVALID' };
    const [first = '', second = ''] = position;
    const altered = [
      position.slice(0, -1),
      `${position}A`,
      `${second}${first}${position.slice(2)}`,
      'nope',
      ' ',
    ];
    for (const each of altered) {
      await expect(new Watch(test.store, { position: each }).next()).rejects.toMatchObject(invalid);
    }
    await expect(
      new Watch(test.store, { position, call: { tenant: 'another' } }).next(),
    ).rejects.toMatchObject(invalid);
    await expect(new Watch(test.store, { position, ref: { id } }).next()).rejects.toMatchObject(
      invalid,
    );
  });

  it('gives a sign of life, with a position, where nothing changes', async () => {
    const watch = new Watch(test.store, { heartbeatMs: 1_000 });
    const [first, second] = [await watch.next(), await watch.next()];
    expect([first.change, second.change]).toEqual([undefined, undefined]);
    const { customerId } = await openWithCustomer(test.store);
    const resumed = new Watch(test.store, { position: second.position });
    expect((await resumed.readChanges(1))[0]).toMatchObject({ customerId, verb: 'CREATE' });
  });

  it('ends when it is told to, and when its key may no longer watch', async () => {
    const watch = new Watch(test.store);
    await watch.next();
    expect(await watch.end()).toBe(true);
    const assertAllowed = async () => {
      throw new LedgerError('API_KEY_INVALID');
    };
    await expect(new Watch(test.store, { call: { assertAllowed } }).next()).rejects.toMatchObject({
      reason: 'API_KEY_INVALID',
    });
  });

  it('is refused beyond the most that a tenant and a service have, and has its place again when one ends', async () => {
    const refused = { reason: 'WATCHES_EXHAUSTED' };
    const watchOf = (tenant: string) => new Watch(test.store, { call: { tenant } });
    const begin = async (tenant: string, count: number) => {
      const watches = Array.from({ length: count }, () => watchOf(tenant));
      await Promise.all(watches.map((watch) => watch.next()));
      await expect(watchOf(tenant).next()).rejects.toMatchObject(refused);
      return watches;
    };
    const [first] = await begin('default', watchesOfTenantMax);
    // No tenant takes the places of all others.
    const [other] = await begin('other', watchesMax - watchesOfTenantMax);
    await expect(watchOf('third').next()).rejects.toMatchObject(refused);
    // Calls have connections of their own.
    await openWithCustomer(test.store);
    await first?.end();
    await watchOf('default').next();
    await expect(watchOf('default').next()).rejects.toMatchObject(refused);
    await other?.end();
    await watchOf('third').next();
    await expect(watchOf('third').next()).rejects.toMatchObject(refused);
  });
});
