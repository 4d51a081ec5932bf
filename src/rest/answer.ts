/** What both protocols' responses of node have alike. */
export interface Response {
  readonly destroyed: boolean;
  readonly headersSent: boolean;
  writeHead(status: number, headers: Record<string, string | number>): unknown;
  end(body: string): unknown;
}

/** An answer: its status, and what it holds; undefined for an answer without a body. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer of a change that has nothing to tell. */
export const noContent: Answer = { status: 204 };

/** Makes the answer of a call that went well. */
export function ok(body: unknown): Answer {
  return { status: 200, body };
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
