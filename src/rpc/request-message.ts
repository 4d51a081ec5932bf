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
  const contentType = (header.get('content-type') ?? '').toLowerCase();
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
  const written = format.isEnveloped
    ? openEnvelope(bytes, format.encoding)
    : { message: bytes, encoding: format.encoding };
  const message = written && (await decompress(written.message, written.encoding, bytesMax));
  if (!message) return;
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

/** A message as it is written, and how it is compressed; null when it is not. */
interface Written {
  readonly message: Uint8Array;
  readonly encoding: string | null;
}

/** Takes the first message out of a gRPC body; undefined when the body ends before it does. */
function openEnvelope(bytes: Uint8Array, encoding: string | null): Written | undefined {
  if (bytes.byteLength < envelopeBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const end = envelopeBytes + view.getUint32(1);
  if (end > bytes.byteLength) return undefined;
  const message = bytes.subarray(envelopeBytes, end);
  if ((view.getUint8(0) & compressedFlag) === 0) return { message, encoding: null };
  if (isUncompressed(encoding)) throw malformed('the message is compressed, its encoding not told');
  return { message, encoding };
}

/** Asks whether an encoding, null when none is told, leaves a message as it is. */
export function isUncompressed(encoding: string | null): boolean {
  return encoding === null || encoding === 'identity';
}

/** Makes the error of a message that cannot be read. */
export function malformed(why: string): ConnectError {
  return new ConnectError(why, Code.InvalidArgument);
}

/** Makes the error of a client that went away before its request was complete. */
export function clientGone(cause?: unknown): ConnectError {
  return new ConnectError('the client went away', Code.Canceled, undefined, undefined, cause);
}

/** Decompresses a message; undefined where the framework refuses it, for its size or an encoding that is not known. */
async function decompress(
  bytes: Uint8Array,
  encoding: string | null,
  bytesMax: number,
): Promise<Uint8Array | undefined> {
  if (isUncompressed(encoding) || bytes.byteLength === 0) return bytes;
  if (encoding !== 'gzip') return undefined;
  try {
    return await gunzipAsync(bytes, { maxOutputLength: bytesMax });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw malformed('the message is no gzip');
  }
}
