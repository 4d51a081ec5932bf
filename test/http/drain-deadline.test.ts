import { describe, expect, it } from 'vitest';
import { createHolding, keptGet, pause } from './holding.ts';
import { answer, startTestListener } from './listening.ts';
import { call, openSession, readAnswer } from './session.ts';
import { connect } from './wire.ts';

describe('the end of a drain', () => {
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
});
