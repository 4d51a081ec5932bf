import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { Logger } from 'pino';
import { type Authenticate, keyFromHeaders, type Principal } from '../domain/api-key.ts';
import { assertScope } from '../domain/grant.ts';
import type { Ledger } from '../domain/ledger.ts';
import { describeCause } from '../domain/ledger-error.ts';
import type { Limiter } from '../domain/limit.ts';
import { parseRequestId } from '../domain/request-id.ts';
import { createAccountRoutes } from './account-routes.ts';
import { type Answer, type Response, sendAnswer } from './answer.ts';
import { parseBody, readBody } from './body.ts';
import { createCustomerRoutes } from './customer-routes.ts';
import { toAnswer } from './refusal.ts';
import type { Route } from './route.ts';
import { createRouter, type FindRoute } from './router.ts';

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
}

/** What the log tells of a call, filled in as it becomes known. */
interface Progress {
  principal?: Principal;
  path?: string;
}

/** Creates the table of routes. */
export function createRoutes(ledger: Ledger): Route[] {
  return [...createCustomerRoutes(ledger.customers), ...createAccountRoutes(ledger.accounts)];
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
    const finish = (answer: Answer, error?: unknown) => {
      sendAnswer(response, requestId, answer);
      // What is left of a body that was refused is not waited for, but must not block the connection either.
      request.resume();
      const line = {
        method: `${request.method} ${progress.path ?? '?'}`,
        status: answer.status,
        ms: Math.round((performance.now() - startTime) * 100) / 100,
        requestId,
        tenant: progress.principal?.tenant,
        actor: progress.principal?.actor,
      };
      if (answer.status === 500) options.log.error({ ...line, err: error }, 'call');
      else if (answer.status > 500)
        options.log.warn({ ...line, cause: describeCause(error) }, 'call');
      else options.log.info(line, 'call');
    };
    answerRequest(options, findRoute, request, progress).then(finish, (error: unknown) =>
      finish(toAnswer(error), error),
    );
  };
}

async function answerRequest(
  options: RestOptions,
  findRoute: FindRoute,
  request: Request,
  progress: Progress,
): Promise<Answer> {
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
  const leave = options.limiter.enter(principal.limits);
  try {
    const { route, path, query } = findRoute(request.method ?? '', request.url ?? '');
    progress.path = route.path;
    assertScope(principal.grants, route.scope);
    const bytes =
      route.method === 'GET' ? undefined : await readBody(request, options.bodyBytesMax);
    const body = route.takesBody && bytes ? parseBody(bytes) : {};
    const { tenant, actor } = principal;
    return await route.answer({ tenant, actor, deadline }, { path, query, body });
  } finally {
    leave();
  }
}
