import * as http from 'node:http';
import * as http2 from 'node:http2';
import { answerClientError, closeWithRefusal } from './client-errors.ts';
import { createResponseClass } from './drain.ts';
import { GrpcServerResponse } from './grpc-message.ts';
import { guardHttp1, guardHttp2 } from './guard.ts';
import type { ListenerLimits } from './limits.ts';
import type { ListenerLog, RequestHandler } from './listener.ts';
import { refuseHttp1, refuseHttp2 } from './refusals.ts';

/** An established peer that falls silent is probed by TCP after this long. */
const tcpKeepAliveMs = 60_000;

export interface Http1ServerOptions {
  readonly handler: RequestHandler;
  readonly limits: ListenerLimits;
  readonly log: ListenerLog;
  isDraining(): boolean;
}

/** Creates the HTTP/1.1 server, which is also the one that listens. */
export function createHttp1Server(options: Http1ServerOptions): http.Server {
  const { handler, limits, log } = options;
  const server = http.createServer({
    ServerResponse: createResponseClass(options.isDraining),
    connectionsCheckingInterval: limits.sweepIntervalMs,
    headersTimeout: limits.headersTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelay: tcpKeepAliveMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    maxHeaderSize: limits.headerBytesMax,
    requestTimeout: limits.requestTimeoutMs,
    // node:http would answer a missing Host without a body; the guard answers it like a broken one.
    requireHostHeader: false,
  });
  server.maxConnections = limits.connectionsMax;
  server.on('request', guardHttp1(handler, log));
  server.on('checkExpectation', (_request, response) => refuseHttp1(response, 417));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // The error holds the bytes that were received, and with them the caller's key: not logged.
    log.debug({ code: error.code }, 'an HTTP/1.1 request could not be read');
    answerClientError(error, socket, limits.lingerTimeoutMs);
  });
  server.on('connect', (_request, socket) => {
    socket.on('error', () => socket.destroy());
    closeWithRefusal(socket, 501, limits.lingerTimeoutMs);
  });
  return server;
}

/**
 * Creates the HTTP/2 server. It does not listen: it is given connections.
 *
 * What a peer can do to it without a single good request is bounded here. Floods of CONTINUATION,
 * and of PING and SETTINGS whose answers are not read, are bounded by nghttp2 itself: 8 frames of
 * CONTINUATION and 1,000 unsent answers end the session.
 */
export function createHttp2Server(
  handler: RequestHandler,
  limits: ListenerLimits,
  log: ListenerLog,
): http2.Http2Server {
  const server = http2.createServer({
    Http2ServerResponse: GrpcServerResponse as typeof http2.Http2ServerResponse,
    // Header lists beyond either limit reset their stream; both are needed, since an empty field
    // costs a pair and hardly any bytes.
    maxHeaderListPairs: limits.headerPairsMax,
    // Frames that are of no use (empty DATA, streams beyond streamsMax) and streams refused for
    // want of memory, for the life of a session. An honest client may open more than streamsMax
    // before it has read our settings; one that goes on is an attack.
    maxSessionInvalidFrames: 1_000,
    maxSessionRejectedStreams: 1_000,
    maxSessionMemory: limits.sessionMemoryMegabytesMax,
    // Settings of one frame; HTTP/2 and its extensions know fewer.
    maxSettings: 32,
    settings: {
      initialWindowSize: limits.streamWindowBytes,
      maxConcurrentStreams: limits.streamsMax,
      maxHeaderListSize: limits.headerBytesMax,
    },
    // Rapid reset (CVE-2023-44487): a stream that is reset makes room for the next at once, so
    // streamsMax alone does not bound the work. Deadlines that strike many calls at once are the
    // honest burst.
    streamResetBurst: limits.streamResetBurst,
    streamResetRate: limits.streamResetsPerSecond,
  });
  server.on('request', guardHttp2(handler, log));
  server.on('checkExpectation', (request, response) => refuseHttp2(request, response, 417));
  server.on('connect', (request, response) => refuseHttp2(request, response, 501));
  server.on('sessionError', (error: NodeJS.ErrnoException) => {
    log.debug({ code: error.code, reason: error.message }, 'an HTTP/2 session broke');
  });
  return server;
}
