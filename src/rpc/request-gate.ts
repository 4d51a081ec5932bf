import type { HandlerContext } from '@connectrpc/connect';
import type { Logger } from 'pino';
import { Health } from '../../gen/grpc/health/v1/health_pb.js';
import { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.js';
import { ServerReflection as ServerReflectionAlpha } from '../../gen/grpc/reflection/v1alpha/reflection_pb.js';
import { type Authenticate, keyFromHeaders, type Principal } from '../domain/api-key.ts';
import { parseRequestId } from '../domain/request-id.ts';
import { arrivalKey } from './call.ts';
import { toConnectError } from './error.ts';
import { logCall } from './log.ts';

/** The services that need no key, by name; all others do. */
const publicServices: ReadonlySet<string> = new Set([
  Health.typeName,
  ServerReflection.typeName,
  ServerReflectionAlpha.typeName,
]);

/**
 * Creates the gate that every call passes before its message is read: it names the call and authenticates it, so that a stranger
 * cannot make the service parse anything.
 */
export function createRequestGate(
  authenticate: Authenticate,
  log: Logger,
): (context: HandlerContext) => void | Promise<void> {
  return (context) => {
    const requestId = parseRequestId(context.requestHeader.get('x-request-id'));
    const startTime = performance.now();
    context.responseHeader.set('x-request-id', requestId);
    const admit = (principal: Principal | undefined) => {
      context.values.set(arrivalKey, { requestId, startTime, principal });
    };
    const reject = (error: unknown): never => {
      logCall(log, context, { requestId, startTime, principal: undefined }, error);
      throw toConnectError(error);
    };
    if (publicServices.has(context.service.typeName)) return admit(undefined);
    try {
      const principal = authenticate(
        keyFromHeaders(
          context.requestHeader.get('x-api-key'),
          context.requestHeader.get('authorization'),
        ),
      );
      return principal instanceof Promise ? principal.then(admit, reject) : admit(principal);
    } catch (error) {
      return reject(error);
    }
  };
}
