import * as http2 from 'node:http2';
import type * as net from 'node:net';
import type { ListenerLimits } from './limits.ts';

type SessionLimits = Pick<
  ListenerLimits,
  | 'lingerTimeoutMs'
  | 'pingIntervalMs'
  | 'pingTimeoutMs'
  | 'requestTimeoutMs'
  | 'sessionIdleTimeoutMs'
  | 'sessionWindowBytes'
  | 'sweepIntervalMs'
>;

export interface SessionTracker {
  /** Tracks a session from its first byte to the end of its connection. */
  track(session: http2.ServerHttp2Session, socket: net.Socket): void;
  /** Sends GOAWAY to every session; each ends with its last open stream. */
  closeAll(): void;
  /** Ends every session and every stream in it. */
  destroyAll(): void;
  /** Stops looking at time-outs. */
  stop(): void;
}

/** One session. All times are those of `performance.now()`. */
interface TrackedSession {
  readonly session: http2.ServerHttp2Session;
  readonly socket: net.Socket;
  /** The open streams, each with the time by which its request has to be complete. */
  readonly requestDueMs: Map<http2.ServerHttp2Stream, number>;
  idleSinceMs: number;
  pingedAtMs: number;
  isPongDue: boolean;
  endedAtMs: number | undefined;
}

/**
 * Creates a tracker that bounds what node:http2 leaves unbounded: sessions that idle, peers that
 * are gone, requests whose body does not end, and connections that stay open after their session.
 *
 * One timer looks at all sessions, so that a call costs an entry in a map and no timer of its own.
 */
export function createSessionTracker(limits: SessionLimits): SessionTracker {
  const sessions = new Set<TrackedSession>();
  const sweeper = setInterval(() => {
    const nowMs = performance.now();
    for (const tracked of sessions) sweep(tracked, nowMs, limits);
  }, limits.sweepIntervalMs);
  sweeper.unref();

  function track(session: http2.ServerHttp2Session, socket: net.Socket): void {
    const nowMs = performance.now();
    const requestDueMs = new Map<http2.ServerHttp2Stream, number>();
    const tracked: TrackedSession = {
      session,
      socket,
      requestDueMs,
      idleSinceMs: nowMs,
      pingedAtMs: nowMs,
      isPongDue: false,
      endedAtMs: undefined,
    };
    // Shared by all streams of the session: a closure for each would be garbage for each call.
    function onStreamClose(this: http2.ServerHttp2Stream): void {
      requestDueMs.delete(this);
      if (requestDueMs.size === 0) tracked.idleSinceMs = performance.now();
    }
    session.on('stream', (stream) => {
      requestDueMs.set(stream, performance.now() + limits.requestTimeoutMs);
      stream.on('close', onStreamClose);
    });
    session.setLocalWindowSize(limits.sessionWindowBytes);
    sessions.add(tracked);
    socket.once('close', () => sessions.delete(tracked));
  }

  return {
    track,
    closeAll: () => {
      for (const { session } of sessions) session.close();
    },
    destroyAll: () => {
      for (const { session } of sessions) session.destroy();
    },
    stop: () => clearInterval(sweeper),
  };
}

function sweep(tracked: TrackedSession, nowMs: number, limits: SessionLimits): void {
  const { session, socket } = tracked;
  if (session.destroyed) {
    // Its connection waits for the peer to take the last bytes and to close, too; some never do.
    tracked.endedAtMs ??= nowMs;
    if (nowMs - tracked.endedAtMs >= limits.lingerTimeoutMs) socket.destroy();
    return;
  }
  endOverdueRequests(tracked.requestDueMs, nowMs);
  const isIdle = tracked.requestDueMs.size === 0;
  if (isIdle && nowMs - tracked.idleSinceMs >= limits.sessionIdleTimeoutMs) session.close();
  else checkPeer(tracked, nowMs, limits);
}

/**
 * Resets streams whose request has not ended in time. node:http does so by itself for HTTP/1.1.
 * CANCEL is what gRPC clients report as CANCELLED.
 */
function endOverdueRequests(requestDueMs: TrackedSession['requestDueMs'], nowMs: number): void {
  for (const [stream, dueMs] of requestDueMs) {
    if (nowMs < dueMs) continue;
    // The answer to a complete request may take as long as it likes: it is not looked at again.
    if (stream.state.remoteClose === 1) requestDueMs.set(stream, Number.POSITIVE_INFINITY);
    else stream.close(http2.constants.NGHTTP2_CANCEL);
  }
}

function checkPeer(tracked: TrackedSession, nowMs: number, limits: SessionLimits): void {
  const { session } = tracked;
  const sincePingMs = nowMs - tracked.pingedAtMs;
  if (tracked.isPongDue) {
    if (sincePingMs >= limits.pingTimeoutMs) session.destroy();
    return;
  }
  if (sincePingMs < limits.pingIntervalMs || session.closed) return;
  tracked.pingedAtMs = nowMs;
  tracked.isPongDue = true;
  session.ping(() => {
    tracked.isPongDue = false;
  });
}
