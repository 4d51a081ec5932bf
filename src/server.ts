import { Code, ConnectError } from '@connectrpc/connect';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { createLimiter } from './domain/limit.ts';
import { type RequestHandler, startListener } from './http/listener.ts';
import { createRestHandler } from './rest/handler.ts';
import { createProbes } from './rest/probes.ts';
import { createRpcHandler, ledgerServices } from './rpc/handler.ts';
import { createHealthStatus } from './rpc/health.ts';
import { answerUnimplemented } from './rpc/unimplemented.ts';
import type { Store } from './store/store.ts';

/** How often the health service looks at the database, in milliseconds. */
const healthIntervalMs = 1_000;

/** The paths of RPCs: the packages of our services, and those of gRPC's own. */
const rpcPath = /^\/(?:ledger|grpc)\./;

export interface Server {
  /** The address it listens on, such as http://127.0.0.1:8080. */
  readonly address: string;
  /** Stops accepting, lets finish what is in flight within the drain time-out, and ends. */
  stop(): Promise<void>;
}

type ServerConfig = Pick<
  Config,
  'host' | 'port' | 'drainTimeoutMs' | 'requestTimeoutMs' | 'bodyBytesMax'
>;

/** Starts answering gRPC, gRPC-Web, Connect, REST and probes on one port. */
export async function startServer(
  config: ServerConfig,
  store: Store,
  log: Logger,
): Promise<Server> {
  const shutdown = new AbortController();
  const drain = new AbortController();
  const health = createHealthStatus(ledgerServices.map((service) => service.typeName));
  const isReady = async () => !drain.signal.aborted && (await store.isReady());
  health.setServing(await isReady());

  const listener = await startListener({
    host: config.host,
    port: config.port,
    handler: createHandler({
      config,
      store,
      log,
      health,
      drainSignal: drain.signal,
      shutdownSignal: shutdown.signal,
      isReady,
    }),
    log,
  });
  // After the listener, which may be refused its port: nothing must then keep the process alive.
  const watch = setInterval(() => void isReady().then(health.setServing), healthIntervalMs);
  const { host, port } = listener.address;
  return {
    address: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    async stop() {
      drain.abort();
      health.end();
      clearInterval(watch);
      const outcome = await listener.drain({
        timeoutMs: config.drainTimeoutMs,
        onDeadline: () =>
          shutdown.abort(new ConnectError('the service is going down', Code.Unavailable)),
      });
      log.info({ outcome }, 'drained');
    },
  };
}

function createHandler(options: {
  config: ServerConfig;
  store: Store;
  log: Logger;
  health: ReturnType<typeof createHealthStatus>;
  drainSignal: AbortSignal;
  shutdownSignal: AbortSignal;
  isReady: () => Promise<boolean>;
}): RequestHandler {
  const { config, store, log } = options;
  const answerProbe = createProbes(options.isReady);
  // One for all protocols, so that a key has its limits once.
  const limiter = createLimiter();
  const answerRest = createRestHandler({
    ledger: store,
    authenticate: store.authenticate,
    limiter,
    log,
    requestTimeoutMs: config.requestTimeoutMs,
    bodyBytesMax: config.bodyBytesMax,
    drainSignal: options.drainSignal,
  });
  const answerRpc = createRpcHandler({
    ledger: store,
    authenticate: store.authenticate,
    limiter,
    health: options.health,
    log,
    requestTimeoutMs: config.requestTimeoutMs,
    messageReadMaxBytes: config.bodyBytesMax,
    drainSignal: options.drainSignal,
    shutdownSignal: options.shutdownSignal,
    fallback: (request, response) => {
      if (!answerUnimplemented(request, response)) answerRest(request, response);
    },
  });
  return (request, response) => {
    const isRpc =
      rpcPath.test(request.url ?? '') ||
      request.headers['content-type']?.startsWith('application/grpc');
    if (isRpc) answerRpc(request, response);
    else if (!answerProbe(request, response)) answerRest(request, response);
  };
}
