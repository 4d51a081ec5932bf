import { createContextKey, type HandlerContext } from '@connectrpc/connect';
import type { Principal } from '../domain/api-key.ts';
import type { Call } from '../domain/ledger.ts';

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

/** Makes the call that the store is asked for. Its deadline is the client's, but at most the service's own. */
export function toCall(context: HandlerContext, timeoutMaxMs: number): Call {
  const principal = context.values.get(arrivalKey)?.principal;
  // The gate lets nobody in without one; a method that it exempts asks nothing of the store.
  if (!principal) throw new Error('a call without a principal reached the store');
  const { tenant, actor } = principal;
  return { tenant, actor, deadline: toDeadline(context, timeoutMaxMs) };
}

/** Gives when the answer to a call is no longer of use: the client's deadline, but at most the service's own time from now. */
export function toDeadline(context: HandlerContext, timeoutMaxMs: number): number {
  return Date.now() + Math.min(context.timeoutMs() ?? timeoutMaxMs, timeoutMaxMs);
}
