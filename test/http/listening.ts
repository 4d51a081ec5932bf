import type * as http from 'node:http';
import type * as http2 from 'node:http2';
import { expect, onTestFinished } from 'vitest';
import type { ListenerLimits } from '../../src/http/limits.ts';
import {
  type Listener,
  type ListenerLog,
  type RequestHandler,
  startListener,
} from '../../src/http/listener.ts';
import { exchange } from './wire.ts';

/** Time-outs that a test can wait for; what is not named here is as in production. */
const shortTimeouts: Partial<ListenerLimits> = {
  prefaceTimeoutMs: 200,
  headersTimeoutMs: 200,
  requestTimeoutMs: 400,
  lingerTimeoutMs: 200,
  sweepIntervalMs: 20,
};

interface TestListenerOptions {
  handler?: RequestHandler;
  limits?: Partial<ListenerLimits>;
  log?: ListenerLog;
  host?: string;
  port?: number;
}

/** Starts a listener with short time-outs that is closed when the test ends. */
export async function startTestListener(options: TestListenerOptions = {}): Promise<Listener> {
  const listener = await startListener({
    host: '127.0.0.1',
    port: 0,
    handler: answerEcho,
    ...options,
    limits: { ...shortTimeouts, ...options.limits },
  });
  onTestFinished(() => listener.close());
  return listener;
}

/** Answers what the handler was told: version, URL and host. */
export const answerEcho: RequestHandler = (request, response) => {
  const host = 'authority' in request ? request.authority : request.headers.host;
  answer(response, JSON.stringify({ version: request.httpVersion, url: request.url, host }));
};

/** Answers 200 with a body of the given text or bytes. */
export function answer(
  response: http.ServerResponse | http2.Http2ServerResponse,
  body: string | Uint8Array,
): void {
  response.statusCode = 200;
  response.setHeader('content-length', Buffer.byteLength(body));
  // The two classes agree on end(), but their overloads do not: the call has to be of one of them.
  (response as http.ServerResponse).end(body);
}

/** Begins an answer of 200 with the given text, and leaves it open. */
export function begin(
  response: http.ServerResponse | http2.Http2ServerResponse,
  text: string,
): void {
  (response as http.ServerResponse).write(text);
}

/** Reads a request's body and goes on with it; a request that is cut ends here. */
export function whenRead(
  request: http.IncomingMessage | http2.Http2ServerRequest,
  next: (body: Buffer) => void,
): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => next(Buffer.concat(chunks)));
  request.on('error', () => {});
}

/** A GET over HTTP/1.1 that asks for the connection to be closed after it. */
export const goodRequest = 'GET /good HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n';

/** Asserts that a good request on a fresh connection is answered. */
export async function expectAlive(listener: Listener): Promise<void> {
  expect(await exchange(listener.address.port, goodRequest)).toMatch(/^HTTP\/1\.1 200 /);
}
