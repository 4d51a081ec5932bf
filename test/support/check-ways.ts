import {
  createConnectRouter,
  type HandlerContext,
  type Interceptor,
  type ServiceImpl,
} from '@connectrpc/connect';
import { compressionGzip, connectNodeAdapter } from '@connectrpc/connect-node';
import { Health } from '../../gen/grpc/health/v1/health_pb.js';
import { type RequestHandler, startListener } from '../../src/http/listener.ts';
import { createFastPath } from '../../src/rpc/fast-path.ts';
import { createCallLog } from '../../src/rpc/log.ts';
import { guardRequests, messageCheckKey } from '../../src/rpc/request-guard.ts';
import { recordUnaryMethods } from '../../src/rpc/unary-methods.ts';
import type { UnaryOptions } from '../../src/rpc/unary-protocol.ts';
import { silent } from './database.ts';
import {
  createHttp1Client,
  createHttp2Client,
  type RawAnswer,
  type RawRequest,
} from './raw-request.ts';

type Check = ServiceImpl<typeof Health>['check'];

/** The fast path and the adapter, each alone and on a port of its own, with a service that a test writes. */
export interface CheckWays {
  readonly ports: { readonly fast: number; readonly adapter: number };
  /** Says what Health.Check does, and what stands before it. */
  serve(check: Check, interceptor?: Interceptor): void;
  send(way: 'fast' | 'adapter', client: 'http1' | 'http2', request: RawRequest): Promise<RawAnswer>;
  /** How often the fast path has handed a call over to the adapter. */
  handedOver(): number;
  /** Shuts the service down, as a drain does shortly before its time is over. */
  shutDown(reason: unknown): void;
  close(): Promise<void>;
}

/** The largest answer of these ways, in bytes. */
export const answerBytesMax = 2_000;

/** Starts both ways. Health has a List, too, which nothing serves. */
export async function startCheckWays(): Promise<CheckWays> {
  let check: Check = () => ({});
  let interceptor: Interceptor = (next) => next;
  let handedOver = 0;
  const shutdown = new AbortController();
  const options: UnaryOptions = {
    requestGate: (context: HandlerContext) => context.values.get(messageCheckKey)(),
    interceptors: [
      createCallLog(silent),
      (next) => async (request) => await interceptor(next)(request),
    ],
    jsonOptions: { alwaysEmitImplicit: true },
    acceptCompression: [compressionGzip],
    compressMinBytes: 100,
    readMaxBytes: 10_000,
    writeMaxBytes: answerBytesMax,
    maxTimeoutMs: 60_000,
    shutdownSignal: shutdown.signal,
  };
  const router = createConnectRouter(options);
  const { recorder, methods } = recordUnaryMethods(router);
  recorder.service(Health, { check: (request, context) => check(request, context) });
  guardRequests(router, { messageBytesMax: options.readMaxBytes, timeoutMaxMs: 60_000 });
  const handlers = router.handlers.map((handler) =>
    Object.assign((request: Parameters<typeof handler>[0]) => {
      handedOver += 1;
      return handler(request);
    }, handler),
  );
  const fastPath = createFastPath(methods, handlers, options, silent);
  const fast = await startWay((request, response) => {
    if (!fastPath(request, response)) response.destroy();
  });
  const adapter = await startWay(
    connectNodeAdapter({ routes: (adapted) => void adapted.handlers.push(...router.handlers) }),
  );
  const ways = { fast, adapter };
  return {
    ports: { fast: fast.port, adapter: adapter.port },
    serve(served, before = (next) => next) {
      check = served;
      interceptor = before;
    },
    send: (way, client, request) => ways[way][client].send(request),
    handedOver: () => handedOver,
    shutDown: (reason) => shutdown.abort(reason),
    async close() {
      await fast.close();
      await adapter.close();
    },
  };
}

async function startWay(handler: RequestHandler) {
  const listener = await startListener({ host: '127.0.0.1', port: 0, handler });
  const { port } = listener.address;
  const address = `http://127.0.0.1:${port}`;
  const http2 = createHttp2Client(address);
  return {
    port,
    http1: createHttp1Client(address),
    http2,
    async close() {
      http2.close();
      await listener.close();
    },
  };
}
