import { ConnectError } from '@connectrpc/connect';
import { compressionNegotiate, mergeNonProtocolHeaders } from '@connectrpc/connect/protocol';
import {
  codeToHttpStatus,
  contentTypeUnaryJson,
  contentTypeUnaryProto,
  errorToJsonBytes,
  headerContentType,
  headerTimeout,
  headerUnaryAcceptEncoding,
  headerUnaryContentLength,
  headerUnaryEncoding,
  parseTimeout,
  trailerMux,
} from '@connectrpc/connect/protocol-connect';
import type { UnaryOptions, UnaryProtocol } from './unary-protocol.ts';

/** Creates what is particular to unary calls of Connect by POST, with messages in JSON or protobuf. */
export function createConnectUnary(
  options: UnaryOptions,
  format: 'json' | 'protobuf',
): UnaryProtocol {
  const isBinary = format === 'protobuf';
  const contentType = isBinary ? contentTypeUnaryProto : contentTypeUnaryJson;
  return {
    name: 'connect',
    contentTypes: isBinary
      ? [contentType]
      : [contentType, `${contentType};charset=utf-8`, `${contentType}; charset=utf-8`],
    isBinary,
    httpVersionMin: 1,
    overheadBytes: 0,
    encodingHeader: headerUnaryEncoding.toLowerCase(),
    timeoutHeader: headerTimeout.toLowerCase(),
    parseTimeout,
    responseHeader: { [headerContentType]: contentType },
    responseTrailer: {},
    unwrap: (body) => body,

    async send(response, { requestHeader, responseHeader, responseTrailer }, outcome) {
      let status = 200;
      let body = outcome;
      if (body instanceof ConnectError) {
        status = codeToHttpStatus(body.code);
        responseHeader.set(headerContentType, contentTypeUnaryJson);
        mergeNonProtocolHeaders(responseHeader, body.metadata);
        body = errorToJsonBytes(body, options.jsonOptions);
      }
      const accepted = requestHeader.get(headerUnaryAcceptEncoding);
      const { response: compression } = compressionNegotiate(
        options.acceptCompression,
        null,
        accepted,
        headerUnaryAcceptEncoding,
      );
      if (compression && body.byteLength >= options.compressMinBytes) {
        body = await compression.compress(body);
        responseHeader.set(headerUnaryEncoding, compression.name);
      }
      const header = trailerMux(responseHeader, responseTrailer);
      header.set(headerUnaryContentLength, String(body.byteLength));
      response.writeHead(status, Object.fromEntries(header));
      response.end(body);
    },
  };
}
