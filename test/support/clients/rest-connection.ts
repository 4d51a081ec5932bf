import type { Page } from './ledger-client.ts';
import { Refusal } from './refusal.ts';

/** The body of an error of REST. */
interface ErrorBody {
  readonly statusCode: number;
  readonly errorCode?: string;
  readonly message: string;
  readonly data?: readonly {
    readonly property: string;
    readonly constraints: Readonly<Record<string, string>>;
  }[];
  readonly blockers?: { readonly count: number; readonly ids: readonly string[] };
}

/** What a request asks for by its query; what is undefined is left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Sends requests of REST by nothing but fetch. What is refused is thrown as a Refusal. */
export interface RestConnection {
  /** Sends what the SDKs send: a change of state has no body. Gives the JSON of the answer; undefined for one without a body. */
  send<T>(method: string, path: string, body?: object): Promise<T>;
  /** Reads a page of a list; `from` is an offset. A list that is asked for by POST has a body. */
  list<T>(path: string, page: RestPage, query?: Query, body?: object): Promise<Page<T>>;
}

interface RestPage {
  readonly size: number;
  readonly from?: string;
}

/** Opens a connection to the REST API. */
export function openRestConnection(address: string, key: string): RestConnection {
  async function send<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${address}/v3/ledger/${path}`, {
      method,
      headers: {
        'x-api-key': key,
        'content-type': body ? 'application/json' : 'application/x-www-form-urlencoded',
      },
      body: body ? JSON.stringify(body) : null,
    });
    const text = await response.text();
    if (!response.ok) throw toRefusal(response, JSON.parse(text) as ErrorBody);
    // An answer of 204 has no body: a client that reads one would fail.
    return (response.status === 204 ? undefined : JSON.parse(text)) as T;
  }

  return {
    send,
    async list<T>(path: string, { size, from = '0' }: RestPage, query: Query = {}, body?: object) {
      const target = withQuery(path, { ...query, pageSize: size, offset: from });
      const items = await send<T[]>(body ? 'POST' : 'GET', target, body);
      const isFull = items.length === size;
      return { items, next: isFull ? String(Number(from) + items.length) : undefined };
    },
  };
}

/** Adds a query to a path. */
export function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.append(name, String(value));
  }
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}

/** Makes a refusal of an error of REST. */
export function toRefusal({ status, headers }: Response, body: ErrorBody): Refusal {
  const retryAfter = headers.get('retry-after');
  return new Refusal({
    status,
    message: body.message,
    errorCode: body.errorCode,
    headers,
    blockers: body.blockers,
    violations: (body.data ?? []).flatMap(({ property, constraints }) =>
      Object.entries(constraints).map(([rule, description]) => ({
        field: property,
        rule,
        description,
      })),
    ),
    retryAfter: retryAfter === null ? undefined : Number(retryAfter),
  });
}
