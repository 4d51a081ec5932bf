import { createContextKey, type HandlerContext } from '@connectrpc/connect';
import type { Principal } from '../domain/api-key.ts';
import type { Call } from '../domain/ledger.ts';
import { type IntentFields, toIntent } from './intent.ts';

/** What is known of a call before its message is read. */
export interface Arrival {
  /** Names the call in answers and logs: the caller's X-Request-Id, or a new one. */
  readonly requestId: string;
  /** When the call began, by performance.now(). */
  readonly startTime: number;
  /** Who calls; undefined for a call that needs no key. */
  readonly principal: Principal | undefined;
}

export const arrivalKey = createContextKey<Arrival | undefined>(undefined, {
  description: 'what is known of a call before its message is read',
});

/** Makes the call that the store is asked for; of a request that changes something, with what it adds to the change. */
export type ToCall = (context: HandlerContext, request?: IntentFields) => Call;

/** Creates what makes calls. Their deadline is the client's, but at most the service's own. */
export function createToCall(timeoutMaxMs: number): ToCall {
  return (context, request) => {
    const principal = context.values.get(arrivalKey)?.principal;
    // The gate lets nobody in without one; a method that it exempts asks nothing of the store.
    if (!principal) throw new Error('a call without a principal reached the store');
    const { tenant, actor } = principal;
    const call = { tenant, actor, deadline: toDeadline(context, timeoutMaxMs) };
    if (!request) return call;
    const onReplay = () => context.responseHeader.set('idempotency-replayed', 'true');
    return { ...call, intent: toIntent(request), onReplay };
  };
}

/** Gives when the answer to a call is no longer of use: the client's deadline, but at most the service's own time from now. */
export function toDeadline(context: HandlerContext, timeoutMaxMs: number): number {
  return Date.now() + Math.min(context.timeoutMs() ?? timeoutMaxMs, timeoutMaxMs);
}
