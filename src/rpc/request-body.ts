import { clientGone } from './request-message.ts';
import type { NodeRequest } from './unary-protocol.ts';

/** What was read of a request's body. */
export interface ReadBody {
  readonly chunks: readonly Uint8Array[];
  /** Whether that is all of it: what is longer than the limit is not read to its end. */
  readonly isWhole: boolean;
}

/**
 * Asks whether the client of a request has gone away before its body was read to the end. A body over HTTP/2 then ends like one that
 * is whole, wherever it was cut, and in protobuf what is left of a message is a message: nobody else would notice.
 */
export function isGone(request: NodeRequest): boolean {
  return 'stream' in request ? request.stream.closed : request.destroyed && !request.readableEnded;
}

/**
 * Reads a body to its end, or until it is longer than the limit.
 *
 * @param bytesMax the limit, in bytes
 * @throws ConnectError CANCELED when the client goes away before the end
 */
export async function readBody(request: NodeRequest, bytesMax: number): Promise<ReadBody> {
  if (isGone(request)) throw clientGone();
  return await new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    let isSettled = false;
    const settle = (isWhole: boolean) => {
      isSettled = true;
      resolve({ chunks, isWhole });
    };
    const take = (chunk: Uint8Array) => {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes <= bytesMax) return;
      request.off('data', take);
      request.pause();
      settle(false);
    };
    const leave = (cause?: Error) => {
      // Every request closes in the end: an error is made only of one that does so too early.
      if (!isSettled) reject(clientGone(cause));
    };
    request.on('data', take);
    request.on('end', () => (isGone(request) ? leave() : settle(true)));
    request.on('error', leave);
    request.on('close', leave);
  });
}

/** Gives a body once more from its beginning, what was not read of it included. */
export async function* replayBody(
  request: NodeRequest,
  { chunks, isWhole }: ReadBody,
): AsyncGenerator<Uint8Array> {
  yield* chunks;
  if (!isWhole) yield* request;
}

/** Joins a body that is whole. */
export function joinChunks(chunks: readonly Uint8Array[]): Uint8Array {
  const [first, ...rest] = chunks;
  return first && rest.length === 0 ? first : Buffer.concat(chunks);
}
