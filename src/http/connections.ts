import type * as http from 'node:http';
import type * as http2 from 'node:http2';
import * as net from 'node:net';
import { findPendingResponse } from './client-errors.ts';
import type { ListenerLimits } from './limits.ts';
import { createPrefaceSniffer } from './preface.ts';
import { createSessionTracker } from './sessions.ts';

/** The connections of a listener, from the first byte to the last. */
export interface Connections {
  /** Takes no further connection or session; resolves when the last open connection has ended. */
  stop(): Promise<void>;
  isStopped(): boolean;
  /** Closes the HTTP/1.1 connections that wait for a next request. */
  closeIdle(): void;
  /** Tells HTTP/2 peers that their streams are cut. */
  destroySessions(): void;
  /** Destroys every connection, and returns how many there were. */
  destroySockets(): number;
}

/**
 * Creates the connections of a port on which `http1` listens: its `connection` listener is taken
 * over, and called for those alone that do not begin as HTTP/2 does. `http1` has to be the one that
 * listens, because its time-outs look at the connections of its own port.
 */
export function createConnections(
  http1: http.Server,
  http2Server: http2.Http2Server,
  limits: ListenerLimits,
): Connections {
  const sockets = new Set<net.Socket>();
  const sessions = createSessionTracker(limits);
  const sniffer = createPrefaceSniffer({
    prefaceTimeoutMs: limits.prefaceTimeoutMs,
    onHttp1: takeConnectionListener(http1),
    onHttp2: (socket) => {
      // node:http lets a connection be half open; a session whose peer has ended is over.
      socket.allowHalfOpen = false;
      http2Server.once('session', (session) => sessions.track(session, socket));
      http2Server.emit('connection', socket);
    },
  });
  http1.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    sniffer.accept(socket);
  });

  let stopped: Promise<void> | undefined;

  async function stop(): Promise<void> {
    // http.Server's own close() destroys connections whose answer is still being written, and stops
    // looking at time-outs; only then nobody is left whom either could hit.
    await new Promise((resolve) => net.Server.prototype.close.call(http1, resolve));
    http1.close();
    sessions.stop();
  }

  return {
    stop: () => {
      if (stopped === undefined) {
        stopped = stop();
        sniffer.close();
        sessions.closeAll();
      }
      return stopped;
    },
    isStopped: () => stopped !== undefined,
    closeIdle: () => {
      for (const socket of sockets) if (isKeptAlive(socket)) socket.destroy();
    },
    destroySessions: () => sessions.destroyAll(),
    destroySockets: () => {
      const { size } = sockets;
      for (const socket of sockets) socket.destroy();
      return size;
    },
  };
}

/** Asks whether an HTTP/1.1 connection waits for a next request: only then it has a time-out. */
function isKeptAlive(socket: net.Socket): boolean {
  return Boolean(socket.timeout) && findPendingResponse(socket) === undefined;
}

function takeConnectionListener(server: http.Server): (socket: net.Socket) => void {
  const [listener] = server.listeners('connection');
  if (listener === undefined)
    throw new Error('http.Server has no connection listener to take over');
  server.removeAllListeners('connection');
  return (socket) => Reflect.apply(listener, server, [socket]);
}
