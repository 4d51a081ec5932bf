import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { formatRefusal, type RefusalStatus } from './refusals.ts';

/** Codes of node:http and its parser; every other one is a malformed request. */
const statusByCode: Readonly<Record<string, RefusalStatus>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

/**
 * Answers bytes that are no HTTP/1.1 request, or one that does not arrive in time, and closes the
 * connection. When the bytes follow a request that is complete but not answered yet, the answer it
 * is owed comes first and is the last: a refusal would be read as its answer.
 */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  lingerTimeoutMs: number,
): void {
  if (socket.writableEnded) return;
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const pending = findPendingResponse(socket);
  if (pending?.req.complete) {
    pending.shouldKeepAlive = false;
    return;
  }
  if (pending?.headersSent) {
    socket.destroy();
    return;
  }
  closeWithRefusal(socket, statusByCode[error.code ?? ''] ?? 400, lingerTimeoutMs);
}

/**
 * Writes a refusal to a socket and closes it. What the peer still sends is taken for a while and
 * thrown away: a socket closed over unread bytes is reset, and a reset discards the refusal.
 */
export function closeWithRefusal(
  socket: Duplex,
  statusCode: RefusalStatus,
  lingerTimeoutMs: number,
): void {
  socket.end(formatRefusal(statusCode));
  socket.resume();
  setTimeout(() => socket.destroy(), lingerTimeoutMs).unref();
}

/**
 * Finds the HTTP/1.1 response whose turn it is on a connection; undefined when none is owed. To
 * keep it ourselves would cost every request a listener, so it is read where node:http keeps it.
 */
export function findPendingResponse(socket: Duplex): ServerResponse | undefined {
  return (socket as { readonly _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}
