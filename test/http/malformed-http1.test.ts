import * as net from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ListenerLimits } from '../../src/http/limits.ts';
import { answer, begin, expectAlive, startTestListener, whenRead } from './listening.ts';
import { connect, exchange, jsonOf } from './wire.ts';

const host = 'host: localhost\r\n';
const chunked = `POST / HTTP/1.1\r\n${host}transfer-encoding: chunked\r\n\r\n`;

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
}

/** A listener whose handler answers when it has read the whole body. */
function startReader(limits: Partial<ListenerLimits> = {}) {
  return startTestListener({
    limits,
    handler: (request, response) => whenRead(request, (body) => answer(response, body)),
  });
}

describe('bytes that are no HTTP/1.1 request', () => {
  it.each([
    ['text', 'hello there\r\n\r\n'],
    ['zeros', Buffer.alloc(64)],
    ['a TLS hello', Buffer.from('16030100c8010000c40303', 'hex')],
    ['an unknown method', `GRAB / HTTP/1.1\r\n${host}\r\n`],
    ['an unknown version', `GET / HTTP/3.7\r\n${host}\r\n`],
    ['a preface that goes wrong', 'PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n'],
    ['a header without a colon', `GET / HTTP/1.1\r\n${host}broken\r\n\r\n`],
    ['a bare carriage return in a header', `GET / HTTP/1.1\r\n${host}a: b\rc: d\r\n\r\n`],
    ['a negative length', `POST / HTTP/1.1\r\n${host}content-length: -1\r\n\r\n`],
    ['two lengths', `POST / HTTP/1.1\r\n${host}content-length: 1\r\ncontent-length: 2\r\n\r\nab`],
    ['length and chunks', `${chunked.slice(0, -2)}content-length: 5\r\n\r\n0\r\n\r\n`],
    ['a broken chunk size', `${chunked}zz\r\n`],
    ['a path without a slash', `GET good HTTP/1.1\r\n${host}\r\n`],
  ])('get a 400 with a JSON body: %s', async (_name, bytes) => {
    const listener = await startReader();
    const received = await exchange(listener.address.port, bytes);
    expect(statusOf(received)).toBe(400);
    expect(received).toMatch(/\r\nconnection: close\r\n/i);
    expect(jsonOf(received)).toEqual({ statusCode: 400, message: 'Bad request' });
    await expectAlive(listener);
  });

  it.each([
    ['headers', `GET / HTTP/1.1\r\n${host}x: ${'a'.repeat(500_000)}\r\n\r\n`],
    ['a URL', `GET /${'a'.repeat(500_000)} HTTP/1.1\r\n${host}\r\n`],
  ])('get a 431, and no reset for what is still being sent: %s too long', async (_name, bytes) => {
    const listener = await startReader();
    const wire = await connect(listener.address.port);
    wire.send(bytes);
    const received = await wire.closed();
    expect(statusOf(received)).toBe(431);
    expect(jsonOf(received)).toEqual({
      statusCode: 431,
      message: 'Request header fields too large',
    });
    expect(wire.socket.errored).toBeNull();
    await expectAlive(listener);
  });

  it('may still be on their way for a while after the refusal, without a reset', async () => {
    const listener = await startReader();
    const socket = net.connect({ port: listener.address.port, allowHalfOpen: true });
    const errors: Error[] = [];
    socket.on('error', (error) => errors.push(error));
    socket.write('garbage\r\n\r\n');
    socket.resume();
    await new Promise((resolve) => socket.once('end', resolve));
    for (let count = 0; count < 4; count += 1) {
      socket.write('garbage');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(errors).toEqual([]);
    socket.destroy();
  });

  it('do not hold a connection that goes on after its refusal', async () => {
    const listener = await startReader();
    const socket = net.connect({ port: listener.address.port, allowHalfOpen: true });
    socket.on('error', () => {});
    const flood = setInterval(() => socket.write('garbage'), 10);
    const ended = new Promise((resolve) => socket.once('end', resolve));
    socket.resume();
    await ended;
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(flood);
    await expectAlive(listener);
  });

  it('get a 413 for chunk extensions that are too large', async () => {
    const listener = await startReader();
    const bytes = `${chunked}1;${'a'.repeat(50_000)}\r\na\r\n0\r\n\r\n`;
    const received = await exchange(listener.address.port, bytes);
    expect(statusOf(received)).toBe(413);
    expect(jsonOf(received)).toMatchObject({ statusCode: 413 });
    await expectAlive(listener);
  });

  it.each([
    ['headers', `GET / HTTP/1.1\r\n${host}`, { requestTimeoutMs: 60_000 }],
    ['a body', `POST / HTTP/1.1\r\n${host}content-length: 10\r\n\r\nabc`, {}],
  ])('get a 408 when they stop in the middle of %s', async (_name, bytes, limits) => {
    const listener = await startReader(limits);
    const received = await exchange(listener.address.port, bytes);
    expect(statusOf(received)).toBe(408);
    expect(jsonOf(received)).toEqual({ statusCode: 408, message: 'Request timeout' });
    await expectAlive(listener);
  });

  it('get a 408 when a body arrives byte by byte for too long', async () => {
    const listener = await startReader();
    const wire = await connect(listener.address.port);
    wire.send(`POST / HTTP/1.1\r\n${host}content-length: 1000\r\n\r\n`);
    const drip = setInterval(() => wire.send('a'), 20);
    const received = await wire.closed();
    clearInterval(drip);
    expect(statusOf(received)).toBe(408);
    await expectAlive(listener);
  });

  it('do not take the place of the answer to the good request before them', async () => {
    let respond = () => {};
    const listener = await startTestListener({
      handler: (_request, response) => {
        respond = () => answer(response, 'late');
      },
    });
    const wire = await connect(listener.address.port);
    wire.send(`GET / HTTP/1.1\r\n${host}\r\n\0\0garbage\r\n\r\n`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(wire.text()).toBe('');
    respond();
    const received = await wire.closed();
    expect(statusOf(received)).toBe(200);
    expect(received).toMatch(/connection: close\r\n/i);
    expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it('are not added to an answer that has begun', async () => {
    const listener = await startTestListener({
      handler: (request, response) => {
        begin(response, 'begun');
        request.on('error', () => {});
      },
    });
    const wire = await connect(listener.address.port);
    wire.send(chunked);
    await wire.until((text) => text.includes('begun'));
    wire.send('zz\r\n');
    expect((await wire.closed()).match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it('do not reach the log, for they may hold a key', async () => {
    const lines: string[] = [];
    const line = (fields: object, message: string) =>
      void lines.push(message, ...Object.values(fields).map((value) => JSON.stringify(value)));
    const listener = await startTestListener({ log: { debug: line, warn: line, error: line } });
    await exchange(listener.address.port, `GET / HTTP/1.1\r\nx-api-key: lk_secret\r\nbad\r\n\r\n`);
    expect(lines.join()).toContain('HPE_');
    expect(lines.join()).not.toContain('lk_secret');
    expect(lines.join()).not.toContain([...Buffer.from('lk_secret')].join());
  });
});

describe('what an HTTP/1.1 client may ask beyond a request', () => {
  it('is a 100 before it sends the body', async () => {
    const listener = await startReader();
    const wire = await connect(listener.address.port);
    wire.send(
      `POST / HTTP/1.1\r\n${host}expect: 100-continue\r\ncontent-length: 3\r\nconnection: close\r\n\r\n`,
    );
    await wire.until((text) => text === 'HTTP/1.1 100 Continue\r\n\r\n');
    wire.send('abc');
    expect(await wire.closed()).toMatch(/HTTP\/1\.1 200 .*abc$/s);
  });

  it('is nothing else by Expect', async () => {
    const listener = await startReader();
    const bytes = `POST / HTTP/1.1\r\n${host}expect: miracles\r\ncontent-length: 3\r\n\r\nabc`;
    const received = await exchange(listener.address.port, bytes);
    expect(jsonOf(received)).toEqual({ statusCode: 417, message: 'Expectation failed' });
    await expectAlive(listener);
  });

  it.each(['h2c', 'websocket'])('is an upgrade to %s, which is passed over', async (protocol) => {
    const listener = await startReader();
    const bytes =
      `GET / HTTP/1.1\r\n${host}connection: Upgrade, HTTP2-Settings, close\r\n` +
      `upgrade: ${protocol}\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n`;
    expect(statusOf(await exchange(listener.address.port, bytes))).toBe(200);
    await expectAlive(listener);
  });

  it('is no tunnel', async () => {
    const listener = await startReader();
    const bytes = 'CONNECT localhost:443 HTTP/1.1\r\nhost: localhost:443\r\n\r\n';
    const received = await exchange(listener.address.port, bytes);
    expect(jsonOf(received)).toEqual({ statusCode: 501, message: 'Not implemented' });
    await expectAlive(listener);
  });

  it('is a tunnel that it abandons at once', async () => {
    const listener = await startReader();
    const wire = await connect(listener.address.port);
    wire.send('CONNECT localhost:443 HTTP/1.1\r\nhost: localhost:443\r\n\r\n');
    wire.socket.resetAndDestroy();
    await expectAlive(listener);
  });
});
