import { createHandlerContext } from '@connectrpc/connect';
import { clientGone } from './request-message.ts';
import type { NodeRequest, NodeResponse } from './unary-protocol.ts';
import type { UnaryRoute } from './unary-route.ts';

/** Why the signal of a call that has ended is aborted. One for all: to make one costs more than all else that ends a call. */
const ended = new DOMException('This operation was aborted', 'AbortError');

/**
 * Creates the context of a unary call, whose signal is aborted when its time is over, the service shuts down, the client goes away
 * or the call ends.
 */
export function createUnaryContext(
  { method: { method }, protocol, timeoutMs }: UnaryRoute,
  shutdownSignal: AbortSignal,
  request: NodeRequest,
  response: NodeResponse,
) {
  const client = new AbortController();
  const { abort, ...context } = createHandlerContext({
    service: method.parent,
    method,
    protocolName: protocol.name,
    requestMethod: 'POST',
    url: toUrl(request),
    ...(timeoutMs !== undefined && { timeoutMs }),
    shutdownSignal,
    requestSignal: client.signal,
    requestHeader: toHeadersInit(request),
    responseHeader: protocol.responseHeader,
    responseTrailer: protocol.responseTrailer,
  });
  // Every response closes in the end: an error is made only when that comes before the end of the call.
  response.once('close', () => {
    if (!context.signal.aborted) client.abort(clientGone());
  });
  return { context, end: () => abort(ended) };
}

function toUrl(request: NodeRequest): string {
  const authority = 'authority' in request ? request.authority : request.headers.host;
  return new URL(request.url ?? '', `http://${authority}`).href;
}

/** Makes what headers are made of; the pseudo-headers of HTTP/2 are none. */
function toHeadersInit({ headers }: NodeRequest): Record<string, string> {
  const init: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(':')) init[name] = String(value);
  }
  return init;
}
