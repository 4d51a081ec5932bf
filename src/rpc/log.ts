import { Code, type Interceptor } from '@connectrpc/connect';
import { codeToString } from '@connectrpc/connect/protocol-connect';
import type { Logger } from 'pino';
import { describeCause } from '../domain/ledger-error.ts';
import { type Arrival, arrivalKey } from './call.ts';
import { toConnectError } from './error.ts';

/** The codes of what is not the caller's doing and passes. */
const passing: ReadonlySet<Code> = new Set([Code.Unavailable, Code.DeadlineExceeded, Code.Aborted]);

interface Procedure {
  readonly service: { readonly typeName: string };
  readonly method: { readonly name: string };
}

/** Logs the end of a call: its method, who called, how long it took and its code. A defect is logged with its cause. */
export function logCall(
  log: Logger,
  procedure: Procedure,
  arrival: Arrival,
  error?: unknown,
): void {
  const code = error === undefined ? undefined : toConnectError(error).code;
  const line = {
    method: `${procedure.service.typeName}/${procedure.method.name}`,
    code: code === undefined ? 'OK' : codeToString(code).toUpperCase(),
    ms: Math.round((performance.now() - arrival.startTime) * 100) / 100,
    requestId: arrival.requestId,
    tenant: arrival.principal?.tenant,
    actor: arrival.principal?.actor,
  };
  if (code === Code.Internal || code === Code.Unknown) log.error({ ...line, err: error }, 'call');
  else if (code !== undefined && passing.has(code)) {
    log.warn({ ...line, cause: describeCause(error) }, 'call');
  } else log.info(line, 'call');
}

/**
 * Creates the outermost interceptor: it makes every error one that may be told, and logs the end of every call, of a stream when
 * it ends.
 */
export function createCallLog(log: Logger): Interceptor {
  return (next) => async (request) => {
    const arrival = request.contextValues.get(arrivalKey);
    const end = (error?: unknown) => {
      if (arrival) logCall(log, request, arrival, error);
    };
    try {
      const response = await next(request);
      if (response.stream) return { ...response, message: watchStream(response.message, end) };
      end();
      return response;
    } catch (error) {
      end(error);
      throw toConnectError(error);
    }
  };
}

/** Passes the messages of a stream on, and tells when it ends: with its error, or without one, also when its reader left. */
async function* watchStream<T>(
  messages: AsyncIterable<T>,
  end: (error?: unknown) => void,
): AsyncGenerator<T> {
  let failure: unknown;
  try {
    yield* messages;
  } catch (error) {
    failure = error;
    throw toConnectError(error);
  } finally {
    end(failure);
  }
}
