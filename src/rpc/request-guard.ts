import type { DescMethod } from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createContextKey,
  createContextValues,
  type Interceptor,
} from '@connectrpc/connect';
import { allowedMethods, refuseMethod } from './http-method.ts';
import { isGone, joinChunks } from './request-body.ts';
import {
  assertReadable,
  clientGone,
  envelopeBytes,
  malformed,
  parseMessageFormat,
} from './request-message.ts';
import type { NodeRequest } from './unary-protocol.ts';

type Handler = ConnectRouter['handlers'][number];
type Request = Parameters<Handler>[0];

/** What looks at the message of a request before the framework does; the gate calls it once the caller is known. */
export const messageCheckKey = createContextKey<() => Promise<void>>(async () => undefined, {
  description: 'refuses a message that cannot be read',
});

/** The request that a call came by. */
export const nodeRequestKey = createContextKey<NodeRequest | undefined>(undefined, {
  description: 'the request that a call came by',
});

const base64 = /^[\w+/-]*={0,2}$/;

/**
 * Guards the handlers of a router against what the framework does not take well: HTTP methods, which it refuses without telling
 * what is allowed (RFC 9110, section 15.5.6), unary messages that cannot be read, and time-outs longer than the service knows,
 * which are shortened to the longest.
 */
export function guardRequests(
  router: ConnectRouter,
  limits: { readonly messageBytesMax: number; readonly timeoutMaxMs: number },
): void {
  for (const [index, handler] of router.handlers.entries()) {
    const allowed = allowedMethods(handler.method);
    const guarded = (request: Request) => {
      if (!allowed.includes(request.method)) return refuseMethod(request.header, allowed);
      capTimeouts(request.header, limits.timeoutMaxMs);
      if (handler.method.methodKind !== 'unary') return handler(request);
      return handler(withMessageCheck(handler.method, request, limits.messageBytesMax));
    };
    router.handlers[index] = Object.assign(guarded, handler);
  }
}

/** Creates the interceptor that guards the messages of streams, which are read one by one while the call goes on. */
export function createStreamGuard(): Interceptor {
  return (next) => async (request) =>
    await next(request.stream ? { ...request, message: guardMessages(request.message) } : request);
}

async function* guardMessages<T>(messages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (error) {
    // Whatever the framework takes for a defect while it reads a message is a message that cannot be read.
    const isMessage = error instanceof ConnectError && error.code === Code.Internal;
    throw isMessage ? malformed('a message of the stream cannot be read') : error;
  }
}

function withMessageCheck(method: DescMethod, request: Request, bytesMax: number): Request {
  const contextValues = request.contextValues ?? createContextValues();
  if (request.method === 'GET') {
    contextValues.set(messageCheckKey, () => assertReadableQuery(method, request.url, bytesMax));
    return { ...request, contextValues };
  }
  const source = request.body as AsyncIterable<Uint8Array>;
  const format = parseMessageFormat(request.header);
  const nodeRequest = contextValues.get(nodeRequestKey);
  const body = createReplay(source, () => nodeRequest !== undefined && isGone(nodeRequest));
  contextValues.set(messageCheckKey, async () => {
    const bytes = await body.readAhead(bytesMax + (format.isEnveloped ? envelopeBytes : 0));
    if (bytes) await assertReadable(method.input, format, bytes, bytesMax);
  });
  return { ...request, body: body.replay(), contextValues };
}

/** The message of a Connect GET is in the query, in base64 or as it is. */
async function assertReadableQuery(
  method: DescMethod,
  url: string,
  bytesMax: number,
): Promise<void> {
  const query = new URL(url).search.slice(1);
  try {
    decodeURIComponent(query);
  } catch {
    throw malformed('the query is not percent-encoded UTF-8');
  }
  const parameters = new URLSearchParams(query);
  const message = parameters.get('message') ?? '';
  const isBase64 = parameters.get('base64') === '1';
  if (isBase64 && !base64.test(message)) throw malformed('the message is no base64');
  const format = {
    isJson: parameters.get('encoding') === 'json',
    isEnveloped: false,
    encoding: parameters.get('compression') || null,
  };
  const bytes = Buffer.from(message, isBase64 ? 'base64' : 'utf8');
  await assertReadable(method.input, format, bytes, bytesMax);
}

/** A body that can be read ahead, and is replayed to whoever reads it afterwards. */
function createReplay(source: AsyncIterable<Uint8Array>, isCut: () => boolean) {
  const iterator = source[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  return {
    /** Reads to the end; undefined for a body that is longer. */
    async readAhead(bytesMax: number): Promise<Uint8Array | undefined> {
      let bytes = 0;
      if (isCut()) throw clientGone();
      for (;;) {
        const { done, value } = await iterator.next().catch((cause: unknown) => {
          throw clientGone(cause);
        });
        if (done && isCut()) throw clientGone();
        if (done) return joinChunks(chunks);
        chunks.push(value);
        bytes += value.byteLength;
        if (bytes > bytesMax) return undefined;
      }
    },
    async *replay(): AsyncGenerator<Uint8Array> {
      yield* chunks;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
        yield next.value;
      }
    },
  };
}

const grpcUnitsMs: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** Shortens the time-outs of a request to the longest one. What is no time-out is left to the framework to refuse. */
function capTimeouts(header: Headers, timeoutMaxMs: number): void {
  const connect = header.get('connect-timeout-ms');
  if (connect !== null && /^\d{1,10}$/.test(connect) && Number(connect) > timeoutMaxMs) {
    header.set('connect-timeout-ms', String(timeoutMaxMs));
  }
  const [, count = '', unit = ''] =
    /^(\d{1,8})([HMSmun])$/.exec(header.get('grpc-timeout') ?? '') ?? [];
  if (Number(count) * (grpcUnitsMs[unit] ?? 0) > timeoutMaxMs) {
    header.set('grpc-timeout', `${timeoutMaxMs}m`);
  }
}
