import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { Caller, CallHeaders } from './caller.ts';
import { type Detail, fromDetails, type Refusal } from './refusal.ts';

/** Creates a caller of @grpc/grpc-js: gRPC on HTTP/2, by a client that shares nothing with the server. */
export function createGrpcJsCaller(address: string): Caller {
  const client = new Client(new URL(address).host, credentials.createInsecure());
  return {
    call(method, request, headers = {}, timeoutMs = 20_000) {
      return new Promise((resolve, reject) => {
        let replied = new Metadata();
        const call = client.makeUnaryRequest(
          `/${method.parent.typeName}/${method.name}`,
          (message: typeof request) =>
            Buffer.from(toBinary(method.input, create(method.input, message))),
          (bytes) => fromBinary(method.output, bytes),
          request,
          toMetadata(headers),
          { deadline: Date.now() + timeoutMs },
          (error, message) => {
            if (error) reject(toRefusal(error, replied));
            else if (message) resolve({ message, headers: toHeaders(replied) });
            else reject(new Error('neither an error nor a message'));
          },
        );
        call.on('metadata', (metadata) => {
          replied = metadata;
        });
      });
    },
    close: () => client.close(),
  };
}

/** Makes a refusal of the error of a call. */
export function toRefusal(error: ServiceError, headers: Metadata): Refusal {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  const merged = toHeaders(headers);
  // An answer without a message has its headers among the trailers.
  for (const [name, value] of toHeaders(error.metadata)) merged.set(name, value);
  return fromDetails(
    { code: status[error.code], message: error.details, headers: merged },
    bytes instanceof Buffer ? readDetails(bytes) : [],
  );
}

/** Reads the details of a google.rpc.Status. */
function readDetails(bytes: Uint8Array): Detail[] {
  const details: Detail[] = [];
  forEachField(bytes, (number, reader, wireType) => {
    if (number !== 3) return reader.skip(wireType);
    let type = '';
    let value = new Uint8Array();
    forEachField(reader.bytes(), (part, inner, innerType) => {
      if (part === 1) type = inner.string().replace('type.googleapis.com/', '');
      else if (part === 2) value = Uint8Array.from(inner.bytes());
      else inner.skip(innerType);
    });
    details.push({ type, value });
  });
  return details;
}

function forEachField(
  bytes: Uint8Array,
  read: (number: number, reader: BinaryReader, wireType: number) => unknown,
): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    read(number, reader, wireType);
  }
}

function toMetadata(headers: CallHeaders): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

function toHeaders(metadata: Metadata): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(metadata.getMap())) {
    if (typeof value === 'string') headers.set(name, value);
  }
  return headers;
}
