import * as net from 'node:net';
import { describe, expect, it } from 'vitest';
import { encodeFrame, encodeHeaders, flag, frameType, getFields, preface } from './frames.ts';
import { createHolding, getKept, keptGet, pause } from './holding.ts';
import { answer, startTestListener } from './listening.ts';
import { call, isGoaway, openRawSession, openSession } from './session.ts';
import { connect, type Wire } from './wire.ts';

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

  it('waits for the streams of a session that pings its peer', async () => {
    const holding = createHolding();
    const listener = await startTestListener({
      handler: holding.handler,
      limits: { pingIntervalMs: 20, pingTimeoutMs: 2_000, sessionIdleTimeoutMs: 20 },
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
