import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { revocationDelayMaxMs } from '../../src/domain/api-key.ts';
import { type ExpectedReason, toRefusalOf } from '../support/clients/expected-refusal.ts';
import { protocols } from '../support/clients/ledger-client.ts';
import { openWatch } from '../support/clients/watch-client.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { readEnd, readEvent } from '../support/watching.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ requestTimeoutMs: 500 });
});
afterAll(() => service.close());

interface Loss {
  readonly name: string;
  readonly reason: ExpectedReason;
  /** Within how many milliseconds the watch ends. */
  readonly boundMs: number;
  /** Gives the key that is lost, and takes it away. */
  readonly arrange: (tenant: string) => Promise<{ key: string; lose: () => Promise<unknown> }>;
}

const createKey = async (tenant: string, expireTime?: Date) => {
  const request = { tenant, name: '', ...(expireTime && { expireTime }) };
  const created = await service.store.keys.create(request);
  if (!created) throw new Error('the key exists already');
  return created;
};

/** How long a key that is gone may still be taken for a good one, and how long a busy machine may take to tell. */
const slackMs = 2_000;

const losses: readonly Loss[] = [
  {
    name: 'is revoked',
    reason: 'API_KEY_INVALID',
    boundMs: revocationDelayMaxMs,
    async arrange(tenant) {
      const { key, id } = await createKey(tenant);
      return { key, lose: () => service.store.keys.revoke(id) };
    },
  },
  {
    name: 'has expired',
    reason: 'API_KEY_INVALID',
    boundMs: 3_000 + 1_000,
    async arrange(tenant) {
      const { key } = await createKey(tenant, new Date(Date.now() + 3_000));
      return { key, lose: async () => undefined };
    },
  },
  {
    name: 'is one of a suspended tenant',
    reason: 'TENANT_SUSPENDED',
    boundMs: revocationDelayMaxMs,
    async arrange(tenant) {
      const { key } = await createKey(tenant);
      return { key, lose: () => service.store.tenants.suspend(tenant) };
    },
  },
];

describe.each(protocols)('a watch over %s', { concurrent: true }, (protocol) => {
  it.each(losses)('ends within its bound when its key $name', async (loss) => {
    const { key, lose } = await loss.arrange(`t-${randomUUID()}`);
    const target = { address: service.address, key };
    const watching = openWatch(protocol, target);
    await readEvent(watching);
    await lose();
    const begin = performance.now();
    const end = await readEnd(watching);
    expect(performance.now() - begin).toBeLessThan(loss.boundMs + slackMs);
    const refused = toRefusalOf(protocol, loss.reason);
    // An answer of REST that has begun cannot tell why it ends: its client connects again, and is told.
    if (protocol === 'rest') expect(end).toBeUndefined();
    else expect(end).toMatchObject(refused);
    expect(await readEnd(openWatch(protocol, target))).toMatchObject(refused);
  });

  it('goes on for longer than a call may take', async () => {
    const watching = openWatch(protocol, service, { heartbeatMs: 1_000 });
    for (let beat = 0; beat < 3; beat += 1) await readEvent(watching);
    watching.cancel();
  });

  it('gives its place in the service back when its client goes away', async () => {
    const tenant = `t-${randomUUID()}`;
    const created = await service.store.keys.create({ tenant, name: '', concurrency: 1 });
    const target = { address: service.address, key: created?.key ?? '' };
    const watching = openWatch(protocol, target);
    await readEvent(watching);
    const refused = toRefusalOf(protocol, 'CONCURRENCY_LIMIT_EXCEEDED', { limit: '1' });
    expect(await readEnd(openWatch(protocol, target))).toMatchObject(refused);
    watching.cancel();
    const next = await vi.waitFor(
      async () => {
        const again = openWatch(protocol, target);
        await readEvent(again);
        return again;
      },
      { timeout: 10_000, interval: 100 },
    );
    next.cancel();
  });
});

describe.each(protocols)('a service that stops', { concurrent: true }, (protocol) => {
  it(`ends a watch over ${protocol} at once, in good order`, async () => {
    const lines: object[] = [];
    const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) });
    const stopping = await startTestService({ drainTimeoutMs: 10_000, log });
    const watching = openWatch(protocol, stopping);
    await readEvent(watching);
    const begin = performance.now();
    const stopped = stopping.server.stop();
    const end = await readEnd(watching);
    expect(performance.now() - begin).toBeLessThan(5_000);
    await stopped;
    if (protocol === 'rest') expect(end).toBeUndefined();
    else expect(end).toMatchObject({ code: 'UNAVAILABLE', message: 'the service is going down' });
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'drained', outcome: 'drained' }));
    await stopping.close();
  });
});
