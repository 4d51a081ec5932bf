import type { RequestListener } from 'node:http';
import { constants, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { ListenerLog, RequestHandler } from './listener.ts';
import { type RefusalStatus, refuseHttp1, refuseHttp2 } from './refusals.ts';
import { readHttp1Target, readHttp2Target } from './request-target.ts';

/**
 * Wraps a handler for HTTP/1, so that it sees none but well-formed targets, and nothing it throws
 * ends the process: connect-node throws where Host and path do not make a URL.
 */
export function guardHttp1(handler: RequestHandler, log: ListenerLog): RequestListener {
  return (request, response) => {
    const target = readHttp1Target(request);
    try {
      if (target === 'resource') handler(request, response);
      else if (target === 'server') response.writeHead(204).end();
      else refuseHttp1(response, 400);
    } catch (error) {
      const statusCode = toStatus(error, log);
      if (response.headersSent) response.destroy();
      else refuseHttp1(response, statusCode);
    }
  };
}

/** Wraps a handler for HTTP/2 as `guardHttp1` does for HTTP/1. */
export function guardHttp2(handler: RequestHandler, log: ListenerLog) {
  return (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    const target = readHttp2Target(request);
    try {
      if (target === 'resource') handler(request, response);
      else if (target === 'server') response.writeHead(204).end();
      else refuseHttp2(request, response, 400);
    } catch (error) {
      const statusCode = toStatus(error, log);
      if (response.headersSent) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      else refuseHttp2(request, response, statusCode);
    }
  };
}

/** A URL that cannot be read or decoded is the caller's fault; whatever else is thrown is ours. */
function toStatus(error: unknown, log: ListenerLog): RefusalStatus {
  const isMalformedUrl =
    error instanceof URIError ||
    (error instanceof TypeError && 'code' in error && error.code === 'ERR_INVALID_URL');
  if (isMalformedUrl) return 400;
  log.error({ err: error }, 'a request handler threw');
  return 500;
}
