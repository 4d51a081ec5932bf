import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import { refuse, refuseInvalid } from './refusal.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a body to its end, but no further than the limit.
 *
 * @throws RequestRefusal 413 when it is larger
 */
export async function readBody(
  request: IncomingMessage | Http2ServerRequest,
  bytesMax: number,
): Promise<Buffer> {
  // What follows of the body is not read: on HTTP/1.1 the connection is of no more use.
  const headers = request.httpVersionMajor === 1 ? { connection: 'close' } : {};
  const tooLarge = () => refuse(413, 'Payload too large', headers);
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw tooLarge();
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bytesMax) {
        chunks.push(chunk);
        return;
      }
      request.pause();
      reject(tooLarge());
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    const cutOff = () => {
      // A request that was read to its end closes too.
      if (!request.readableEnded) reject(refuse(400, 'The request ended before its body.'));
    };
    request.on('error', cutOff);
    request.on('close', cutOff);
  });
}

/**
 * Parses a body as a JSON object. The content type is not looked at: clients in the field send several.
 *
 * @throws RequestRefusal 400 when it is no JSON object
 */
export function parseBody(bytes: Buffer): Readonly<Record<string, unknown>> {
  let body: unknown;
  try {
    body = JSON.parse(utf8.decode(bytes));
  } catch {
    throw refuseBody({ isJson: 'body must be valid JSON in UTF-8' });
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw refuseBody({ isObject: 'body must be an object' });
  }
  return body as Record<string, unknown>;
}

/**
 * Refuses an update that sets nothing: a body without any field that is known and can be set (wire contract, section 5).
 *
 * @throws RequestRefusal 400
 */
export function assertSetsSomething(changes: object): void {
  if (Object.keys(changes).length === 0) {
    throw refuseBody({ isNotEmptyObject: 'body must be a non-empty object' });
  }
}

/** Refuses a body as a whole. */
function refuseBody(constraints: Record<string, string>) {
  return refuseInvalid([{ target: {}, value: undefined, property: 'body', constraints }]);
}
