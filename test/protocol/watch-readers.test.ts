import { randomBytes } from 'node:crypto';
import { ObjectId } from 'mongodb';
import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import { revocationDelayMaxMs } from '../../src/domain/api-key.ts';
import { protocols } from '../support/clients/ledger-client.ts';
import { openWatch } from '../support/clients/watch-client.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { readChanges, readEvent } from '../support/watching.ts';

/** As many changes as are far more than all buffers between the service and a reader hold: 30 MB, longer ones than callers can make. */
const changes = 1_000;
const commentLength = 10_000;

/** Makes a comment that no compression makes much shorter: of ideographs, each of them three bytes. */
function createComment(): string {
  const numbers = new Uint16Array(new Uint8Array(randomBytes(commentLength * 2)).buffer);
  return String.fromCharCode(...numbers.map((number) => 0x4e00 + (number % 0x4000)));
}

/** Writes a history as the relay does, but at once. */
async function writeHistory(
  { collections }: TestService,
  resource: ObjectId,
  comments: readonly string[],
): Promise<void> {
  const state = { externalId: 'x', active: true, enabled: true, accountingCurrency: 'EUR' };
  await collections.changes.insertMany(
    comments.map((comment, index) => ({
      _id: { tenant: 'default', resource, version: index + 1 },
      kind: 'customer',
      version: index + 1,
      verb: 'UPDATE',
      actor: 'key_test',
      comment,
      time: new Date(),
      before: state,
      after: state,
    })),
  );
}

/** Starts a service, and readers over every protocol that take nothing once they have begun, with more to take than is buffered. */
async function startWithIdleReaders(settings: Parameters<typeof startTestService>[0] = {}) {
  const service = await startTestService(settings);
  const taken = new Map<string, number>();
  const { watch } = service.store.changes;
  vi.spyOn(service.store.changes, 'watch').mockImplementation(async function* (call, ...others) {
    for await (const event of watch(call, ...others)) {
      taken.set(call.actor, (taken.get(call.actor) ?? 0) + 1);
      yield event;
    }
  });
  const readers = await Promise.all(
    protocols.map(async (protocol) => {
      const { key, id } = await service.createKey('default');
      const watching = openWatch(protocol, { address: service.address, key });
      await readEvent(watching);
      return { protocol, actor: id, watching };
    }),
  );
  const comments = Array.from({ length: changes }, createComment);
  await writeHistory(service, new ObjectId(), comments);

  // Until nothing more is taken for anybody.
  let before = '';
  await vi.waitUntil(
    async () => {
      const last = before;
      before = JSON.stringify([...taken]);
      return taken.size === protocols.length && before === last;
    },
    { timeout: 30_000, interval: 2_500 },
  );
  return { service, readers, taken, comments };
}

it('a reader that is slow is waited for, over every protocol, and misses nothing', async () => {
  const { service, readers, taken, comments } = await startWithIdleReaders();
  const told = readers.map(({ protocol, actor }) => [protocol, taken.get(actor) ?? 0] as const);
  // More than nothing went out ahead, and far less than there is.
  expect(told.filter(([, count]) => count < 3 || count > changes / 2)).toEqual([]);

  for (const { watching } of readers) {
    const read = await readChanges(watching, changes);
    expect(read.map(({ version }) => version)).toEqual(
      Array.from({ length: changes }, (_, index) => index + 1),
    );
    expect(read.every((change, index) => change.comment === comments[index])).toBe(true);
    watching.cancel();
  }
  await service.close();
}, 120_000);

describe('a reader that takes nothing, over every protocol,', () => {
  const startLogged = async (drainTimeoutMs: number) => {
    const lines: { msg: string; actor?: string; outcome?: string }[] = [];
    const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) });
    return { lines, ...(await startWithIdleReaders({ drainTimeoutMs, log })) };
  };

  it('is cut when its key is revoked', async () => {
    const { service, readers, lines } = await startLogged(1_000);
    await Promise.all(readers.map(({ actor }) => service.store.keys.revoke(actor)));
    const ended = () => readers.filter((each) => lines.some(({ actor }) => actor === each.actor));
    await vi.waitFor(() => expect(ended()).toHaveLength(readers.length), {
      timeout: revocationDelayMaxMs + 3_000,
      interval: 50,
    });
    for (const { watching } of readers) watching.cancel();
    await service.close();
  }, 120_000);

  it('does not hold up a service that stops', async () => {
    const { service, readers, lines } = await startLogged(20_000);
    const begin = performance.now();
    await service.server.stop();
    expect(performance.now() - begin).toBeLessThan(6_000);
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'drained', outcome: 'drained' }));
    for (const { watching } of readers) watching.cancel();
    await service.close();
  }, 120_000);
});
