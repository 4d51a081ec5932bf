import type { Call, LongCall } from '../domain/ledger.ts';
import type { Scope } from '../domain/scope.ts';
import type { Answer } from './answer.ts';
import { parseShape, type Shape, type Shaped } from './field.ts';
import { type Headers, parseIntent, type TakenIntent } from './intent.ts';
import { refuseInvalid } from './refusal.ts';
import { madeQuery } from './transition-query.ts';

/** What a request holds besides its call, before any rule was looked at. */
export interface RequestParts {
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
  /** Makes of the call one that goes on until its client leaves or the service goes down. */
  readonly prolong: (call: Call) => LongCall;
}

/** One method of one path. */
export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** The path, in which `:name` stands for one percent-encoded segment. */
  readonly path: string;
  /** What it asks of the key that calls it. */
  readonly scope: Scope;
  /** Whether it takes a JSON body. The body of another one is read and dropped. */
  readonly takesBody: boolean;
  /** Answers a request. Refusals are thrown. */
  readonly answer: (call: Call, parts: RequestParts) => Promise<Answer>;
}

/** Describes a route by the shapes of its parts, so that its handler gets what was validated and nothing else. */
export function defineRoute<Path extends Shape, Query extends Shape, Body extends Shape>(
  route: {
    readonly method: Route['method'];
    readonly path: string;
    readonly scope: Scope;
    readonly pathShape?: Path;
    readonly query?: Query;
    readonly body?: Body;
    readonly answer: (
      call: Call,
      parts: {
        readonly path: Shaped<Path>;
        readonly query: Shaped<Query>;
        readonly body: Shaped<Body>;
      } & Pick<RequestParts, 'headers' | 'prolong'>,
    ) => Promise<Answer>;
  } & TakenIntent,
): Route {
  return {
    method: route.method,
    path: route.path,
    scope: route.scope,
    takesBody: route.body !== undefined,
    async answer(call, parts) {
      const path = parseShape(parts.path, route.pathShape ?? ({} as Path));
      const query = parseShape(parts.query, {
        ...(route.method !== 'GET' && madeQuery),
        ...route.query,
      } as unknown as Query);
      const body = parseShape(parts.body, route.body ?? ({} as Body));
      const { intent, violations: wrongHeaders } =
        route.method === 'GET' ? { intent: {}, violations: [] } : parseIntent(parts.headers, route);
      const violations = [
        ...[path, query, body].flatMap((part) => part.violations),
        ...wrongHeaders,
      ];
      if (violations.length > 0) throw refuseInvalid(violations);
      return await route.answer(
        { ...call, intent },
        {
          path: path.value,
          query: query.value,
          body: body.value,
          headers: parts.headers,
          prolong: parts.prolong,
        },
      );
    },
  };
}
