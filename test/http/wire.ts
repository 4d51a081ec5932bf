import * as net from 'node:net';

/** A raw TCP connection: what it received so far, and how it ended. */
export interface Wire {
  readonly socket: net.Socket;
  /** The bytes received, as latin1. */
  text(): string;
  bytes(): Buffer;
  send(bytes: string | Uint8Array): void;
  /** Resolves when the connection has gone, with all that was received. */
  closed(): Promise<string>;
  /** Resolves as soon as what was received satisfies the condition. */
  until(condition: (text: string) => boolean): Promise<string>;
}

/** Connects to a port on the loopback address and keeps what arrives. */
export async function connect(port: number, host = '127.0.0.1'): Promise<Wire> {
  const socket = net.connect({ port, host });
  const chunks: Buffer[] = [];
  const text = () => Buffer.concat(chunks).toString('latin1');
  let isClosed = false;
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => {});
  socket.on('close', () => {
    isClosed = true;
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('error', reject);
  });
  return {
    socket,
    text,
    bytes: () => Buffer.concat(chunks),
    send: (bytes) => void socket.write(bytes),
    closed: () =>
      new Promise((resolve) => {
        if (isClosed) resolve(text());
        else socket.once('close', () => resolve(text()));
      }),
    until: (condition) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (condition(text())) resolve(text());
          else if (isClosed) reject(new Error(`closed after ${JSON.stringify(text())}`));
        };
        socket.on('data', check);
        socket.on('close', check);
        check();
      }),
  };
}

/** Sends bytes on a connection of their own and resolves with the answer once it is closed. */
export async function exchange(port: number, bytes: string | Uint8Array): Promise<string> {
  const wire = await connect(port);
  wire.send(bytes);
  return wire.closed();
}

/** The body of an HTTP/1.1 answer, parsed as JSON. */
export function jsonOf(answer: string): unknown {
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
}
