import * as net from 'node:net';
import { describe, expect, it } from 'vitest';
import type { RequestHandler } from '../../src/http/listener.ts';
import { encodeFrame, encodeHeaders, flag, frameType, getFields, preface } from './frames.ts';
import { answer, answerEcho, begin, startTestListener } from './listening.ts';
import { call, isGoaway, openRawSession, openSession, readAnswer } from './session.ts';
import { connect, type Wire } from './wire.ts';

const keptGet = (path: string) => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Answers at once, but `/hold` when the test says so and `/stream` in two parts. */
function createHolding() {
  const held: (() => void)[] = [];
  const handler: RequestHandler = (request, response) => {
    if (request.url === '/hold') held.push(() => answer(response, 'held'));
    else if (request.url === '/stream') {
      begin(response, 'begun');
      held.push(() => void response.end());
    } else answerEcho(request, response);
  };
  return {
    handler,
    async holds(count: number) {
      await expect.poll(() => held.length).toBe(count);
    },
    release() {
      for (const finish of held.splice(0)) finish();
    },
  };
}

/** Sends a request on a connection that is kept, and waits for its answer. */
async function getKept(wire: Wire): Promise<void> {
  wire.send(keptGet('/'));
  await wire.until((text) => text.includes('"url":"/"'));
}

describe('draining', () => {
  it('is done at once when nothing is in flight', async () => {
    const listener = await startTestListener();
    expect(await listener.drain({ timeoutMs: 60_000 })).toBe('drained');
  });

  it('refuses connections from its first moment', async () => {
    const holding = createHolding();
    const listener = await startTestListener({ handler: holding.handler });
    const wire = await connect(listener.address.port);
    wire.send(keptGet('/hold'));
    await holding.holds(1);
    const drained = listener.drain({ timeoutMs: 60_000 });
    await expect(connect(listener.address.port)).rejects.toThrow('ECONNREFUSED');
    holding.release();
    expect(await drained).toBe('drained');
  });

  it('closes idle and undecided connections at once', async () => {
    const holding = createHolding();
    const listener = await startTestListener({
      handler: holding.handler,
      limits: { prefaceTimeoutMs: 60_000 },
    });
    const { port } = listener.address;
    const busy = await connect(port);
    busy.send(keptGet('/hold'));
    const idle = await connect(port);
    await getKept(idle);
    const silent = await connect(port);
    const half = await connect(port);
    half.send(preface.subarray(0, 12));
    const session = await openRawSession(port);
    await session.frame(() => true);
    await holding.holds(1);
    const drained = listener.drain({ timeoutMs: 60_000 });
    await Promise.all([idle.closed(), silent.closed(), half.closed(), session.closed()]);
    expect(session.frames().some(isGoaway)).toBe(true);
    expect(busy.socket.destroyed).toBe(false);
    holding.release();
    expect(await busy.closed()).toMatch(/held$/);
    expect(await drained).toBe('drained');
  });

  it('lets HTTP/1.1 requests finish and says that the connection closes', async () => {
    const holding = createHolding();
    const listener = await startTestListener({ handler: holding.handler });
    const wires = await Promise.all([1, 2].map(() => connect(listener.address.port)));
    const [first, second] = wires as [Wire, Wire];
    await getKept(first);
    first.send(keptGet('/hold'));
    second.send(keptGet('/hold'));
    await holding.holds(2);
    const drained = listener.drain({ timeoutMs: 60_000 });
    await pause(150);
    holding.release();
    for (const wire of wires) {
      const lastAnswer = (await wire.closed()).split('HTTP/1.1 ').at(-1);
      expect(lastAnswer).toMatch(/^200 .*\r\nconnection: close\r\n.*held$/is);
    }
    expect(await drained).toBe('drained');
  });

  it('does not take a request for an idle connection because its handler set a time-out', async () => {
    const holding = createHolding();
    const listener = await startTestListener({
      handler: (request, response) => {
        request.setTimeout(60_000);
        holding.handler(request, response);
      },
    });
    const wire = await connect(listener.address.port);
    wire.send(keptGet('/hold'));
    await holding.holds(1);
    const drained = listener.drain({ timeoutMs: 60_000 });
    await pause(150);
    holding.release();
    expect(await wire.closed()).toMatch(/held$/);
    expect(await drained).toBe('drained');
  });

  it('closes a connection that was told to be kept when its answer is complete', async () => {
    const holding = createHolding();
    const listener = await startTestListener({ handler: holding.handler });
    const wire = await connect(listener.address.port);
    wire.send(keptGet('/stream'));
    await wire.until((text) => text.includes('begun'));
    const drained = listener.drain({ timeoutMs: 60_000 });
    await pause(150);
    expect(wire.socket.destroyed).toBe(false);
    holding.release();
    const received = await wire.closed();
    expect(received).toMatch(/connection: keep-alive/i);
    expect(received).toMatch(/0\r\n\r\n$/);
    expect(await drained).toBe('drained');
  });

  it('does not cut an answer that is complete but not sent yet', async () => {
    const bytes = 60_000_000;
    const listener = await startTestListener({
      handler: (_request, response) => answer(response, Buffer.alloc(bytes, 'x')),
    });
    const socket = net.connect(listener.address.port, '127.0.0.1');
    socket.write(keptGet('/'));
    let receivedBytes = 0;
    socket.on('data', (chunk) => {
      receivedBytes += chunk.length;
    });
    await new Promise((resolve) => socket.once('data', resolve));
    socket.pause();
    const drained = listener.drain({ timeoutMs: 60_000 });
    await pause(150);
    socket.resume();
    expect(await drained).toBe('drained');
    await new Promise((resolve) => (socket.destroyed ? resolve(0) : socket.once('close', resolve)));
    expect(receivedBytes).toBeGreaterThan(bytes);
  });

  it('lets a request finish that is still arriving', async () => {
    const holding = createHolding();
    const listener = await startTestListener({ handler: holding.handler });
    const wire = await connect(listener.address.port);
    wire.send('GET / HTTP/1.1\r\nhost: a\r\n');
    await pause(20);
    const drained = listener.drain({ timeoutMs: 60_000 });
    wire.send('\r\n');
    expect(await wire.closed()).toMatch(/^HTTP\/1\.1 200 .*connection: close/is);
    expect(await drained).toBe('drained');
  });

  it('still bounds how long a request may arrive', async () => {
    const listener = await startTestListener();
    const wire = await connect(listener.address.port);
    wire.send('GET / HTTP/1.1\r\nhost: a\r\n');
    await pause(20);
    const drained = listener.drain({ timeoutMs: 60_000 });
    expect(await wire.closed()).toMatch(/^HTTP\/1\.1 408 /);
    expect(await drained).toBe('drained');
  });

  it('lets HTTP/2 streams finish, after GOAWAY', async () => {
    const holding = createHolding();
    const listener = await startTestListener({ handler: holding.handler });
    const session = await openSession(listener.address.port);
    let goaways = 0;
    session.on('goaway', () => {
      goaways += 1;
    });
    const held = call(session, { ':path': '/hold' });
    const streamed = call(session, { ':path': '/stream' });
    await holding.holds(2);
    const drained = listener.drain({ timeoutMs: 60_000 });
    await expect.poll(() => goaways).toBe(1);
    await pause(100);
    holding.release();
    expect((await held).body.toString()).toBe('held');
    expect((await streamed).body.toString()).toBe('begun');
    expect(await drained).toBe('drained');
    await expect.poll(() => session.destroyed).toBe(true);
  });

  it('serves no stream that is opened after GOAWAY', async () => {
    const holding = createHolding();
    const listener = await startTestListener({ handler: holding.handler });
    const session = await openRawSession(listener.address.port);
    const open = (streamId: number, path: string) =>
      encodeFrame(
        frameType.headers,
        flag.endHeaders | flag.endStream,
        streamId,
        encodeHeaders(getFields([], path)),
      );
    session.send(open(1, '/hold'));
    await holding.holds(1);
    const drained = listener.drain({ timeoutMs: 60_000 });
    const goaway = await session.frame(isGoaway);
    expect(goaway.payload.readUInt32BE()).toBe(1);
    session.send(open(3, '/'));
    await pause(50);
    holding.release();
    await session.closed();
    const answered = session.frames().filter(({ type }) => type === frameType.headers);
    expect(answered.map(({ streamId }) => streamId)).toEqual([1]);
    expect(await drained).toBe('drained');
  });

  it('calls the hook shortly before its time is over, for streams to end with an answer', async () => {
    const holding = createHolding();
    const listener = await startTestListener({ handler: holding.handler });
    const session = await openSession(listener.address.port);
    const wire = await connect(listener.address.port);
    wire.send(keptGet('/stream'));
    const streamed = call(session, { ':path': '/stream' });
    await holding.holds(2);
    let hookCalls = 0;
    let hookMs = 0;
    const begunMs = performance.now();
    const drained = listener.drain({
      timeoutMs: 2_000,
      onDeadline: () => {
        hookCalls += 1;
        hookMs = performance.now() - begunMs;
        holding.release();
      },
    });
    expect((await streamed).body.toString()).toBe('begun');
    expect(await wire.closed()).toMatch(/0\r\n\r\n$/);
    expect(await drained).toBe('drained');
    expect(hookCalls).toBe(1);
    expect(hookMs).toBeGreaterThan(1_500);
  });

  it('does not call the hook when it is done before', async () => {
    const listener = await startTestListener();
    let isCalled = false;
    await listener.drain({
      timeoutMs: 100,
      onDeadline: () => {
        isCalled = true;
      },
    });
    await pause(150);
    expect(isCalled).toBe(false);
  });

  it('cuts what is left when its time is over, and nothing before', async () => {
    const holding = createHolding();
    const listener = await startTestListener({
      handler: holding.handler,
      limits: { headersTimeoutMs: 60_000, requestTimeoutMs: 60_000 },
    });
    const { port } = listener.address;
    const wire = await connect(port);
    wire.send(keptGet('/hold'));
    const partial = await connect(port);
    partial.send('POST / HTTP/1.1\r\n');
    const session = await openSession(port);
    const stream = session.request({ ':path': '/stream' });
    const outcome = readAnswer(stream).catch((error: Error) => error);
    await holding.holds(2);
    const begunMs = performance.now();
    const cutsMs: number[] = [];
    for (const { socket } of [wire, partial]) {
      socket.once('close', () => cutsMs.push(performance.now() - begunMs));
    }
    stream.once('close', () => cutsMs.push(performance.now() - begunMs));
    expect(await listener.drain({ timeoutMs: 150 })).toBe('forced');
    expect(await wire.closed()).toBe('');
    expect(await partial.closed()).toBe('');
    expect(await outcome).toBeInstanceOf(Error);
    expect(cutsMs).toHaveLength(3);
    expect(Math.min(...cutsMs)).toBeGreaterThan(149);
    await expect.poll(() => session.destroyed).toBe(true);
    holding.release();
  });

  it('cuts a peer that reads nothing', async () => {
    const listener = await startTestListener({
      handler: (_request, response) => answer(response, Buffer.alloc(60_000_000)),
    });
    const session = await openSession(listener.address.port);
    const stream = session.request({ ':path': '/' });
    stream.on('error', () => {});
    await new Promise((resolve) => stream.once('response', resolve));
    stream.pause();
    const wire = await connect(listener.address.port);
    wire.send(keptGet('/'));
    await new Promise((resolve) => wire.socket.once('data', resolve));
    wire.socket.pause();
    expect(await listener.drain({ timeoutMs: 50 })).toBe('forced');
    wire.socket.destroy();
  });

  it('is one drain, however often it is asked for', async () => {
    const holding = createHolding();
    const listener = await startTestListener({ handler: holding.handler });
    const wire = await connect(listener.address.port);
    wire.send(keptGet('/hold'));
    await holding.holds(1);
    const first = listener.drain({ timeoutMs: 60_000 });
    const second = listener.drain({ timeoutMs: 1 });
    await pause(50);
    expect(wire.socket.destroyed).toBe(false);
    holding.release();
    expect(await Promise.all([first, second])).toEqual(['drained', 'drained']);
    expect(await listener.drain({ timeoutMs: 1 })).toBe('drained');
    await listener.close();
  });

  it('is forced by a close in the middle of it', async () => {
    const holding = createHolding();
    const listener = await startTestListener({ handler: holding.handler });
    const wire = await connect(listener.address.port);
    wire.send(keptGet('/hold'));
    await holding.holds(1);
    const drained = listener.drain({ timeoutMs: 60_000 });
    await listener.close();
    expect(await drained).toBe('forced');
    expect(await wire.closed()).toBe('');
  });

  it('waits for the streams of a session whose peer still answers pings', async () => {
    const holding = createHolding();
    const listener = await startTestListener({
      handler: holding.handler,
      limits: { pingIntervalMs: 20, pingTimeoutMs: 50, sessionIdleTimeoutMs: 20 },
    });
    const session = await openSession(listener.address.port);
    const held = call(session, { ':path': '/hold' });
    await holding.holds(1);
    const drained = listener.drain({ timeoutMs: 60_000 });
    await pause(200);
    holding.release();
    expect((await held).body.toString()).toBe('held');
    expect(await drained).toBe('drained');
  });
});
