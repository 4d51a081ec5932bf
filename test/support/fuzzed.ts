import {
  type DescMessage,
  type DescMethod,
  type DescMethodUnary,
  type Message,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel as Idempotency } from '@bufbuild/protobuf/wkt';
import { createRoutes } from '../../src/rest/handler.ts';
import { ledgerServices } from '../../src/rpc/handler.ts';
import { createValueMutation } from './mutated-values.ts';
import { mutateBytes, mutatePath } from './mutation.ts';
import type { Random } from './random.ts';
import { frame, type RawRequest } from './raw-request.ts';
import { toConnect, toGrpc } from './target.ts';
import { type RequestOfMethod, requestsOf } from './walk/messages.ts';
import type { Refs } from './walk/refs.ts';
import { requestOf } from './walk/routes.ts';

/** Makes mutated requests of one kind: good ones of any call of the contract, with another value in them or some bytes changed. */
export interface Fuzzer {
  /** Tells what is asked for, and whether that reads and no more, as long as the mutation leaves it as it is. */
  create(random: Random): { readonly request: RawRequest; readonly isRead: boolean };
}

type Headers = Readonly<Record<string, string>>;

const headerValues: Readonly<Record<string, readonly string[]>> = {
  'content-type': ['application/json', 'application/proto', 'text/plain', '__proto__', ''],
  'content-encoding': ['identity', 'gzip', 'br', '$'],
  'grpc-encoding': ['identity', 'gzip', 'snappy', '$'],
  'grpc-timeout': ['0m', '1n', '10S', '99999999H', 'x', '-1S'],
  'connect-timeout-ms': ['0', '1', '10000', '9999999999', 'x', '-1'],
  'connect-protocol-version': ['1', '2', ''],
  'x-request-id': ['a', '$', '\xff', 'x'.repeat(500)],
  'x-api-key': ['', 'lk_unknown', '__proto__', 'x'.repeat(3_000)],
  authorization: ['', 'Bearer', 'Basic x', 'Bearer lk_unknown'],
  accept: ['*/*', 'text/html'],
  'if-match': ['*', '"1"', '"', 'x'.repeat(500)],
  'idempotency-key': ['', 'a', '\xff', 'x'.repeat(300)],
};

/** Changes a header, or leaves the headers as they are. */
function mutateHeaders(headers: Headers, random: Random): Record<string, string> {
  if (random.below(3) > 0) return { ...headers };
  const name = random.pick(Object.keys(headerValues));
  return { ...headers, [name]: random.pick(headerValues[name] ?? ['']) };
}

type UnaryMethod = DescMethod & DescMethodUnary;
interface Sample {
  readonly method: UnaryMethod;
  readonly request: RequestOfMethod;
}

/** A good request of each unary method of the contract, by each way to name its resource. */
const samples: readonly Sample[] = ledgerServices
  .flatMap((service) => service.methods)
  .filter((method): method is UnaryMethod => method.methodKind === 'unary')
  .flatMap((method) => requestsOf(method).map((request) => ({ method, request })));

/** How the message of a request is written, and what becomes of it where it is not its values that are mutated. */
interface Form {
  readonly write: (schema: DescMessage, message: Message) => Buffer;
  readonly toRequest: (method: string, body: Buffer, headers: Headers) => RawRequest;
  readonly headers: Headers;
}

/** Creates a fuzzer of an RPC protocol. */
function fuzzRpc(refs: Refs, auth: Headers, form: Form): Fuzzer {
  const { mutate } = createValueMutation(Object.values(refs));
  return {
    create(random) {
      const { method, request } = random.pick(samples);
      const message = request.build(refs);
      const hasOtherValues = random.below(3) > 0;
      const mutated = hasOtherValues ? mutate(method.input, message, random) : message;
      const bytes = form.write(method.input, mutated);
      const body = hasOtherValues ? bytes : mutateBytes(bytes, random);
      const headers = mutateHeaders({ ...auth, ...form.headers }, random);
      const written = form.toRequest(method.name, body, headers);
      const isMoved = random.below(8) === 0;
      return {
        request: isMoved ? { ...written, path: mutatePath(written.path, random) } : written,
        isRead: method.idempotency === Idempotency.NO_SIDE_EFFECTS && !isMoved,
      };
    },
  };
}

const writeBytes: Form['write'] = (schema, message) => Buffer.from(toBinary(schema, message));

/** Creates the fuzzer of Connect with JSON. */
export function fuzzConnectJson(refs: Refs, auth: Headers): Fuzzer {
  return fuzzRpc(refs, auth, {
    write: (schema, message) => Buffer.from(JSON.stringify(toJson(schema, message))),
    toRequest: toConnect,
    headers: {},
  });
}

/** Creates the fuzzer of Connect with protobuf. */
export function fuzzConnectBinary(refs: Refs, auth: Headers): Fuzzer {
  const headers = { 'content-type': 'application/proto' };
  return fuzzRpc(refs, auth, { write: writeBytes, toRequest: toConnect, headers });
}

/** Creates the fuzzer of gRPC: of its messages, and of the frames around them. */
export function fuzzGrpc(refs: Refs, auth: Headers): Fuzzer {
  return fuzzRpc(refs, auth, {
    write: (schema, message) => frame(writeBytes(schema, message)),
    toRequest: toGrpc,
    headers: {},
  });
}

/** Creates the fuzzer of gRPC-Web. */
export function fuzzGrpcWeb(refs: Refs, auth: Headers): Fuzzer {
  return fuzzRpc(refs, auth, {
    write: writeBytes,
    toRequest: (method, body, headers) => toConnect(method, frame(body), headers),
    headers: { 'content-type': 'application/grpc-web+proto' },
  });
}

/** Creates the fuzzer of REST. A watch has no end to wait for. */
export function fuzzRest(refs: Refs, auth: Headers): Fuzzer {
  // Nothing is asked of the ledger before a request comes.
  const routes = createRoutes({} as Parameters<typeof createRoutes>[0]).filter(
    ({ path }) => !path.endsWith('/watch'),
  );
  const { mutateJson } = createValueMutation(Object.values(refs));
  return {
    create(random) {
      const route = random.pick(routes);
      const { path, body = '{}' } = requestOf(route, refs);
      const hasOtherValues = random.below(3) > 0;
      const isMoved = random.below(4) === 0;
      const isTurned = random.below(20) === 0;
      const mutated = hasOtherValues
        ? JSON.stringify(body === '{}' ? {} : mutateJson(JSON.parse(String(body)), random))
        : mutateBytes(Buffer.from(body), random);
      return {
        request: {
          method: isTurned ? random.pick(['PATCH', 'DELETE', 'OPTIONS', 'PUT']) : route.method,
          path: isMoved ? mutatePath(path, random) : path,
          headers: mutateHeaders({ ...auth, 'content-type': 'application/json' }, random),
          ...(route.method !== 'GET' && { body: mutated }),
        },
        isRead: route.scope.endsWith(':read') && !isMoved && !isTurned,
      };
    },
  };
}
