import { create, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ErrorInfoSchema, RetryInfoSchema } from '../../gen/google/rpc/error_details_pb.js';
import {
  Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../gen/grpc/health/v1/health_pb.js';
import {
  CustomerService,
  ListCustomersRequestSchema,
} from '../../gen/ledger/v1/customer_service_pb.js';
import { type Server, startServer } from '../../src/server.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { expectGrpcWeb } from '../support/answers.ts';
import { silent } from '../support/database.ts';
import { type OwnDatabase, startOwnDatabase } from '../support/own-database.ts';
import { createHttp1Client, frame } from '../support/raw-request.ts';
import { toConnect } from '../support/target.ts';

let database: OwnDatabase;
let store: Store;
let server: Server;
let key: string;

beforeAll(async () => {
  database = await startOwnDatabase();
  store = await openStore({ uri: database.uri, name: 'outage' }, silent);
  key = (await store.keys.create({ tenant: 'default', name: 'test' }))?.key ?? '';
  const limits = { drainTimeoutMs: 1_000, requestTimeoutMs: 2_000, bodyBytesMax: 65_536 };
  server = await startServer({ host: '127.0.0.1', port: 0, ...limits }, store, silent);
});
afterAll(async () => {
  await server.stop();
  await store.close();
  await database.close();
});

const transport = () => createGrpcTransport({ baseUrl: server.address });
const statusOf = async (path: string) => (await fetch(server.address + path)).status;

/** Gathers what a watch of the service's health is told. */
function watchHealth(service: string) {
  const abort = new AbortController();
  const statuses: ServingStatus[] = [];
  const watching = (async () => {
    const updates = createClient(Health, transport()).watch({ service }, { signal: abort.signal });
    for await (const { status } of updates) statuses.push(status);
  })();
  // It ends when it is given up.
  watching.catch(() => undefined);
  return { statuses, end: () => abort.abort() };
}

async function untilTold(statuses: readonly ServingStatus[], ...expected: ServingStatus[]) {
  await vi.waitFor(() => expect(statuses).toEqual(expected), { timeout: 20_000, interval: 50 });
}

const { SERVING, NOT_SERVING } = ServingStatus;

describe.each([
  ['is killed', () => database.kill(), () => database.start()],
  ['is stopped', () => database.stop(), () => database.start()],
  ['is frozen', () => database.freeze(), () => database.thaw()],
] as const)('while the database %s', (_, takeAway, giveBack) => {
  it('health and the probes say so by themselves, and that it is back', {
    timeout: 60_000,
  }, async () => {
    const health = createClient(Health, transport());
    const watches = ['', CustomerService.typeName].map(watchHealth);
    for (const { statuses } of watches) await untilTold(statuses, SERVING);

    await takeAway();
    for (const { statuses } of watches) await untilTold(statuses, SERVING, NOT_SERVING);
    expect(await health.check({})).toMatchObject({ status: NOT_SERVING });
    expect(await statusOf('/readyz')).toBe(503);
    expect(await statusOf('/healthz')).toBe(200);

    await giveBack();
    for (const { statuses } of watches) await untilTold(statuses, SERVING, NOT_SERVING, SERVING);
    expect(await health.check({})).toMatchObject({ status: SERVING });
    await vi.waitFor(async () => expect(await statusOf('/readyz')).toBe(200), 5_000);
    for (const { end } of watches) end();
  });
});

describe('a call while the database is away', () => {
  it('is told when to try again, and why, in the way of its protocol', {
    timeout: 60_000,
  }, async () => {
    await database.kill();
    await vi.waitFor(async () => expect(await statusOf('/readyz')).toBe(503), 10_000);
    const headers = { 'x-api-key': key };
    const error = await createClient(CustomerService, transport())
      .listCustomers({}, { headers, timeoutMs: 1_500 })
      .catch((thrown: unknown) => thrown);
    if (!(error instanceof ConnectError)) throw error;
    expect(error.code).toBe(Code.Unavailable);
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
      { reason: 'DATABASE_UNAVAILABLE', domain: 'ledger' },
    ]);
    expect(error.findDetails(RetryInfoSchema)[0]?.retryDelay?.seconds).toBeGreaterThan(0n);

    const client = createHttp1Client(server.address);
    const message = toBinary(ListCustomersRequestSchema, create(ListCustomersRequestSchema));
    const web = await client.send(
      toConnect('ListCustomers', frame(message), {
        ...headers,
        'content-type': 'application/grpc-web+proto',
        'grpc-timeout': '1500m',
      }),
    );
    expectGrpcWeb(web, Code.Unavailable);
    const rest = await client.send({
      method: 'GET',
      path: '/v3/ledger/customer?pageSize=1',
      headers,
    });
    expect(rest.status).toBe(503);
    expect(rest.headers['retry-after']).toMatch(/^[1-9]\d*$/);

    await database.start();
    await vi.waitFor(async () => expect(await statusOf('/readyz')).toBe(200), 20_000);
    const list = await createClient(CustomerService, transport()).listCustomers({}, { headers });
    expect(list.customers).toEqual([]);
  });
});
