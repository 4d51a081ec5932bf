import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { defaultLimits, type ListenerLimits } from '../../src/http/limits.ts';
import type { RequestHandler } from '../../src/http/listener.ts';
import { encodeFrame, encodeHeaders, type Frame, flag, frameType, getFields } from './frames.ts';
import { answer, startTestListener, whenRead } from './listening.ts';
import { call, errorCodeOf, openRawSession, openSession, readAnswer } from './session.ts';

const initialWindowSize = 4;
const flowControlError = 3;
const protocolWindowBytes = 65_535;

const answerLength: RequestHandler = (request, response) =>
  whenRead(request, (body) => answer(response, String(body.length)));

/** No time-out strikes however slow the machine is that moves these messages. */
function startPatient(handler: RequestHandler, limits: Partial<ListenerLimits> = {}) {
  return startTestListener({ handler, limits: { requestTimeoutMs: 60_000, ...limits } });
}

describe('HTTP/2 flow control', () => {
  it('offers windows as large as the limits say', async () => {
    const session = await openRawSession((await startTestListener()).address.port);
    const { payload } = await session.frame(
      ({ type, flags }) => type === frameType.settings && flags === 0,
    );
    const settings = new Map<number, number>();
    for (let at = 0; at < payload.length; at += 6) {
      settings.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    }
    expect(settings.get(initialWindowSize)).toBe(defaultLimits.streamWindowBytes);
    const update = await session.frame(({ type }) => type === frameType.windowUpdate);
    expect(update.streamId).toBe(0);
    expect(update.payload.readUInt32BE()).toBe(
      defaultLimits.sessionWindowBytes - protocolWindowBytes,
    );
  });

  it('takes and gives messages larger than every window', async () => {
    const size = 8 * defaultLimits.sessionWindowBytes;
    const { port } = (await startPatient(answerLength)).address;
    const up = await call(await openSession(port), { ':method': 'POST' }, Buffer.alloc(size));
    expect(up.body.toString()).toBe(String(size));
    const giving = await startPatient((_request, response) => answer(response, Buffer.alloc(size)));
    const down = await call(await openSession(giving.address.port), { ':path': '/' });
    expect(down.body).toHaveLength(size);
  });

  it('serves as many large messages at once as there may be streams', async () => {
    const message = Buffer.alloc(200_000);
    const listener = await startPatient((request, response) =>
      whenRead(request, () => answer(response, message)),
    );
    // The client's own limit on what it holds is not what is asked about.
    const session = await openSession(listener.address.port, { maxSessionMemory: 1_000 });
    const calls = Array.from({ length: defaultLimits.streamsMax }, () =>
      call(session, { ':method': 'POST' }, message),
    );
    const answers = await Promise.all(calls);
    expect(answers.every(({ body }) => body.length === message.length)).toBe(true);
  });

  it('gives a session that holds too much no further stream until it holds less', async () => {
    const answerSized: RequestHandler = (request, response) =>
      answer(response, Buffer.alloc(request.url === '/large' ? 2_000_000 : 0));
    const callWhileLarge = async (sessionMemoryMegabytesMax: number) => {
      const listener = await startPatient(answerSized, { sessionMemoryMegabytesMax });
      const session = await openSession(listener.address.port);
      const large = session.request({ ':path': '/large' });
      const answered = readAnswer(large);
      large.pause();
      await once(large, 'response');
      const meanwhile = await call(session, { ':path': '/' }).catch((error: Error) => error);
      large.resume();
      expect((await answered).body).toHaveLength(2_000_000);
      expect((await call(session, { ':path': '/' })).headers[':status']).toBe(200);
      return meanwhile;
    };
    expect(await callWhileLarge(1)).toMatchObject({
      message: expect.stringContaining('ENHANCE_YOUR_CALM'),
    });
    expect(await callWhileLarge(8)).toMatchObject({ headers: { ':status': 200 } });
  });

  it('gives a stream no further window before what it sent is read', async () => {
    const window = { streamWindowBytes: 100_000 };
    let read = () => {};
    const listener = await startPatient((request) => {
      read = () => whenRead(request, () => {});
    }, window);
    const session = await openRawSession(listener.address.port);
    const isGrant = ({ type, streamId }: Frame) =>
      type === frameType.windowUpdate && streamId === 1;
    await session.frame(({ type, flags }) => type === frameType.settings && flags === 0);
    session.send(
      Buffer.concat([
        encodeFrame(frameType.settings, flag.ack, 0),
        encodeFrame(frameType.headers, flag.endHeaders, 1, encodeHeaders(getFields())),
        ...Array.from({ length: 10 }, () =>
          encodeFrame(frameType.data, 0, 1, Buffer.alloc(10_000)),
        ),
      ]),
    );
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(session.frames().some(isGrant)).toBe(false);
    read();
    await session.frame(isGrant);
    expect(session.frames().some(({ type }) => type === frameType.resetStream)).toBe(false);
  });

  it('ends a stream that sends beyond its window', async () => {
    const listener = await startPatient(() => {}, { streamWindowBytes: 1_000 });
    const session = await openRawSession(listener.address.port);
    await session.frame(({ type, flags }) => type === frameType.settings && flags === 0);
    session.send(
      Buffer.concat([
        encodeFrame(frameType.settings, flag.ack, 0),
        encodeFrame(frameType.headers, flag.endHeaders, 1, encodeHeaders(getFields())),
        encodeFrame(frameType.data, 0, 1, Buffer.alloc(10_000)),
      ]),
    );
    const refusal = await session.frame(
      ({ type }) => type === frameType.resetStream || type === frameType.goaway,
    );
    expect(errorCodeOf(refusal)).toBe(flowControlError);
  });
});
