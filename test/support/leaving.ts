import { onTestFinished } from 'vitest';
import { encodeFrame, encodeHeaders, flag, frameType, opening } from '../http/frames.ts';
import { connect } from '../http/wire.ts';
import type { RawRequest } from './raw-request.ts';

/** How a client leaves: by RST_STREAM with CANCEL or NO_ERROR, or with its connection. */
export const departures = {
  http1: ['cut'],
  http2: ['cancel', 'reset', 'cut'],
} as const;
export type Departure = 'cancel' | 'reset' | 'cut';

const codes = { reset: 0, cancel: 8 };

/** A call whose client can leave at any time. */
export interface Leaving {
  leave(departure: Departure): void;
}

/** Sends a request over HTTP/1.1, all of it or all but the last byte of its body. */
export async function beginHttp1(
  port: number,
  { method, path, headers, body = '' }: RawRequest,
  isWhole: boolean,
): Promise<Leaving> {
  const bytes = Buffer.from(body);
  const fields = Object.entries({ host: 'a', 'content-length': bytes.length, ...headers });
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`);
  const wire = await connect(port);
  onTestFinished(() => void wire.socket.destroy());
  wire.send(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  wire.send(isWhole ? bytes : bytes.subarray(0, -1));
  return { leave: () => void wire.socket.resetAndDestroy() };
}

/** Sends a request over HTTP/2, frame by frame: all of it, or all but the last byte of its body and the end. */
export async function beginHttp2(
  port: number,
  { method, path, headers = {}, body = '' }: RawRequest,
  isWhole: boolean,
): Promise<Leaving> {
  const bytes = Buffer.from(body);
  const streamId = 1;
  const fields = Object.entries({
    ':method': method,
    ':scheme': 'http',
    ':path': path,
    ':authority': 'a',
    ...headers,
  });
  const wire = await connect(port);
  onTestFinished(() => void wire.socket.destroy());
  wire.send(opening);
  wire.send(encodeFrame(frameType.headers, flag.endHeaders, streamId, encodeHeaders(fields)));
  const [flags, sent] = isWhole ? [flag.endStream, bytes] : [0, bytes.subarray(0, -1)];
  wire.send(encodeFrame(frameType.data, flags, streamId, sent));
  return {
    leave(departure) {
      if (departure === 'cut') {
        wire.socket.resetAndDestroy();
        return;
      }
      const code = Buffer.alloc(4);
      code.writeUInt32BE(codes[departure]);
      wire.send(encodeFrame(frameType.resetStream, 0, streamId, code));
    },
  };
}
