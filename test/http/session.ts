import * as http2 from 'node:http2';
import { onTestFinished } from 'vitest';
import { decodeFrames, encodeFrame, type Frame, flag, frameType, opening } from './frames.ts';
import { connect, type Wire } from './wire.ts';

/** A raw HTTP/2 connection that has begun its session. */
export interface RawSession extends Wire {
  frames(): Frame[];
  /** Resolves with the first frame that satisfies the condition. */
  frame(condition: (frame: Frame) => boolean): Promise<Frame>;
}

export async function openRawSession(port: number): Promise<RawSession> {
  const wire = await connect(port);
  onTestFinished(() => void wire.socket.destroy());
  wire.send(opening);
  const frames = () => decodeFrames(wire.bytes());
  return {
    ...wire,
    frames,
    frame: async (condition) => {
      await wire.until(() => frames().some(condition));
      return frames().find(condition) as Frame;
    },
  };
}

/** Answers the pings of a raw session, as every living client does. */
export function answerPings(session: RawSession): void {
  let answered = 0;
  session.socket.on('data', () => {
    const pings = session
      .frames()
      .filter(({ type, flags }) => type === frameType.ping && flags === 0);
    for (const { payload } of pings.slice(answered)) {
      session.send(encodeFrame(frameType.ping, flag.ack, 0, payload));
    }
    answered = pings.length;
  });
}

export const isGoaway = (frame: Frame): boolean => frame.type === frameType.goaway;

/** The error code of a GOAWAY or RST_STREAM frame. */
export function errorCodeOf(frame: Frame): number {
  return frame.payload.readUInt32BE(frame.type === frameType.goaway ? 4 : 0);
}

export interface Answer {
  readonly headers: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader;
  readonly trailers: http2.IncomingHttpHeaders | undefined;
  readonly body: Buffer;
}

/** Connects as an HTTP/2 client that ends with the test. */
export async function openSession(
  port: number,
  options: http2.ClientSessionOptions = {},
): Promise<http2.ClientHttp2Session> {
  const session = http2.connect(`http://127.0.0.1:${port}`, options);
  session.on('error', () => {});
  onTestFinished(() => session.destroy());
  await new Promise<void>((resolve) => session.once('remoteSettings', () => resolve()));
  return session;
}

/** Sends a request with a body and resolves with its answer. */
export function call(
  session: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders,
  body?: Uint8Array,
): Promise<Answer> {
  const stream = session.request(headers, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  return readAnswer(stream);
}

/** Resolves with the answer of a stream; rejects when it is reset. */
export function readAnswer(stream: http2.ClientHttp2Stream): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let headers: Answer['headers'] = {};
    let trailers: http2.IncomingHttpHeaders | undefined;
    stream.on('response', (received) => {
      headers = received;
    });
    stream.on('trailers', (received) => {
      trailers = received;
    });
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('close', () => {
      if (stream.rstCode === 0) resolve({ headers, trailers, body: Buffer.concat(chunks) });
      else reject(new Error(`reset with code ${stream.rstCode}`));
    });
  });
}
