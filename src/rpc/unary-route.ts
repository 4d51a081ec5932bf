import type { DescMessage } from '@bufbuild/protobuf';
import {
  createMethodSerializationLookup,
  type MethodSerializationLookup,
  type UniversalHandler,
} from '@connectrpc/connect/protocol';
import { createConnectUnary } from './connect-unary.ts';
import { createGrpcUnary } from './grpc-unary.ts';
import { isUncompressed } from './request-message.ts';
import type { UnaryMethod } from './unary-methods.ts';
import type { NodeRequest, UnaryOptions, UnaryProtocol } from './unary-protocol.ts';

/** Where a request goes: a unary method, the protocol it is called by, and the adapter's handler of the method. */
export interface UnaryRoute {
  readonly method: UnaryMethod;
  readonly serialization: MethodSerializationLookup<DescMessage, DescMessage>;
  readonly handler: UniversalHandler;
  readonly protocol: UnaryProtocol;
  /** How long the call may take, in milliseconds; undefined where the client does not say. */
  readonly timeoutMs: number | undefined;
}

/**
 * Creates the search for the route of a request. None is found for a request whose head is not as it should be, or asks for what
 * only the adapter does: another protocol, another verb, a message that is compressed, a time-out that is none.
 *
 * @param handlers the adapter's handlers, of these methods and maybe of others
 */
export function createUnaryRouter(
  methods: readonly UnaryMethod[],
  handlers: readonly UniversalHandler[],
  options: UnaryOptions,
): (request: NodeRequest) => UnaryRoute | undefined {
  const targets = new Map(
    methods.flatMap((method) => {
      const handler = handlers.find((each) => each.method === method.method);
      return handler ? [[handler.requestPath, toTarget(method, handler, options)]] : [];
    }),
  );
  const protocols = new Map(
    [
      createGrpcUnary(options),
      createConnectUnary(options, 'json'),
      createConnectUnary(options, 'protobuf'),
    ].flatMap((protocol) => protocol.contentTypes.map((type) => [type, protocol])),
  );

  return (request) => {
    const target = request.method === 'POST' ? targets.get(request.url ?? '') : undefined;
    const protocol = target && protocols.get(request.headers['content-type'] ?? '');
    if (!protocol || request.httpVersionMajor < protocol.httpVersionMin) return undefined;
    if (!isUncompressed(readHeader(request, protocol.encodingHeader))) return undefined;
    const timeout = readHeader(request, protocol.timeoutHeader);
    const { timeoutMs, error } = protocol.parseTimeout(timeout, Number.POSITIVE_INFINITY);
    if (error) return undefined;
    return {
      ...target,
      protocol,
      timeoutMs: timeoutMs === undefined ? undefined : Math.min(timeoutMs, options.maxTimeoutMs),
    };
  };
}

function toTarget(method: UnaryMethod, handler: UniversalHandler, options: UnaryOptions) {
  const serialization = createMethodSerializationLookup(
    method.method,
    undefined,
    options.jsonOptions,
    options,
  );
  return { method, handler, serialization };
}

function readHeader({ headers }: NodeRequest, name: string): string | null {
  const value = headers[name];
  return value === undefined ? null : String(value);
}
