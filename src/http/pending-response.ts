import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Finds the HTTP/1.1 response whose turn it is on a connection; undefined when none is owed. To
 * keep it ourselves would cost every request a listener, so it is read where node:http keeps it.
 */
export function findPendingResponse(socket: Duplex): ServerResponse | undefined {
  return (socket as { readonly _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}
