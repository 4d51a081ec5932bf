import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

/** What this room answers by itself: the message of its body and the same truth as a gRPC code. */
const refusals = {
  400: { message: 'Bad request', grpcStatus: 3 },
  408: { message: 'Request timeout', grpcStatus: 4 },
  413: { message: 'Payload too large', grpcStatus: 8 },
  417: { message: 'Expectation failed', grpcStatus: 3 },
  431: { message: 'Request header fields too large', grpcStatus: 8 },
  500: { message: 'Internal server error', grpcStatus: 13 },
  501: { message: 'Not implemented', grpcStatus: 12 },
} as const;

export type RefusalStatus = keyof typeof refusals;

function toBody(statusCode: RefusalStatus): string {
  return JSON.stringify({ statusCode, message: refusals[statusCode].message });
}

/** Answers an HTTP/1 request with a refusal and ends the connection after it. */
export function refuseHttp1(response: ServerResponse, statusCode: RefusalStatus): void {
  const body = toBody(statusCode);
  response.writeHead(statusCode, {
    'content-type': 'application/json',
    'content-length': body.length,
    connection: 'close',
  });
  response.end(body);
}

/**
 * Answers an HTTP/2 request with a refusal: gRPC by a trailers-only response, since its clients
 * read nothing but grpc-status, everything else like HTTP/1.
 */
export function refuseHttp2(
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  statusCode: RefusalStatus,
): void {
  if (isGrpc(request.headers['content-type'])) {
    const { message, grpcStatus } = refusals[statusCode];
    response.setHeader('content-type', 'application/grpc');
    response.setHeader('grpc-status', String(grpcStatus));
    response.setHeader('grpc-message', message);
    // Headers that end() sends end the stream themselves: that is what makes it trailers-only.
    response.end();
    return;
  }
  const body = toBody(statusCode);
  response.writeHead(statusCode, {
    'content-type': 'application/json',
    'content-length': body.length,
  });
  response.end(body);
}

/** Asks whether a content type is gRPC's own; gRPC-Web reads HTTP status codes and is not. */
function isGrpc(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/grpc(?:[+;]|$)/i.test(contentType);
}

/** Formats a refusal as the bytes of an HTTP/1.1 answer, for sockets that have no response. */
export function formatRefusal(statusCode: RefusalStatus): string {
  const body = toBody(statusCode);
  return [
    `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
