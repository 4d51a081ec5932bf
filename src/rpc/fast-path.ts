import { isUtf8 } from 'node:buffer';
import type { Message } from '@bufbuild/protobuf';
import { Code, type ConnectError, type HandlerContext } from '@connectrpc/connect';
import { invokeUnaryImplementation, type UniversalHandler } from '@connectrpc/connect/protocol';
import {
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from '@connectrpc/connect-node';
import type { Logger } from 'pino';
import { toConnectError } from './error.ts';
import { joinChunks, type ReadBody, readBody, replayBody } from './request-body.ts';
import { messageCheckKey } from './request-guard.ts';
import { createUnaryContext } from './unary-context.ts';
import type { UnaryMethod } from './unary-methods.ts';
import type { NodeRequest, NodeResponse, UnaryOptions } from './unary-protocol.ts';
import { createUnaryRouter, type UnaryRoute } from './unary-route.ts';

/** What came of a request's message: nothing where it is not read yet, a body alone where it cannot be read. */
interface Reception {
  body?: ReadBody;
  message?: Message;
}

/**
 * Creates the fast path of unary calls over gRPC and Connect. It calls what the adapter calls, the gate, the interceptors and the
 * services, and writes answers by the same functions, but without the adapter's chain of iterators, each of which costs promises
 * for every chunk of a body. It takes only requests that are as they should be: those whose head is not are left to the adapter,
 * and those whose body turns out not to be are handed over to it, so that whatever cannot be read is refused in one place.
 *
 * @param handlers the adapter's handlers, of these methods and maybe of others
 * @returns a handler that tells whether it takes the request
 */
export function createFastPath(
  methods: readonly UnaryMethod[],
  handlers: readonly UniversalHandler[],
  options: UnaryOptions,
  log: Logger,
): (request: NodeRequest, response: NodeResponse) => boolean {
  const findRoute = createUnaryRouter(methods, handlers, options);
  return (request, response) => {
    const route = findRoute(request);
    if (!route) return false;
    answer(route, options, request, response).catch((error: unknown) => {
      // So the adapter tells of a client that is gone.
      if (toConnectError(error).code === Code.Aborted) return;
      log.error({ err: error }, 'a call could not be answered');
      response.destroy();
    });
    return true;
  };
}

async function answer(
  route: UnaryRoute,
  options: UnaryOptions,
  request: NodeRequest,
  response: NodeResponse,
): Promise<void> {
  const { protocol } = route;
  const { context, end } = createUnaryContext(route, options.shutdownSignal, request, response);
  const reception: Reception = {};
  context.values.set(messageCheckKey, async () => {
    reception.body = await readBody(request, options.readMaxBytes + protocol.overheadBytes);
    if (reception.body.isWhole) receive(route, reception, joinChunks(reception.body.chunks));
  });
  const outcome = await serve(route, options, context, reception);
  end();
  if (outcome) await protocol.send(response, context, outcome);
  else await handOver(route, request, response, reception.body);
}

/** Lets the adapter answer a call, from its beginning. */
async function handOver(
  { handler }: UnaryRoute,
  request: NodeRequest,
  response: NodeResponse,
  body: ReadBody | undefined,
): Promise<void> {
  const asked = universalRequestFromNodeRequest(request, response, undefined, undefined);
  const replayed = body ? replayBody(request, body) : asked.body;
  await universalResponseToNodeResponse(await handler({ ...asked, body: replayed }), response);
}

/** Parses the message of a body. What is wrong with one that cannot be parsed is for the adapter to tell. */
function receive({ protocol, serialization }: UnaryRoute, reception: Reception, body: Uint8Array) {
  const bytes = protocol.unwrap(body);
  if (!bytes || !(protocol.isBinary || isUtf8(bytes))) return;
  try {
    reception.message = serialization.getI(protocol.isBinary).parse(bytes);
  } catch {
    // It stays without a message.
  }
}

/** Gives the answer to a call, or its error; undefined where its message cannot be read. */
async function serve(
  { method, protocol, serialization }: UnaryRoute,
  options: UnaryOptions,
  context: HandlerContext,
  reception: Reception,
): Promise<Uint8Array | ConnectError | undefined> {
  try {
    // The gate asks for the message, once the caller is known.
    await options.requestGate(context);
    if (!reception.message) return undefined;
    const { message } = reception;
    const output = await invokeUnaryImplementation(method, context, message, options.interceptors);
    return serialization.getO(protocol.isBinary).serialize(output);
  } catch (error) {
    return toConnectError(error);
  }
}
