import type * as http from 'node:http';
import * as http2 from 'node:http2';
import * as net from 'node:net';

/** A request as it is to be sent, right or wrong. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** The trailers of gRPC: behind the body, or the headers themselves where there is no body. */
  readonly trailers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends requests of one connection or session after the other. */
export interface RawClient {
  send(request: RawRequest): Promise<RawAnswer>;
  close(): void;
}

/** How long an answer may take: far longer than any of them should. */
const answerTimeMaxMs = 15_000;

/** Sends requests over HTTP/1.1, each on a connection of its own, with the path and the header values as they are. */
export function createHttp1Client(address: string): RawClient {
  const { hostname, port } = new URL(address);
  return {
    close: () => undefined,
    send: ({ method, path, headers = {}, body = '' }) => {
      const bytes = Buffer.from(body);
      const lines = Object.entries({
        host: `${hostname}:${port}`,
        connection: 'close',
        ...(method !== 'GET' && { 'content-length': String(bytes.length) }),
        ...headers,
      }).map(([name, value]) => `${name}: ${value}\r\n`);
      const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
      return exchange(Number(port), Buffer.concat([head, bytes]));
    },
  };
}

/** Sends bytes on a connection of their own, and reads the answer that they get. */
export function exchange(port: number, bytes: Uint8Array): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    const chunks: Buffer[] = [];
    socket.setTimeout(answerTimeMaxMs, () => socket.destroy(new Error('no answer in time')));
    socket.on('data', (chunk) => chunks.push(chunk));
    // A connection that is reset after its answer has given the answer.
    socket.on('error', (error) => chunks.length === 0 && reject(error));
    socket.on('close', () => {
      const answer = parseHttp1(Buffer.concat(chunks));
      if (answer) resolve(answer);
      else reject(new Error(`no HTTP answer: ${Buffer.concat(chunks).toString('latin1')}`));
    });
    socket.write(bytes);
  });
}

/** Parses an answer of HTTP/1.1 that ends with its connection; undefined when it is none. */
export function parseHttp1(bytes: Buffer): RawAnswer | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  const [first = '', ...lines] = bytes
    .subarray(0, Math.max(end, 0))
    .toString('latin1')
    .split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1];
  if (status === undefined) return undefined;
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  ) as http.IncomingHttpHeaders;
  const rest = bytes.subarray(end + 4);
  const body = headers['transfer-encoding'] === 'chunked' ? joinChunks(rest) : rest;
  return { status: Number(status), headers, trailers: headers, body };
}

function joinChunks(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let offset = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', offset);
    const length = Number.parseInt(bytes.subarray(offset, lineEnd).toString('latin1'), 16);
    if (lineEnd < 0 || !(length > 0)) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + length));
    offset = lineEnd + 2 + length + 2;
  }
}

/** Sends requests over HTTP/2 in one session, which is opened again when it has ended. */
export function createHttp2Client(address: string): RawClient {
  let session: http2.ClientHttp2Session | undefined;
  const open = () => {
    if (session && !session.closed && !session.destroyed) return session;
    // What was to be sent in uploads that were cut counts in the memory of this side.
    session = http2.connect(address, { maxSessionMemory: 1_000 });
    session.on('error', () => undefined);
    return session;
  };
  return {
    close: () => session?.destroy(),
    send: ({ method, path, headers = {}, body }) =>
      new Promise((resolve, reject) => {
        const stream = open().request(
          { ':method': method, ':path': path, ...headers },
          { endStream: body === undefined },
        );
        const answer = { status: 0, headers: {}, trailers: {} };
        const chunks: Buffer[] = [];
        stream.setTimeout(answerTimeMaxMs, () => stream.close(http2.constants.NGHTTP2_CANCEL));
        stream.on('response', (received) => {
          answer.status = Number(received[':status']);
          answer.headers = received;
          if (received['grpc-status'] !== undefined) answer.trailers = received;
        });
        stream.on('trailers', (received) => {
          answer.trailers = received;
        });
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        // The answer is whole when its side of the stream has ended, also when the request has not.
        stream.on('end', () => {
          resolve({ ...answer, body: Buffer.concat(chunks) });
          stream.close(http2.constants.NGHTTP2_CANCEL);
        });
        stream.on('error', reject);
        stream.on('close', () => reject(new Error(`reset with code ${stream.rstCode}`)));
        if (body !== undefined) stream.end(body);
      }),
  };
}

/** Frames a message as gRPC does: its flags, its length, itself. */
export function frame(message: Uint8Array, flags = 0, length = message.length): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}
