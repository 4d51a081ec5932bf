/** What both protocols' responses of node have alike. */
export interface Response {
  readonly destroyed: boolean;
  readonly headersSent: boolean;
  writeHead(status: number, headers: Record<string, string | number>): unknown;
  write(chunk: string): boolean;
  end(body: string): unknown;
  on(event: 'drain' | 'close', listener: () => void): unknown;
  off(event: 'drain' | 'close', listener: () => void): unknown;
}

/** An answer: its status, and what it holds; undefined for an answer without a body. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The events that are answered one by one instead of a body. */
  readonly events?: AsyncGenerator<string, void, undefined>;
}

/** The answer of a change that has nothing to tell. */
export const noContent: Answer = { status: 204 };

/** Makes the answer of a call that went well. */
export function ok(body: unknown): Answer {
  return { status: 200, body };
}

/** What has an etag. */
interface Tagged {
  readonly etag: string;
}

/** Adds the etag of the resource that an answer is about. */
export function tag(answer: Answer, resource: Tagged): Answer {
  return { ...answer, headers: { ...answer.headers, etag: toEntityTag(resource) } };
}

/** Quotes the etag of a resource, as HTTP tells it (RFC 9110, section 8.8.3). */
export function toEntityTag({ etag }: Tagged): string {
  return `"${etag}"`;
}

/** Sends an answer as JSON. A peer that is gone gets none. */
export function sendAnswer(response: Response, requestId: string, answer: Answer): void {
  if (response.destroyed || response.headersSent) return;
  const headers: Record<string, string | number> = { 'x-request-id': requestId, ...answer.headers };
  if (answer.body === undefined) {
    response.writeHead(answer.status, headers);
    response.end('');
    return;
  }
  const json = JSON.stringify(answer.body);
  headers['content-type'] = 'application/json; charset=utf-8';
  headers['content-length'] = Buffer.byteLength(json);
  response.writeHead(answer.status, headers);
  response.end(json);
}
