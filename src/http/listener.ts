import { once } from 'node:events';
import type * as http from 'node:http';
import type * as http2 from 'node:http2';
import * as net from 'node:net';
import { createConnections } from './connections.ts';
import { type DrainOptions, type DrainOutcome, drainConnections } from './drain.ts';
import { completeLimits, type ListenerLimits } from './limits.ts';
import { createHttp1Server, createHttp2Server } from './servers.ts';

/** Answers one request of either protocol. It may throw, but must not let a promise reject. */
export type RequestHandler = (
  request: http.IncomingMessage | http2.Http2ServerRequest,
  response: http.ServerResponse | http2.Http2ServerResponse,
) => void;

/** Where a listener says what it met; a pino logger fits. */
export interface ListenerLog {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ListenerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly handler: RequestHandler;
  readonly limits?: Partial<ListenerLimits> | undefined;
  readonly log?: ListenerLog | undefined;
}

export interface Listener {
  /** Where it listens, with the port that was taken. */
  readonly address: { readonly host: string; readonly port: number };
  /**
   * Accepts no further connection and lets finish what is in flight. HTTP/2 sessions get GOAWAY,
   * HTTP/1.1 answers say `connection: close`, idle and undecided connections are closed at once.
   * Shortly before `timeoutMs` is over `onDeadline` is called, then what is left is cut.
   * Further calls wait for the first.
   */
  drain(options: DrainOptions): Promise<DrainOutcome>;
  /** Cuts everything at once. Further calls wait for the first. */
  close(): Promise<void>;
}

const silentLog: ListenerLog = { debug: () => {}, warn: () => {}, error: () => {} };

/**
 * Starts a listener: one cleartext port for HTTP/1.1 and HTTP/2 with prior knowledge.
 *
 * @throws RangeError for a limit or port out of range, and an Error that names address and reason
 * when the port cannot be had; its `code` is that of the system, such as `EADDRINUSE`.
 */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { handler, host, port, log = silentLog } = options;
  const limits = completeLimits(options.limits ?? {});
  const isDraining = () => connections.isStopped();
  const server = createHttp1Server({ handler, limits, log, isDraining });
  const connections = createConnections(server, createHttp2Server(handler, limits, log), limits);
  try {
    await listen(server, host, port);
  } catch (error) {
    await connections.stop();
    throw error;
  }
  warnOfRefusedConnections(server, log);
  server.on('error', (error) => log.error({ err: error }, 'a connection could not be accepted'));

  let isCut = false;
  let drained: Promise<DrainOutcome> | undefined;
  return {
    address: toAddress(server),
    drain: (drainOptions) => {
      drained ??= drainConnections(connections, drainOptions).then((outcome) =>
        isCut ? 'forced' : outcome,
      );
      return drained;
    },
    close: async () => {
      const stopped = connections.stop();
      if (connections.destroySockets() > 0) isCut = true;
      await stopped;
    },
  };
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'it is not allowed',
  EADDRINUSE: 'the port is in use',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'the host is unknown',
};

async function listen(server: http.Server, host: string, port: number): Promise<void> {
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (error instanceof RangeError) throw error;
    const reason = reasons[code] ?? message;
    const refusal = new Error(`Unable to listen on ${formatAuthority(host, port)}: ${reason}.`, {
      cause: error,
    });
    throw Object.assign(refusal, { code });
  }
}

function formatAuthority(host: string, port: number): string {
  return net.isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

function toAddress(server: http.Server): Listener['address'] {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP');
  return { host: address.address, port: address.port };
}

/** How long refused connections are counted before one line says how many there were. */
const refusalCountMs = 1_000;

function warnOfRefusedConnections(server: http.Server, log: ListenerLog): void {
  let refused = 0;
  server.on('drop', () => {
    refused += 1;
    if (refused > 1) return;
    const { maxConnections } = server;
    setTimeout(() => {
      log.warn({ connectionsMax: maxConnections, refused }, 'connections were refused');
      refused = 0;
    }, refusalCountMs).unref();
  });
}
