import { Code, ConnectError } from '@connectrpc/connect';
import { pino } from 'pino';
import { expect, vi } from 'vitest';
import type { Authenticate } from '../../src/domain/api-key.ts';
import type { Ledger } from '../../src/domain/ledger.ts';
import { createLimiter } from '../../src/domain/limit.ts';
import type { DrainOutcome } from '../../src/http/drain.ts';
import { type RequestHandler, startListener } from '../../src/http/listener.ts';
import { createRpcHandlers } from '../../src/rpc/handler.ts';
import { createHealthStatus } from '../../src/rpc/health.ts';
import { openTestStore, type TestStore, tenant } from './database.ts';
import {
  createHttp1Client,
  createHttp2Client,
  type RawAnswer,
  type RawClient,
  type RawRequest,
} from './raw-request.ts';

export type Client = 'http1' | 'http2';

/** A line of the log, less what is another one each time. */
export type LogLine = Readonly<Record<string, unknown>>;

/** What a call came to: what the caller was told, and what the log was. */
export interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly trailers: Readonly<Record<string, unknown>>;
  readonly body: string;
  readonly lines: readonly LogLine[];
}

/** One of the two ways by which calls are answered, on a port of its own. */
export interface Way {
  readonly port: number;
  send(client: Client, request: RawRequest): Promise<Told>;
  /** Waits for this many lines of the log, and takes them. */
  takeLines(count: number): Promise<readonly LogLine[]>;
  /** Drains as the service does, which shuts down shortly before the time is over, and tells when that is. */
  drain(timeoutMs?: number, onDeadline?: () => void): Promise<DrainOutcome>;
}

/** Both ways, on the same store. */
export interface BothWays extends TestStore {
  readonly key: string;
  readonly fast: Way;
  readonly adapter: Way;
  /** Tells for each request that came to the first way since it was asked, whether the fast path took it. */
  takeTaken(): readonly boolean[];
  /** Sends a request both ways, asserts that they tell the same, and gives what that is. */
  compare(client: Client, request: RawRequest, isTaken: boolean): Promise<Told>;
}

/** What stands between the ways and the store. */
export interface Between {
  readonly wrapLedger?: (ledger: Ledger) => Ledger;
  readonly wrapAuthenticate?: (authenticate: Authenticate) => Authenticate;
}

/** How long to wait for what comes at once: far longer than it may take. */
const waitMax = { timeout: 10_000 };

/** The largest message of these ways, in bytes. */
export const bodyBytesMax = 20_000;

/** Starts both ways: the fast path with the adapter behind it, as the service has them, and the adapter alone. */
export async function startBothWays(between: Between = {}): Promise<BothWays> {
  const { wrapLedger = (ledger) => ledger, wrapAuthenticate = (authenticate) => authenticate } =
    between;
  const testStore = await openTestStore();
  const { store } = testStore;
  const created = await store.keys.create({ tenant, name: 'test' });
  const taken: boolean[] = [];
  const startWay = (choose: (ways: ReturnType<typeof createRpcHandlers>) => RequestHandler) =>
    startOneWay((log, shutdownSignal) =>
      choose(
        createRpcHandlers({
          ledger: wrapLedger(store),
          authenticate: wrapAuthenticate(store.authenticate),
          limiter: createLimiter(),
          health: createHealthStatus([]),
          log,
          requestTimeoutMs: 10_000,
          messageReadMaxBytes: bodyBytesMax,
          drainSignal: new AbortController().signal,
          shutdownSignal,
          fallback: (_request, response) => {
            response.writeHead(404);
            response.end();
          },
        }),
      ),
    );
  const fast = await startWay(({ fastPath, adapter }) => (request, response) => {
    const isTaken = fastPath(request, response);
    taken.push(isTaken);
    if (!isTaken) adapter(request, response);
  });
  const adapter = await startWay((ways) => ways.adapter);
  return {
    ...testStore,
    key: created?.key ?? '',
    fast,
    adapter,
    takeTaken: () => taken.splice(0),
    async compare(client, request, isTaken) {
      taken.length = 0;
      const told = await fast.send(client, request);
      expect(taken).toEqual([isTaken]);
      expect(told).toEqual(await adapter.send(client, request));
      return told;
    },
    async close() {
      await fast.close();
      await adapter.close();
      await testStore.close();
    },
  };
}

async function startOneWay(
  createHandler: (log: pino.Logger, shutdownSignal: AbortSignal) => RequestHandler,
): Promise<Way & { close(): Promise<void> }> {
  const lines: LogLine[] = [];
  const log = pino(
    { base: null, timestamp: false },
    { write: (line) => void lines.push(simplify(line)) },
  );
  const shutdown = new AbortController();
  const handler = createHandler(log, shutdown.signal);
  const listener = await startListener({ host: '127.0.0.1', port: 0, handler });
  const address = `http://127.0.0.1:${listener.address.port}`;
  const clients = { http1: createHttp1Client(address), http2: createHttp2Client(address) };
  return {
    port: listener.address.port,
    send: async (client, request) => {
      lines.length = 0;
      return toTold(await (clients[client] as RawClient).send(request), lines.splice(0));
    },
    async takeLines(count) {
      await vi.waitFor(() => expect(lines).toHaveLength(count), waitMax);
      return lines.splice(0);
    },
    drain: (timeoutMs = 5_000, onDeadline) =>
      listener.drain({
        timeoutMs,
        onDeadline() {
          shutdown.abort(new ConnectError('the service is going down', Code.Unavailable));
          onDeadline?.();
        },
      }),
    async close() {
      clients.http2.close();
      await listener.close();
    },
  };
}

const madeUp = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function simplify(line: string): LogLine {
  const { ms, requestId, err, ...rest } = JSON.parse(line);
  return {
    ...rest,
    ...simplifyId('requestId', requestId),
    ...(err && { err: err.message }),
    ms: typeof ms,
  };
}

function toTold({ status, headers, trailers, body }: RawAnswer, lines: readonly LogLine[]): Told {
  return {
    status,
    headers: simplifyHeaders(headers),
    trailers: simplifyHeaders(trailers),
    body: body.toString('latin1'),
    lines,
  };
}

function simplifyHeaders(headers: RawAnswer['headers']): Readonly<Record<string, unknown>> {
  const { date: _, 'x-request-id': id, ...rest } = headers;
  return { ...rest, ...simplifyId('x-request-id', id) };
}

/** Leaves a name that a caller gave as it is; one that was made up is another each time. */
function simplifyId(name: string, id: unknown): Record<string, unknown> {
  if (id === undefined) return {};
  return { [name]: madeUp.test(String(id)) ? 'made up' : id };
}
