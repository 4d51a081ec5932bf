import * as net from 'node:net';
import { describe, expect, it } from 'vitest';
import type { RequestHandler } from '../../src/http/listener.ts';
import { encodeFrame, encodeHeaders, flag, frameType, getFields, opening } from './frames.ts';
import {
  answer,
  answerEcho,
  begin,
  expectAlive,
  startTestListener,
  whenRead,
} from './listening.ts';
import {
  answerPings,
  call,
  errorCodeOf,
  isGoaway,
  openRawSession,
  openSession,
  readAnswer,
} from './session.ts';

const cancel = 8;

const openGet = (streamId: number, flags: number = flag.endStream) =>
  encodeFrame(frameType.headers, flag.endHeaders | flags, streamId, encodeHeaders(getFields()));

/** Leaves every request open but those of the given path. */
const answerOnly =
  (path: string): RequestHandler =>
  (request, response) => {
    if (request.url === path) answerEcho(request, response);
  };

describe('an HTTP/2 session', () => {
  it('is closed after it has been idle, whatever the pings', async () => {
    const limits = { sessionIdleTimeoutMs: 150, pingIntervalMs: 30, pingTimeoutMs: 60_000 };
    const listener = await startTestListener({ limits });
    const session = await openRawSession(listener.address.port);
    answerPings(session);
    const chatter = setInterval(
      () => session.send(encodeFrame(frameType.ping, 0, 0, Buffer.alloc(8))),
      30,
    );
    await session.closed();
    clearInterval(chatter);
    expect(errorCodeOf(await session.frame(isGoaway))).toBe(0);
    await expectAlive(listener);
  });

  it('is not idle while a stream is open, and is again after it', async () => {
    const handlers: (() => void)[] = [];
    const listener = await startTestListener({
      limits: { sessionIdleTimeoutMs: 100 },
      handler: (_request, response) => void handlers.push(() => answer(response, 'late')),
    });
    const session = await openSession(listener.address.port);
    const pending = call(session, { ':path': '/' });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(session.closed).toBe(false);
    for (const handle of handlers) handle();
    expect((await pending).body.toString()).toBe('late');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(session.closed).toBe(false);
    await expect.poll(() => session.destroyed).toBe(true);
  });

  it('is idle after streams that were reset as soon as they were opened', async () => {
    const listener = await startTestListener({ limits: { sessionIdleTimeoutMs: 100 } });
    const session = await openRawSession(listener.address.port);
    const frames = [1, 3, 5, 7].flatMap((streamId) => [
      openGet(streamId, 0),
      encodeFrame(frameType.resetStream, 0, streamId, Buffer.from([0, 0, 0, cancel])),
    ]);
    session.send(Buffer.concat(frames));
    await session.closed();
    expect(errorCodeOf(await session.frame(isGoaway))).toBe(0);
  });

  it('is destroyed when its peer answers no ping', async () => {
    const listener = await startTestListener({
      limits: { pingIntervalMs: 50, pingTimeoutMs: 100 },
      handler: answerOnly('/good'),
    });
    const session = await openRawSession(listener.address.port);
    session.send(openGet(1));
    await session.closed();
    expect(session.frames().filter(({ type }) => type === frameType.ping)).toHaveLength(1);
    await expectAlive(listener);
  });

  it('lives on as long as its peer answers pings', async () => {
    const listener = await startTestListener({
      limits: { pingIntervalMs: 30, pingTimeoutMs: 300 },
      handler: answerOnly('/good'),
    });
    const session = await openRawSession(listener.address.port);
    answerPings(session);
    session.send(openGet(1));
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(session.socket.destroyed).toBe(false);
    expect(session.frames().filter(({ type }) => type === frameType.ping).length).toBeGreaterThan(
      3,
    );
  });

  it('does not outlive a peer that reads nothing and answers nothing', async () => {
    const closed: string[] = [];
    const listener = await startTestListener({
      limits: { pingIntervalMs: 50, pingTimeoutMs: 100 },
      handler: (request, response) => {
        if (request.url === '/good') return answerEcho(request, response);
        response.on('close', () => closed.push('handler'));
        answer(response, Buffer.alloc(50_000_000));
      },
    });
    const session = await openRawSession(listener.address.port);
    const largest = Buffer.from([0x7f, 0xff, 0xff, 0xff]);
    const initialWindowSize = Buffer.from([0, 4]);
    session.send(
      Buffer.concat([
        encodeFrame(frameType.settings, 0, 0, Buffer.concat([initialWindowSize, largest])),
        encodeFrame(frameType.windowUpdate, 0, 0, Buffer.from([0x7f, 0xff, 0, 0])),
        openGet(1),
      ]),
    );
    await session.frame(({ type }) => type === frameType.data);
    session.socket.pause();
    await expect.poll(() => closed, { timeout: 3_000 }).toEqual(['handler']);
    await expectAlive(listener);
  });

  it('does not hold a connection whose peer never closes', async () => {
    const listener = await startTestListener({ limits: { sessionIdleTimeoutMs: 50 } });
    const socket = net.connect({ port: listener.address.port, allowHalfOpen: true });
    socket.on('error', () => {});
    socket.write(opening);
    socket.resume();
    const ended = new Promise((resolve) => socket.once('end', resolve));
    await ended;
    // The peer is told by a reset as soon as it sends something on the connection that is gone.
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const chatter = setInterval(() => socket.write(Buffer.alloc(17)), 50);
    await closed;
    clearInterval(chatter);
    await expectAlive(listener);
  });

  it('ends a request whose body does not come, and that one alone', async () => {
    const listener = await startTestListener({
      handler: (request, response) => {
        if (request.url === '/good') return answerEcho(request, response);
        whenRead(request, (body) => answer(response, body));
      },
    });
    const session = await openSession(listener.address.port);
    const slow = session.request({ ':method': 'POST', ':path': '/slow' });
    slow.write('a');
    const outcome = readAnswer(slow).catch(() => slow.rstCode);
    expect(await outcome).toBe(cancel);
    const drip = session.request({ ':method': 'POST', ':path': '/drip' });
    const timer = setInterval(() => drip.write('a'), 20);
    const dripped = await readAnswer(drip).catch(() => drip.rstCode);
    clearInterval(timer);
    expect(dripped).toBe(cancel);
    expect((await call(session, { ':path': '/good' })).headers[':status']).toBe(200);
  });

  it('gives a complete request all the time its answer takes', async () => {
    const listener = await startTestListener({
      handler: (_request, response) => void setTimeout(() => answer(response, 'late'), 900),
    });
    const session = await openSession(listener.address.port);
    const withBody = call(session, { ':method': 'POST', ':path': '/' }, Buffer.from('body'));
    const withoutBody = call(session, { ':path': '/' });
    expect((await withBody).body.toString()).toBe('late');
    expect((await withoutBody).body.toString()).toBe('late');
  });

  it.each([0, 1, 2, 5, 7, 8, 11, 99])(
    'survives streams that are reset with code %i at any time',
    async (code) => {
      const listener = await startTestListener({
        handler: (request, response) => {
          if (request.url === '/good') return answerEcho(request, response);
          begin(response, 'begun');
          setTimeout(() => response.end(), 20);
        },
      });
      const session = await openRawSession(listener.address.port);
      const payload = Buffer.alloc(4);
      payload.writeUInt32BE(code);
      const resetOf = (streamId: number) =>
        encodeFrame(frameType.resetStream, 0, streamId, payload);
      session.send(Buffer.concat([openGet(1, 0), resetOf(1), openGet(3, 0)]));
      await session.frame(({ type, streamId }) => type === frameType.data && streamId === 3);
      session.send(Buffer.concat([resetOf(3), openGet(5)]));
      await session.frame(({ flags, streamId }) => flags === flag.endStream && streamId === 5);
      await expectAlive(listener);
    },
  );
});
