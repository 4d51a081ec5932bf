import type { HandlerContext } from '@connectrpc/connect';
import { type Authenticate, keyFromHeaders } from '../domain/api-key.ts';
import { assertScope } from '../domain/grant.ts';
import type { LongCall } from '../domain/ledger.ts';
import type { ToCall } from './call.ts';
import { scopeOf } from './method-scopes.ts';
import { nodeRequestKey } from './request-guard.ts';

/** Makes a call that goes on until its client leaves or the service goes down. */
export type ToLongCall = (context: HandlerContext) => LongCall;

/** How long the key of a call that goes on may be looked up, in milliseconds. */
const lookUpTimeMaxMs = 5_000;

/**
 * Creates what makes calls that go on.
 *
 * @param drainSignal aborted when the service begins to go down
 */
export function createToLongCall(
  toCall: ToCall,
  authenticate: Authenticate,
  drainSignal: AbortSignal,
): ToLongCall {
  return (context) => {
    const { requestHeader } = context;
    const key = keyFromHeaders(requestHeader.get('x-api-key'), requestHeader.get('authorization'));
    return {
      ...toCall(context),
      signal: AbortSignal.any([context.signal, drainSignal]),
      assertAllowed: async () => {
        const { grants } = await authenticate(key, Date.now() + lookUpTimeMaxMs);
        assertScope(grants, scopeOf(context.method));
      },
      hangUp: () => {
        const request = context.values.get(nodeRequestKey);
        if (request) ('stream' in request ? request.stream : request.socket).destroy();
      },
    };
  };
}
