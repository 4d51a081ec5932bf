import type { HandlerContext } from '@connectrpc/connect';
import type { Logger } from 'pino';
import { Health } from '../../gen/grpc/health/v1/health_pb.js';
import { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.js';
import { ServerReflection as ServerReflectionAlpha } from '../../gen/grpc/reflection/v1alpha/reflection_pb.js';
import { type Authenticate, keyFromHeaders, type Principal } from '../domain/api-key.ts';
import { parseRequestId } from '../domain/request-id.ts';
import { arrivalKey, toDeadline } from './call.ts';
import { toConnectError } from './error.ts';
import { logCall } from './log.ts';
import { messageCheckKey } from './request-guard.ts';

/** The services that need no key, by name; all others do. */
const publicServices: ReadonlySet<string> = new Set([
  Health.typeName,
  ServerReflection.typeName,
  ServerReflectionAlpha.typeName,
]);

/**
 * Creates the gate that every call passes before its message is parsed: it names the call, authenticates it, and only then reads
 * its message and refuses one that cannot be read, so that a stranger cannot make the service parse anything.
 */
export function createRequestGate(
  authenticate: Authenticate,
  log: Logger,
  timeoutMaxMs: number,
): (context: HandlerContext) => Promise<void> {
  return async (context) => {
    const { requestHeader, responseHeader, service, values } = context;
    const requestId = parseRequestId(requestHeader.get('x-request-id'));
    const startTime = performance.now();
    responseHeader.set('x-request-id', requestId);
    let principal: Principal | undefined;
    try {
      if (!publicServices.has(service.typeName)) {
        const found = authenticate(
          keyFromHeaders(requestHeader.get('x-api-key'), requestHeader.get('authorization')),
          toDeadline(context, timeoutMaxMs),
        );
        principal = found instanceof Promise ? await found : found;
      }
      await values.get(messageCheckKey)();
    } catch (error) {
      // No interceptor sees a call that the gate refuses.
      logCall(log, context, { requestId, startTime, principal }, error);
      throw toConnectError(error);
    }
    values.set(arrivalKey, { requestId, startTime, principal });
  };
}
