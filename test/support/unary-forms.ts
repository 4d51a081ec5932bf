import { type DescMethod, fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import type { Code } from '@connectrpc/connect';
import { codeFromString, codeToString } from '@connectrpc/connect/protocol-connect';
import type { Client, Told } from './both-ways.ts';
import { frame, type RawRequest } from './raw-request.ts';

export type Headers = Readonly<Record<string, string>>;

/** A way to write a unary call that the fast path is for. */
export interface UnaryForm {
  readonly name: string;
  readonly client: Client;
  readonly contentType: string;
  readonly isBinary: boolean;
  readonly isFramed: boolean;
  /** The header that tells how an answer may be compressed. */
  readonly acceptHeader: string;
  /** The header that tells how a request is compressed. */
  readonly encodingHeader: string;
  /** Makes the header of a time-out. */
  timeout(ms: number): Headers;
  /** The longest time-out that can be written. */
  readonly longestTimeout: Headers;
}

const grpc = {
  isFramed: true,
  acceptHeader: 'grpc-accept-encoding',
  encodingHeader: 'grpc-encoding',
  timeout: (ms: number) => ({ 'grpc-timeout': `${ms}m` }),
  longestTimeout: { 'grpc-timeout': '99999999H' },
};

const connect = {
  isFramed: false,
  acceptHeader: 'accept-encoding',
  encodingHeader: 'content-encoding',
  timeout: (ms: number) => ({ 'connect-timeout-ms': String(ms) }),
  longestTimeout: { 'connect-timeout-ms': '9999999999' },
};

const json = { ...connect, contentType: 'application/json', isBinary: false };
const protobuf = { ...connect, contentType: 'application/proto', isBinary: true };

/** All forms. */
export const unaryForms: readonly UnaryForm[] = [
  { ...grpc, name: 'gRPC', client: 'http2', contentType: 'application/grpc', isBinary: true },
  { ...json, name: 'Connect JSON over HTTP/1.1', client: 'http1' },
  { ...json, name: 'Connect JSON over HTTP/2', client: 'http2' },
  { ...protobuf, name: 'Connect protobuf over HTTP/1.1', client: 'http1' },
  { ...protobuf, name: 'Connect protobuf over HTTP/2', client: 'http2' },
];

/** Writes a message in one of the forms, without its frame. */
export function encode(form: UnaryForm, method: DescMethod, message: JsonValue): Buffer {
  const text = JSON.stringify(message);
  return Buffer.from(
    form.isBinary ? toBinary(method.input, fromJson(method.input, message)) : text,
  );
}

/** Makes a request of a method, with a body as it is. */
export function toRequest(
  form: UnaryForm,
  method: DescMethod,
  body: Uint8Array,
  headers: Headers,
): RawRequest {
  return {
    method: 'POST',
    path: `/${method.parent.typeName}/${method.name}`,
    headers: { 'content-type': form.contentType, ...headers },
    body,
  };
}

/** Writes a call in one of the forms. */
export function writeCall(
  form: UnaryForm,
  method: DescMethod,
  message: JsonValue,
  headers: Headers,
): RawRequest {
  const bytes = encode(form, method, message);
  return toRequest(form, method, form.isFramed ? frame(bytes) : bytes, headers);
}

/** Reads the code of an answer, such as INVALID_ARGUMENT. */
export function codeOf(form: UnaryForm, { status, trailers, body }: Omit<Told, 'lines'>): string {
  const code = form.isFramed
    ? (Number(trailers['grpc-status']) as Code)
    : status !== 200 && codeFromString(JSON.parse(body).code);
  return code ? codeToString(code).toUpperCase() : 'OK';
}
