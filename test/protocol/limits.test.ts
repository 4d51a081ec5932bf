import * as http2 from 'node:http2';
import * as net from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CustomerService } from '../../gen/ledger/v1/customer_service_pb.js';
import type { Limits } from '../../src/domain/limit.ts';
import { type ExpectedReason, toRefusalOf } from '../support/clients/expected-refusal.ts';
import { protocols } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import type { Refusal } from '../support/clients/refusal.ts';
import { createHttp1Client, createHttp2Client, type RawRequest } from '../support/raw-request.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { toConnect, toGrpc } from '../support/target.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

async function createKey(limits: Limits): Promise<{ address: string; key: string }> {
  const created = await service.store.keys.create({ tenant: 'default', name: '', ...limits });
  return { address: service.address, key: created?.key ?? '' };
}

type Outcome = Refusal | undefined;

/** Gives the refusal of a call, or nothing when it is answered. */
const outcomeOf = async (call: Promise<unknown>): Promise<Outcome> =>
  await call.then(
    () => undefined,
    (error: Refusal) => error,
  );

const refusal = (
  protocol: (typeof protocols)[number],
  reason: ExpectedReason,
  limit: string,
): object => ({
  ...toRefusalOf(protocol, reason, { limit }),
  metadata: protocol === 'rest' ? {} : { limit },
  retryAfter: 1,
});

describe.each(protocols)('a key with limits over %s', (protocol) => {
  it('makes no more calls in a second than its rate, whatever becomes of them', async () => {
    const ratePerSecond = 3;
    const key = await createKey({ ratePerSecond });
    const client = openClient(protocol, key);
    const start = performance.now();
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        outcomeOf(
          index % 2 === 0 ? client.listCustomers({ size: 1 }) : client.getAccount('f'.repeat(24)),
        ),
      ),
    );
    const seconds = (performance.now() - start) / 1_000;
    const limited = outcomes.filter((outcome) => outcome?.message.startsWith('Too many'));
    // On a machine that is slow the rate lets more in meanwhile.
    expect(outcomes.length - limited.length).toBeLessThanOrEqual(ratePerSecond * (1 + seconds));
    expect(outcomes.length - limited.length).toBeGreaterThanOrEqual(ratePerSecond);
    expect(limited.length).toBeGreaterThan(0);
    for (const each of limited) {
      expect(each).toMatchObject(refusal(protocol, 'RATE_LIMIT_EXCEEDED', '3'));
    }
    await vi.waitUntil(async () => !(await outcomeOf(client.listCustomers({ size: 1 }))), {
      timeout: 5_000,
      interval: 100,
    });
    await client.close();
  });

  it.each([
    ['Connect', /^HTTP\/1\.1 200/],
    ['REST', /^HTTP\/1\.1 403/],
  ] as const)(
    'has no more calls in flight than it may, also where one is of %s',
    async (kind, end) => {
      const key = await createKey({ concurrency: 1 });
      const client = openClient(protocol, key);
      const list = () => outcomeOf(client.listCustomers({ size: 1 }));
      const held = await holdInFlight(kind, key.key, list);
      expect(await list()).toMatchObject(refusal(protocol, 'CONCURRENCY_LIMIT_EXCEEDED', '1'));
      expect(await held.finish()).toMatch(end);
      expect(await list()).toBeUndefined();
      await client.close();
    },
  );

  it('leaves another key what is its own', async () => {
    const key = await createKey({ ratePerSecond: 1 });
    const [client, other] = [openClient(protocol, key), openClient(protocol, service)];
    const all = Array.from({ length: 10 }, () => outcomeOf(client.listCustomers({ size: 1 })));
    expect((await Promise.all(all)).filter(Boolean).length).toBeGreaterThan(0);
    const others = Array.from({ length: 30 }, () => other.listCustomers({ size: 1 }));
    await expect(Promise.all(others)).resolves.toHaveLength(30);
    await Promise.all([client.close(), other.close()]);
  });
});

describe.each(['Connect', 'gRPC-Web', 'REST', 'gRPC'] as const)('a call of %s', (kind) => {
  it('is in flight until its client goes away', async () => {
    const key = await createKey({ concurrency: 1 });
    const client = openClient('connect json', key);
    const list = () => outcomeOf(client.listCustomers({ size: 1 }));
    const held = await holdInFlight(kind, key.key, list);
    held.abandon();
    await vi.waitUntil(async () => (await list()) === undefined, { timeout: 5_000, interval: 20 });
    await client.close();
  });
});

describe('a watch over REST', () => {
  const watch = (key: string) => {
    const socket = net.connect(Number(new URL(service.address).port), '127.0.0.1');
    const path = '/v3/ledger/customer/changes/watch';
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${key}\r\n\r\n`);
    return socket;
  };

  it('is in flight for as long as it goes on', async () => {
    const key = await createKey({ concurrency: 1 });
    const client = openClient('rest', key);
    const list = () => outcomeOf(client.listCustomers({ size: 1 }));
    const socket = watch(key.key);
    await new Promise((resolve) => socket.once('data', resolve));
    expect(await list()).toMatchObject(refusal('rest', 'CONCURRENCY_LIMIT_EXCEEDED', '1'));
    socket.destroy();
    await vi.waitUntil(async () => (await list()) === undefined, { timeout: 5_000, interval: 20 });
    await client.close();
  });

  it('is in flight no longer when its client goes away, whether it has begun or not', async () => {
    const concurrency = 100;
    const key = await createKey({ concurrency });
    const client = openClient('rest', key);
    const sockets = Array.from({ length: concurrency }, () => watch(key.key));
    for (const socket of sockets) {
      socket.destroy();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    // All of them are free again.
    await vi.waitFor(
      () =>
        Promise.all(Array.from({ length: concurrency }, () => client.listCustomers({ size: 1 }))),
      { timeout: 10_000, interval: 100 },
    );
    await client.close();
  });
});

describe('calls that are refused', () => {
  it('are in flight no longer', async () => {
    const { keys } = service.store;
    const created = await keys.create({
      tenant: 'default',
      name: '',
      scopes: ['customers:read'],
      concurrency: 1,
    });
    const sent = { 'x-api-key': created?.key ?? '' };
    const clients = [createHttp1Client, createHttp2Client].map((open) => open(service.address));
    for (const client of clients) {
      for (const request of badRequests(sent)) {
        const { status } = await client.send(request);
        expect({ ...request, status }).not.toMatchObject({ status: 429 });
        const list = { method: 'GET', path: '/v3/ledger/customer?pageSize=1', headers: sent };
        // Whoever goes away is noticed a moment later.
        await vi.waitFor(async () => expect((await client.send(list)).status).toBe(200), {
          timeout: 5_000,
          interval: 10,
        });
      }
      client.close();
    }
  });
});

/** Requests of a key that are refused at each of the steps of a call. */
function badRequests(sent: Readonly<Record<string, string>>): RawRequest[] {
  const json = '{"externalId":"nobody"}';
  return [
    { method: 'GET', path: '/v3/ledger/nothing', headers: sent },
    { method: 'DELETE', path: '/v3/ledger/customer', headers: sent },
    { method: 'GET', path: '/v3/ledger/customer?pageSize=0', headers: sent },
    { method: 'GET', path: '/v3/ledger/customer/nobody', headers: sent },
    { method: 'PUT', path: `/v3/ledger/customer/${'f'.repeat(24)}/disable`, headers: sent },
    { method: 'POST', path: '/v3/ledger/account', headers: sent, body: '{' },
    toConnect('GetCustomer', '{', sent),
    toConnect('GetCustomer', '{}', sent),
    toConnect('GetCustomer', json, sent),
    toConnect('DisableCustomer', json, sent),
    toConnect('GetCustomer', json, { ...sent, 'connect-timeout-ms': '0' }),
    toConnect('GetCustomer', json, { ...sent, 'connect-timeout-ms': 'soon' }),
    toConnect('GetCustomer', json, { ...sent, 'content-encoding': 'br' }),
    toConnect('GetCustomer', json, { ...sent, 'content-encoding': 'gzip' }),
    toGrpc('GetCustomer', '', sent),
    toGrpc('GetCustomer', 'no frame at all', sent),
    toGrpc('GetCustomer', Buffer.from([0, 0, 0, 0, 1, 0xff]), sent),
    toGrpc('DisableCustomer', Buffer.alloc(5), sent),
    toGrpc('GetCustomer', Buffer.alloc(5), { ...sent, 'grpc-timeout': '0n' }),
    toGrpc('GetCustomer', Buffer.alloc(5), { ...sent, 'content-type': 'application/grpc-web' }),
  ];
}

/** Holds a call of a key that may have one in flight, until another one is refused. */
async function holdInFlight(
  kind: Parameters<typeof hold>[0],
  key: string,
  another: () => Promise<Outcome>,
): Promise<Held> {
  for (;;) {
    const held = hold(kind, key);
    // The one that asks may come first: then it is the other that is refused.
    while (!held.isAnswered()) {
      if (await another()) return held;
    }
  }
}

/** A call whose body has not all come yet. */
interface Held {
  isAnswered(): boolean;
  /** Sends the rest and gives the answer, as it came. */
  finish(): Promise<string>;
  /** Goes away. */
  abandon(): void;
}

/** Sends a call by one of the protocols, all but the end of its body. */
function hold(kind: 'Connect' | 'gRPC-Web' | 'REST' | 'gRPC', key: string): Held {
  const { typeName, method } = CustomerService;
  const path = `/${typeName}/${method.listCustomers.name}`;
  if (kind === 'gRPC') return holdGrpc(path, key);
  const [line, contentType, body] = {
    Connect: [`POST ${path}`, 'application/json', '{}'],
    'gRPC-Web': [`POST ${path}`, 'application/grpc-web', '\0\0\0\0\0'],
    REST: [
      `PUT /v3/ledger/customer/${'f'.repeat(24)}`,
      'application/json',
      '{"customerCountry":"DE"}',
    ],
  }[kind] as [string, string, string];
  const socket = net.connect(Number(new URL(service.address).port), '127.0.0.1');
  const head = [
    `${line} HTTP/1.1`,
    'host: localhost',
    'connection: close',
    `x-api-key: ${key}`,
    `content-type: ${contentType}`,
    `content-length: ${body.length}`,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, -1)}`);
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
  });
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(text)));
  return {
    isAnswered: () => text !== '',
    finish() {
      socket.write(body.slice(-1));
      return closed;
    },
    abandon: () => void socket.destroy(),
  };
}

function holdGrpc(path: string, key: string): Held {
  const session = http2.connect(service.address);
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    'x-api-key': key,
  });
  session.on('error', () => undefined);
  stream.on('error', () => undefined);
  stream.write(Buffer.alloc(4));
  let isAnswered = false;
  stream.on('response', () => {
    isAnswered = true;
  });
  return {
    isAnswered: () => isAnswered,
    finish: () => Promise.reject(new Error('gRPC is held to be abandoned')),
    abandon: () => session.destroy(),
  };
}
