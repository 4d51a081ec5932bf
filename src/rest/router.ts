import { parse } from 'node:querystring';
import createFindMyWay, { type HTTPMethod } from 'find-my-way';
import { refuse, refuseInvalid } from './refusal.ts';
import type { Route } from './route.ts';

/** The methods whose presence an Allow header tells. */
const methods: readonly HTTPMethod[] = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'];

/** The longest segment that is looked at; what is longer than its rule allows is told so by the rule. */
const segmentLengthMax = 16_384;

/** The parts of a URL that a route reads, decoded. */
export interface Target {
  readonly route: Route;
  readonly path: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, unknown>>;
}

/** Finds the route of a method and a URL. Refused: 400 for a URL that is none, 404 for its path, 405 for its method. */
export type FindRoute = (method: string, url: string) => Target;

/** Creates the router of a table of routes. Repeated slashes of a path count as one, since some clients send them. */
export function createRouter(routes: readonly Route[]): FindRoute {
  const router = createFindMyWay<never>({
    ignoreDuplicateSlashes: true,
    ignoreTrailingSlash: true,
    maxParamLength: segmentLengthMax,
  });
  for (const route of routes) {
    const covered: HTTPMethod[] = route.method === 'GET' ? ['GET', 'HEAD'] : [route.method];
    router.on(covered, route.path, () => undefined, route);
  }

  return (method, url) => {
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const search = mark < 0 ? '' : url.slice(mark + 1);
    assertDecodable(path, 'path');
    assertDecodable(search, 'query');
    const found = router.find(method as HTTPMethod, path);
    if (!found) {
      const allowed = methods.filter((other) => router.find(other, path));
      if (allowed.length === 0) throw refuse(404, 'Not found');
      throw refuse(405, 'Method not allowed', { allow: allowed.join(', ') });
    }
    return { route: found.store as Route, path: found.params, query: parse(search) };
  };
}

/** Refuses percent-encoding that is broken, or does not stand for UTF-8. */
function assertDecodable(text: string, property: string): void {
  if (!text.includes('%')) return;
  try {
    decodeURIComponent(text);
  } catch {
    const constraints = { matches: `${property} must be percent-encoded UTF-8` };
    throw refuseInvalid([{ target: {}, value: text.slice(0, 200), property, constraints }]);
  }
}
