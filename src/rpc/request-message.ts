import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type DescMessage, fromBinary } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';

const gunzipAsync = promisify(gunzip);

/** Flag of a gRPC message that is compressed. */
const compressedFlag = 1;

/** The bytes before a gRPC message: its flags and its length. */
export const envelopeBytes = 5;

/** How the message of a request is written. */
export interface MessageFormat {
  readonly isJson: boolean;
  readonly isEnveloped: boolean;
  /** How a message that is compressed is compressed; null or identity when none may be. */
  readonly encoding: string | null;
}

/** Reads the format of a unary request's message from its headers. */
export function parseMessageFormat(header: Headers): MessageFormat {
  const contentType = header.get('content-type') ?? '';
  const isEnveloped = contentType.startsWith('application/grpc');
  const encoding = header.get(isEnveloped ? 'grpc-encoding' : 'content-encoding');
  return { isJson: contentType.includes('json'), isEnveloped, encoding };
}

/**
 * Refuses bytes that cannot be the message with INVALID_ARGUMENT: compression that is broken, text that is not UTF-8, a protobuf
 * message that cannot be parsed. The framework takes some of these for defects of its own (INTERNAL) and replaces bytes that are
 * no text by others. Framing, size and JSON are left to it, which refuses what is wrong with them as it should.
 *
 * @param bytesMax the largest message, in bytes
 */
export async function assertReadable(
  schema: DescMessage,
  format: MessageFormat,
  bytes: Uint8Array,
  bytesMax: number,
): Promise<void> {
  let message = bytes;
  let isCompressed = (format.encoding ?? 'identity') !== 'identity';
  if (format.isEnveloped) {
    const isFlagged = ((bytes[0] ?? 0) & compressedFlag) !== 0;
    if (isFlagged && !isCompressed)
      throw malformed('the message is compressed, its encoding not told');
    isCompressed = isFlagged;
    const lengthBytes = readLength(bytes);
    if (lengthBytes === undefined) return;
    message = bytes.subarray(envelopeBytes, envelopeBytes + lengthBytes);
  }
  if (isCompressed) {
    // Other encodings are refused by the framework, which tells those that it takes.
    if (format.encoding !== 'gzip') return;
    const inflated = await inflate(message, bytesMax);
    if (!inflated) return;
    message = inflated;
  }
  if (format.isJson) {
    if (!isUtf8(message)) throw malformed('the message is not UTF-8');
    return;
  }
  try {
    fromBinary(schema, message);
  } catch {
    throw malformed(`the message is no ${schema.typeName}`);
  }
}

/** Reads how long the first message of a gRPC body is, in bytes; undefined when the body ends before it does. */
function readLength(bytes: Uint8Array): number | undefined {
  if (bytes.byteLength < envelopeBytes) return undefined;
  const lengthBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
  return lengthBytes <= bytes.byteLength - envelopeBytes ? lengthBytes : undefined;
}

/** Makes the error of a message that cannot be read. */
export function malformed(why: string): ConnectError {
  return new ConnectError(why, Code.InvalidArgument);
}

/** Decompresses a message; undefined when it is larger than a message may be, which the framework refuses. */
async function inflate(bytes: Uint8Array, bytesMax: number): Promise<Uint8Array | undefined> {
  if (bytes.byteLength === 0) return bytes;
  try {
    return await gunzipAsync(bytes, { maxOutputLength: bytesMax });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw malformed('the message is no gzip');
  }
}
