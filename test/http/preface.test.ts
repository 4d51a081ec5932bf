import { describe, expect, it } from 'vitest';
import {
  encodeFrame,
  encodeHeaders,
  flag,
  frameType,
  getFields,
  opening,
  preface,
} from './frames.ts';
import { expectAlive, goodRequest, startTestListener } from './listening.ts';
import { isGoaway, openRawSession } from './session.ts';
import { connect, exchange, jsonOf } from './wire.ts';

const isAnswer = ({ type, streamId }: { type: number; streamId: number }) =>
  type === frameType.data && streamId === 1;

const getFrame = encodeFrame(
  frameType.headers,
  flag.endHeaders | flag.endStream,
  1,
  encodeHeaders(getFields()),
);

describe('the first bytes of a connection', () => {
  it('tell HTTP/2 also when they come one by one', async () => {
    const listener = await startTestListener({ limits: { prefaceTimeoutMs: 5_000 } });
    const wire = await connect(listener.address.port);
    wire.socket.setNoDelay(true);
    for (const byte of Buffer.concat([opening, getFrame])) {
      wire.send(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    expect(await wire.until((text) => text.includes('"version":"2.0"'))).toBeTruthy();
    wire.socket.destroy();
  });

  it.each(['POST', 'PUT', 'PATCH', 'PRI', 'P'])(
    'tell HTTP/1.1 although they begin like the preface: %s',
    async (method) => {
      const listener = await startTestListener();
      const wire = await connect(listener.address.port);
      wire.send(method);
      await new Promise((resolve) => setTimeout(resolve, 20));
      wire.send(' /good HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
      const isMethod = method !== 'PRI' && method !== 'P';
      expect(await wire.closed()).toMatch(isMethod ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 400 /);
      await expectAlive(listener);
    },
  );

  it('are not lost when a whole HTTP/2 exchange comes with them', async () => {
    const listener = await startTestListener();
    const wire = await connect(listener.address.port);
    wire.send(Buffer.concat([opening, getFrame]));
    expect(await wire.until((text) => text.includes('"version":"2.0"'))).toBeTruthy();
    wire.socket.destroy();
  });

  it('are not lost when pipelined requests come with them', async () => {
    const listener = await startTestListener();
    const keep = goodRequest.replace('connection: close\r\n', '');
    const received = await exchange(listener.address.port, keep + keep + goodRequest);
    expect(received.match(/HTTP\/1\.1 200/g)).toHaveLength(3);
  });

  it.each([
    ['no byte', ''],
    ['one byte of the preface', preface.subarray(0, 1)],
    ['half of the preface', preface.subarray(0, 12)],
    ['all but one byte of the preface', preface.subarray(0, 23)],
  ])('are waited for no longer than the limit: %s', async (_name, bytes) => {
    const listener = await startTestListener();
    expect(await exchange(listener.address.port, bytes)).toBe('');
    await expectAlive(listener);
  });

  it('do not gain time when they come drop by drop', async () => {
    const listener = await startTestListener();
    const wire = await connect(listener.address.port);
    let sent = 0;
    const drip = setInterval(() => wire.send(preface.subarray(sent, ++sent)), 50);
    expect(await wire.closed()).toBe('');
    clearInterval(drip);
    expect(sent).toBeLessThan(preface.length);
    await expectAlive(listener);
  });

  it('get a 400 when half a preface goes on as garbage', async () => {
    const listener = await startTestListener();
    const wire = await connect(listener.address.port);
    wire.send(preface.subarray(0, 12));
    await new Promise((resolve) => setTimeout(resolve, 20));
    wire.send('\0\0garbage\r\n\r\n');
    expect(jsonOf(await wire.closed())).toEqual({ statusCode: 400, message: 'Bad request' });
    await expectAlive(listener);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['half a preface', preface.subarray(0, 12)],
    ['the preface', preface],
    ['a session', opening],
  ])('end the connection when the client ends its side after %s', async (_name, bytes) => {
    const listener = await startTestListener({ limits: { prefaceTimeoutMs: 60_000 } });
    const wire = await connect(listener.address.port);
    wire.socket.end(bytes);
    await wire.closed();
    await expectAlive(listener);
  });

  it('may be followed by a reset at any time', async () => {
    const listener = await startTestListener();
    for (const bytes of ['', 'G', preface.subarray(0, 5), preface, opening, goodRequest]) {
      const wire = await connect(listener.address.port);
      wire.send(bytes);
      await new Promise((resolve) => setTimeout(resolve, 5));
      wire.socket.resetAndDestroy();
    }
    await expectAlive(listener);
  });
});

describe('garbage after the preface', () => {
  it.each([
    ['text', Buffer.from('GET / HTTP/1.1\r\nhost: a\r\n\r\n')],
    ['zeros', Buffer.alloc(4_096)],
    ['ones', Buffer.alloc(4_096, 0xff)],
    ['a headers frame without settings', getFrame],
    ['data for a stream that does not exist', encodeFrame(frameType.data, 0, 7, Buffer.alloc(9))],
  ])('ends the session with GOAWAY: %s', async (_name, bytes) => {
    const listener = await startTestListener();
    const wire = await connect(listener.address.port);
    wire.send(Buffer.concat([preface, bytes]));
    await wire.closed();
    await expectAlive(listener);
  });

  it('ends the session also in the middle of it', async () => {
    const listener = await startTestListener();
    const session = await openRawSession(listener.address.port);
    session.send(getFrame);
    await session.frame(isAnswer);
    session.send(Buffer.alloc(4_096, 0xff));
    await session.closed();
    expect(session.frames().some(isGoaway)).toBe(true);
    await expectAlive(listener);
  });
});
