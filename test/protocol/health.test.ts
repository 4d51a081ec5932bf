import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../gen/grpc/health/v1/health_pb.js';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
let sessions: Http2SessionManager;
beforeAll(async () => {
  service = await startTestService();
  sessions = new Http2SessionManager(service.address);
});
afterAll(async () => {
  sessions.abort();
  await service.close();
});

const names = [
  '',
  'ledger.v1.CustomerService',
  'ledger.v1.AccountService',
  'ledger.v1.TransactionService',
  'ledger.v1.VirtualCurrencyService',
  'ledger.v1.KeyService',
];

const transports: [string, () => Transport][] = [
  ['gRPC', () => createGrpcTransport({ baseUrl: service.address, sessionManager: sessions })],
  [
    'Connect',
    () =>
      createConnectTransport({
        baseUrl: service.address,
        httpVersion: '2',
        sessionManager: sessions,
      }),
  ],
  ['gRPC-Web', () => createGrpcWebTransport({ baseUrl: service.address, httpVersion: '1.1' })],
];

describe.each(transports)('health over %s', (_, open) => {
  const health = () => createClient(Health, open());

  it.each(names)('says that it serves: "%s"', async (name) => {
    expect(await health().check({ service: name })).toMatchObject({
      status: ServingStatus.SERVING,
    });
  });

  it('does not find a service that nobody knows', async () => {
    await expect(health().check({ service: 'ledger.v1.Nope' })).rejects.toMatchObject({
      code: Code.NotFound,
    });
  });

  it('lists each service with its status', async () => {
    const { statuses } = await health().list({});
    expect(Object.keys(statuses).sort()).toEqual(names.toSorted());
    for (const { status } of Object.values(statuses)) expect(status).toBe(ServingStatus.SERVING);
  });

  it('begins a watch with the status, also of a service that nobody knows', async () => {
    for (const [name, expected] of [
      ['ledger.v1.AccountService', ServingStatus.SERVING],
      ['ledger.v1.KeyService', ServingStatus.SERVING],
      ['ledger.v1.Nope', ServingStatus.SERVICE_UNKNOWN],
    ] as const) {
      const end = new AbortController();
      const watch = health().watch({ service: name }, { signal: end.signal });
      for await (const { status } of watch) {
        expect(status).toBe(expected);
        break;
      }
      end.abort();
    }
  });
});

describe('a watch of health', () => {
  it('is told that the service stops, and then ends as unavailable', async () => {
    const stopping = await startTestService({ drainTimeoutMs: 500 });
    const transport = createGrpcTransport({ baseUrl: stopping.address });
    const statuses: ServingStatus[] = [];
    const watching = (async () => {
      let closed: Promise<void> | undefined;
      for await (const { status } of createClient(Health, transport).watch({ service: '' })) {
        statuses.push(status);
        closed ??= stopping.close();
      }
      return await closed;
    })();
    const end = await watching.catch((error: unknown) => error);
    expect(statuses).toEqual([ServingStatus.SERVING, ServingStatus.NOT_SERVING]);
    expect(end).toBeInstanceOf(ConnectError);
    expect(end).toMatchObject({ code: Code.Unavailable });
  });
});
