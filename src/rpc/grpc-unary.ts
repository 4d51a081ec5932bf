import { ConnectError } from '@connectrpc/connect';
import {
  compressionNegotiate,
  encodeEnvelope,
  envelopeCompress,
} from '@connectrpc/connect/protocol';
import {
  contentTypeProto,
  grpcStatusOk,
  headerAcceptEncoding,
  headerContentType,
  headerEncoding,
  headerGrpcStatus,
  headerTimeout,
  parseTimeout,
  setTrailerStatus,
} from '@connectrpc/connect/protocol-grpc';
import { envelopeBytes } from './request-message.ts';
import type { UnaryOptions, UnaryProtocol } from './unary-protocol.ts';

/** Creates what is particular to unary calls of gRPC with protobuf messages. */
export function createGrpcUnary(options: UnaryOptions): UnaryProtocol {
  return {
    name: 'grpc',
    contentTypes: ['application/grpc', contentTypeProto],
    isBinary: true,
    httpVersionMin: 2,
    overheadBytes: envelopeBytes,
    encodingHeader: headerEncoding.toLowerCase(),
    timeoutHeader: headerTimeout.toLowerCase(),
    parseTimeout,
    responseHeader: { [headerContentType]: contentTypeProto },
    responseTrailer: { [headerGrpcStatus]: grpcStatusOk },
    unwrap: openOnlyEnvelope,

    async send(response, { requestHeader, responseHeader, responseTrailer }, outcome) {
      const accepted = requestHeader.get(headerAcceptEncoding);
      const { response: compression } = compressionNegotiate(
        options.acceptCompression,
        null,
        accepted,
        headerAcceptEncoding,
      );
      if (compression) responseHeader.set(headerEncoding, compression.name);
      let body: Uint8Array | undefined;
      if (outcome instanceof ConnectError) {
        setTrailerStatus(responseTrailer, outcome);
      } else {
        const message = { flags: 0, data: outcome };
        const { flags, data } = await envelopeCompress(
          message,
          compression,
          options.compressMinBytes,
        );
        body = encodeEnvelope(flags, data);
      }
      response.writeHead(200, Object.fromEntries(responseHeader));
      response.addTrailers(Object.fromEntries(responseTrailer));
      if (body) response.end(body);
      else response.end();
    },
  };
}

/** Takes the message out of a body that is one envelope, without flags and of the length that it tells; undefined for any other. */
function openOnlyEnvelope(body: Uint8Array): Uint8Array | undefined {
  if (body.byteLength < envelopeBytes || body[0] !== 0) return undefined;
  const length = new DataView(body.buffer, body.byteOffset).getUint32(1);
  return length === body.byteLength - envelopeBytes ? body.subarray(envelopeBytes) : undefined;
}
