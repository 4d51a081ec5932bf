import type * as net from 'node:net';

/** The bytes every HTTP/2 connection begins with (RFC 9113, section 3.4). */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

export interface PrefaceSniffer {
  /** Takes a fresh connection and hands it on as soon as its first bytes tell its protocol. */
  accept(socket: net.Socket): void;
  /** Destroys the connections that have not told their protocol, and all that come later. */
  close(): void;
}

export interface PrefaceSnifferOptions {
  readonly prefaceTimeoutMs: number;
  onHttp1(socket: net.Socket): void;
  onHttp2(socket: net.Socket): void;
}

/**
 * Creates a sniffer that tells HTTP/2 with prior knowledge from HTTP/1.1 by the connection's first
 * 24 bytes. Fewer do not decide: POST, PUT and PATCH begin like the preface. A connection that
 * stays undecided for `prefaceTimeoutMs`, or ends undecided, is destroyed: which protocol an
 * answer would have to be in is not known.
 */
export function createPrefaceSniffer(options: PrefaceSnifferOptions): PrefaceSniffer {
  const undecided = new Set<net.Socket>();
  let isClosed = false;

  function accept(socket: net.Socket): void {
    if (isClosed) {
      socket.destroy();
      return;
    }
    // Undecided bytes are kept here: unshift() emits 'readable' again, which would be a busy loop.
    let seen: Buffer | undefined;
    const destroy = () => socket.destroy();
    const timer = setTimeout(destroy, options.prefaceTimeoutMs);

    function release(): void {
      clearTimeout(timer);
      socket.off('readable', sniff).off('end', destroy).off('error', destroy).off('close', release);
      undecided.delete(socket);
    }

    function sniff(): void {
      const chunk: Buffer | null = socket.read();
      if (chunk === null) return;
      seen = seen === undefined ? chunk : Buffer.concat([seen, chunk]);
      const length = Math.min(seen.length, preface.length);
      const isPreface = seen.compare(preface, 0, length, 0, length) === 0;
      if (isPreface && length < preface.length) return;
      release();
      socket.unshift(seen);
      if (isPreface) options.onHttp2(socket);
      else options.onHttp1(socket);
    }

    undecided.add(socket);
    socket.on('readable', sniff).on('end', destroy).on('error', destroy).on('close', release);
  }

  function close(): void {
    isClosed = true;
    for (const socket of undecided) socket.destroy();
  }

  return { accept, close };
}
