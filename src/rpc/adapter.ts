import { Code, ConnectError, type ConnectRouter, createContextValues } from '@connectrpc/connect';
import {
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from '@connectrpc/connect-node';
import type { Logger } from 'pino';
import { isGone } from './request-body.ts';
import { nodeRequestKey } from './request-guard.ts';
import type { NodeHandler } from './unary-protocol.ts';

/**
 * Creates what answers every call by the handlers of a router, as the framework's own adapter does. That one tells standard error of
 * each answer that could not be sent; of a client that is gone there is nothing to tell.
 *
 * @param options.fallback answers what is no call of a known method
 */
export function createAdapter(
  handlers: ConnectRouter['handlers'],
  { log, fallback }: { readonly log: Logger; readonly fallback: NodeHandler },
): NodeHandler {
  const byPath = new Map(handlers.map((handler) => [handler.requestPath, handler]));
  return (request, response) => {
    const [path = ''] = (request.url ?? '').split('?', 1);
    const handler = byPath.get(path);
    if (!handler) return fallback(request, response);
    const contextValues = createContextValues().set(nodeRequestKey, request);
    const asked = universalRequestFromNodeRequest(request, response, undefined, contextValues);
    handler(asked)
      .then((answer) => universalResponseToNodeResponse(answer, response))
      .catch((error: unknown) => {
        const isAborted = ConnectError.from(error).code === Code.Aborted;
        if (isAborted || isGone(request) || response.destroyed) return;
        log.error({ method: path, err: error }, 'the answer could not be sent');
      });
  };
}
