import type { HandlerContext } from '@connectrpc/connect';
import type { Logger } from 'pino';
import { Health } from '../../gen/grpc/health/v1/health_pb.js';
import { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.js';
import { ServerReflection as ServerReflectionAlpha } from '../../gen/grpc/reflection/v1alpha/reflection_pb.js';
import { type Authenticate, keyFromHeaders, type Principal } from '../domain/api-key.ts';
import { assertScope } from '../domain/grant.ts';
import type { Limiter } from '../domain/limit.ts';
import { parseRequestId } from '../domain/request-id.ts';
import { arrivalKey, toDeadline } from './call.ts';
import { toConnectError } from './error.ts';
import { logCall } from './log.ts';
import { scopeOf } from './method-scopes.ts';
import { messageCheckKey } from './request-guard.ts';

/** The services that need no key, by name; all others do. */
const publicServices: ReadonlySet<string> = new Set([
  Health.typeName,
  ServerReflection.typeName,
  ServerReflectionAlpha.typeName,
]);

/**
 * Creates the gate that every call passes before its message is parsed: it names the call, authenticates it, holds it to the limits
 * and the scopes of its key, and only then reads its message and refuses one that cannot be read, so that nobody can make the
 * service parse what it need not.
 */
export function createRequestGate(
  authenticate: Authenticate,
  limiter: Limiter,
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
        enter(context, principal, limiter);
        assertScope(principal.grants, scopeOf(context.method));
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

/** Counts a call among those of its key until its signal tells that it has ended, or that its caller has gone. */
function enter(context: HandlerContext, { limits }: Principal, limiter: Limiter): void {
  if (limits.length === 0) return;
  const leave = limiter.enter(limits);
  const { signal } = context;
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
}
