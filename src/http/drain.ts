import type { OutgoingHttpHeader, OutgoingHttpHeaders } from 'node:http';
import * as http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connections } from './connections.ts';

export interface DrainOptions {
  /** How long what is in flight may take to finish. */
  readonly timeoutMs: number;
  /** Called shortly before the time is over: the last moment to end long streams with an answer. */
  readonly onDeadline?: (() => void) | undefined;
}

/** `forced`: something was still in flight when the time was over, and was cut. */
export type DrainOutcome = 'drained' | 'forced';

/** The hook is called this long before the time is over, or a fifth of the time if that is less. */
const deadlineLeadMs = 1_000;

/** An HTTP/1.1 connection that told its client to keep it alive is closed when found idle. */
const idleCheckIntervalMs = 50;

/** How long peers are given to take the last frames of a session that is cut. */
const farewellMs = 100;

/** Drains connections; `Listener.drain` says what is promised. */
export async function drainConnections(
  connections: Connections,
  { timeoutMs, onDeadline }: DrainOptions,
): Promise<DrainOutcome> {
  const stopped = connections.stop();
  connections.closeIdle();
  const idleCheck = setInterval(() => connections.closeIdle(), idleCheckIntervalMs);
  const leadMs = Math.min(deadlineLeadMs, timeoutMs / 5);
  const deadline = setTimeout(() => onDeadline?.(), timeoutMs - leadMs);
  let end: NodeJS.Timeout | undefined;
  const timedOut = new Promise<'forced'>((resolve) => {
    end = setTimeout(() => resolve('forced'), timeoutMs);
  });
  const outcome = await Promise.race([stopped.then(() => 'drained' as const), timedOut]);
  clearInterval(idleCheck);
  clearTimeout(deadline);
  clearTimeout(end);
  if (outcome === 'forced') {
    connections.destroySessions();
    await Promise.race([stopped, delay(farewellMs)]);
    connections.destroySockets();
    await stopped;
  }
  return outcome;
}

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

/**
 * Creates the class of the HTTP/1.1 responses of a listener: while it drains, every answer says
 * `connection: close`, those that were in flight when it began, too. To know that no request has
 * to be tracked.
 */
export function createResponseClass(isDraining: () => boolean): typeof http.ServerResponse {
  return class<R extends http.IncomingMessage> extends http.ServerResponse<R> {
    override writeHead(statusCode: number, second?: string | Headers, third?: Headers): this {
      if (isDraining()) this.shouldKeepAlive = false;
      return super.writeHead(statusCode, second as string, third);
    }
  };
}
