import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { Logger } from 'pino';
import { type Authenticate, keyFromHeaders, type Principal } from '../domain/api-key.ts';
import { assertScope } from '../domain/grant.ts';
import type { Call, Ledger } from '../domain/ledger.ts';
import { describeCause } from '../domain/ledger-error.ts';
import type { Limiter } from '../domain/limit.ts';
import { parseRequestId } from '../domain/request-id.ts';
import { createAccountRoutes } from './account-routes.ts';
import { type Answer, type Response, sendAnswer } from './answer.ts';
import { createBlockageRoutes } from './blockage-routes.ts';
import { parseBody, readBody } from './body.ts';
import { createChangeRoutes } from './change-routes.ts';
import { createCustomerBatchRoutes } from './customer-batch-routes.ts';
import { createCustomerRoutes } from './customer-routes.ts';
import { sendEvents } from './event-stream.ts';
import { toAnswer } from './refusal.ts';
import type { Route } from './route.ts';
import { createRouter, type FindRoute } from './router.ts';
import { createTransactionRoutes } from './transaction-routes.ts';
import { createVirtualCurrencyRoutes } from './virtual-currency-routes.ts';

type Request = IncomingMessage | Http2ServerRequest;

export interface RestOptions {
  readonly ledger: Ledger;
  readonly authenticate: Authenticate;
  readonly limiter: Limiter;
  readonly log: Logger;
  /** The longest a call may take, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** The largest body, in bytes. */
  readonly bodyBytesMax: number;
  /** Aborted when a drain begins: what would go on for ever ends. */
  readonly drainSignal: AbortSignal;
}

/** What is known of a call, filled in as it becomes known. */
interface Progress {
  principal?: Principal;
  path?: string;
  /** Ends the call among those that its key has in flight. */
  leave?: () => void;
}

/** Creates the table of routes. */
export function createRoutes(ledger: Ledger): Route[] {
  return [
    ...createCustomerRoutes(ledger.customers),
    ...createCustomerBatchRoutes(ledger.customers),
    ...createChangeRoutes(ledger.changes),
    ...createAccountRoutes(ledger.accounts),
    ...createBlockageRoutes(ledger.blockages),
    ...createTransactionRoutes(ledger.transactions),
    ...createVirtualCurrencyRoutes(ledger.virtualCurrencies),
  ];
}

/**
 * Creates the handler that answers REST. What is wrong first is told first: the key and its limits, then path and method, the scope,
 * the size of the body, its rules, the state (wire contract, section 1).
 */
export function createRestHandler(options: RestOptions) {
  const findRoute = createRouter(createRoutes(options.ledger));
  return (request: Request, response: Response): void => {
    const startTime = performance.now();
    const requestId = parseRequestId(request.headers['x-request-id']);
    const progress: Progress = {};
    const finish = async (answer: Answer, error?: unknown) => {
      const failure = answer.events && (await sendEvents(response, requestId, answer.events));
      if (!answer.events) sendAnswer(response, requestId, answer);
      const { status } = failure ? toAnswer(failure) : answer;
      const cause = failure ?? error;
      // What is left of a body that was refused is not waited for, but must not block the connection either.
      request.resume();
      const line = {
        method: `${request.method} ${progress.path ?? '?'}`,
        status,
        ms: Math.round((performance.now() - startTime) * 100) / 100,
        requestId,
        tenant: progress.principal?.tenant,
        actor: progress.principal?.actor,
      };
      logCall(options.log, line, cause);
    };
    answerRequest({ options, findRoute, request, response, progress })
      .then(finish, (error: unknown) => finish(toAnswer(error), error))
      .finally(() => progress.leave?.());
  };
}

/** Logs a line of a call, the louder the less it is the caller's doing. */
function logCall(log: Logger, line: { readonly status: number }, cause: unknown): void {
  if (line.status === 500) log.error({ ...line, err: cause }, 'call');
  else if (line.status > 500) log.warn({ ...line, cause: describeCause(cause) }, 'call');
  else log.info(line, 'call');
}

async function answerRequest(exchange: {
  readonly options: RestOptions;
  readonly findRoute: FindRoute;
  readonly request: Request;
  readonly response: Response;
  readonly progress: Progress;
}): Promise<Answer> {
  const { options, findRoute, request, response, progress } = exchange;
  const deadline = Date.now() + options.requestTimeoutMs;
  const { headers } = request;
  const apiKey = headers['x-api-key'];
  const key = keyFromHeaders(
    typeof apiKey === 'string' ? apiKey : undefined,
    headers.authorization,
  );
  const found = options.authenticate(key, deadline);
  const principal: Principal = found instanceof Promise ? await found : found;
  progress.principal = principal;
  progress.leave = options.limiter.enter(principal.limits);
  const { route, path, query } = findRoute(request.method ?? '', request.url ?? '');
  progress.path = route.path;
  assertScope(principal.grants, route.scope);
  const bytes = route.method === 'GET' ? undefined : await readBody(request, options.bodyBytesMax);
  const body = route.takesBody && bytes ? parseBody(bytes) : {};
  const { tenant, actor } = principal;
  let isReplay = false;
  const onReplay = () => {
    isReplay = true;
  };
  const prolong = (call: Call) => ({
    ...call,
    signal: AbortSignal.any([options.drainSignal, closeSignalOf(response)]),
    assertAllowed: async () => {
      const { grants } = await options.authenticate(key, Date.now() + options.requestTimeoutMs);
      assertScope(grants, route.scope);
    },
    hangUp: () => void ('stream' in request ? request.stream : request.socket).destroy(),
  });
  const call = { tenant, actor, deadline, onReplay };
  const answer = await route.answer(call, { path, query, body, headers, prolong });
  if (!isReplay) return answer;
  return { ...answer, headers: { ...answer.headers, 'idempotency-replayed': 'true' } };
}

/** Gives a signal that is aborted when the client of a response is gone. */
function closeSignalOf(response: Response): AbortSignal {
  const closed = new AbortController();
  response.on('close', () => closed.abort());
  return closed.signal;
}
