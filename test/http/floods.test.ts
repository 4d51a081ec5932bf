import { describe, expect, it } from 'vitest';
import { encodeFrame, encodeHeaders, flag, frameType, getFields } from './frames.ts';
import { answerEcho, expectAlive, startTestListener, whenRead } from './listening.ts';
import { call, errorCodeOf, isGoaway, openRawSession, openSession } from './session.ts';

const enhanceYourCalm = 11;
const refusedStream = 7;

const open = (streamId: number, flags: number = flag.endStream) =>
  encodeFrame(frameType.headers, flag.endHeaders | flags, streamId, encodeHeaders(getFields()));
const reset = (streamId: number) =>
  encodeFrame(frameType.resetStream, 0, streamId, Buffer.from([0, 0, 0, 8]));
const times = (count: number, frame: (index: number) => Buffer) =>
  Buffer.concat(Array.from({ length: count }, (_, index) => frame(index)));

/** A listener that leaves every request open but the one that asks whether it is alive. */
function startHanging(count: { calls: number } = { calls: 0 }) {
  return startTestListener({
    limits: { streamResetBurst: 50, streamResetsPerSecond: 1, requestTimeoutMs: 60_000 },
    handler: (request, response) => {
      if (request.url === '/good') return answerEcho(request, response);
      count.calls += 1;
      whenRead(request, () => {});
    },
  });
}

describe('a flood on an HTTP/2 session', () => {
  it.each([
    ['resets', times(5_000, (index) => Buffer.concat([open(2 * index + 1), reset(2 * index + 1)]))],
    ['SETTINGS', times(50_000, () => encodeFrame(frameType.settings, 0, 0))],
    ['PING', times(50_000, () => encodeFrame(frameType.ping, 0, 0, Buffer.alloc(8)))],
    [
      'CONTINUATION',
      Buffer.concat([
        encodeFrame(frameType.headers, flag.endStream, 1, encodeHeaders(getFields())),
        times(5_000, () => encodeFrame(frameType.continuation, 0, 1, encodeHeaders([['a', 'b']]))),
      ]),
    ],
    [
      'settings in one frame',
      encodeFrame(
        frameType.settings,
        0,
        0,
        times(200, (index) => Buffer.of(0x10, index, 0, 0, 0, 1)),
      ),
    ],
    [
      'empty DATA',
      Buffer.concat([open(1, 0), times(50_000, () => encodeFrame(frameType.data, 0, 1))]),
    ],
    ['streams beyond the limit', times(5_000, (index) => open(2 * index + 1))],
  ])('of %s ends the session', async (_name, bytes) => {
    const count = { calls: 0 };
    const listener = await startHanging(count);
    const session = await openRawSession(listener.address.port);
    session.send(bytes);
    await session.closed();
    expect(count.calls).toBeLessThan(5_000);
    await expectAlive(listener);
  });

  it('of resets beyond the limit ends the session also when it is small', async () => {
    const listener = await startHanging();
    const session = await openRawSession(listener.address.port);
    session.send(times(60, (index) => Buffer.concat([open(2 * index + 1), reset(2 * index + 1)])));
    await session.closed();
    await expectAlive(listener);
  });

  it('of resets within the limit is served', async () => {
    const listener = await startHanging();
    const session = await openRawSession(listener.address.port);
    session.send(times(40, (index) => Buffer.concat([open(2 * index + 1), reset(2 * index + 1)])));
    session.send(encodeFrame(frameType.ping, 0, 0, Buffer.alloc(8)));
    await session.frame(({ type, flags }) => type === frameType.ping && flags === flag.ack);
    expect(session.frames().some(isGoaway)).toBe(false);
    expect(session.socket.destroyed).toBe(false);
  });
});

describe('one stream too many', () => {
  it('is refused, to be tried again, and the others go on', async () => {
    const listener = await startTestListener({
      limits: { streamsMax: 2 },
      handler: (request, response) => {
        setTimeout(() => answerEcho(request, response), 50);
      },
    });
    const session = await openRawSession(listener.address.port);
    session.send(times(3, (index) => open(2 * index + 1)));
    const refusal = await session.frame(({ type }) => type === frameType.resetStream);
    expect([refusal.streamId, errorCodeOf(refusal)]).toEqual([5, refusedStream]);
    await session.frame(({ flags, streamId }) => streamId === 3 && flags === flag.endStream);
  });
});

describe('a header list too long', () => {
  it.each([
    ['in bytes', { a: 'x'.repeat(9_000), b: 'y'.repeat(9_000) }],
    ['in pairs', Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`h${i}`, ''] as const))],
  ])('resets its stream and leaves the session: %s', async (_name, headers) => {
    const session = await openSession((await startTestListener()).address.port);
    const stream = session.request({ ':path': '/', ...headers });
    const failure = new Promise((resolve) => stream.once('error', () => resolve(stream.rstCode)));
    expect(await failure).toBe(enhanceYourCalm);
    expect((await call(session, { ':path': '/' })).headers[':status']).toBe(200);
  });

  it('is none below the limits', async () => {
    const session = await openSession((await startTestListener()).address.port);
    const pairs = Array.from({ length: 100 }, (_, i) => [`h${i}`, 'x'.repeat(100)] as const);
    const { headers } = await call(session, { ':path': '/', ...Object.fromEntries(pairs) });
    expect(headers[':status']).toBe(200);
  });
});
