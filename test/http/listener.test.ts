import { describe, expect, it } from 'vitest';
import { completeLimits, defaultLimits, type ListenerLimits } from '../../src/http/limits.ts';
import { startListener } from '../../src/http/listener.ts';
import { answerEcho, expectAlive, goodRequest, startTestListener } from './listening.ts';
import { call, openSession } from './session.ts';
import { connect, exchange, jsonOf } from './wire.ts';

describe('a listener', () => {
  it('answers HTTP/1.1 and HTTP/2 on one port', async () => {
    const { port } = (await startTestListener()).address;
    const overHttp2 = await call(await openSession(port), { ':path': '/two' });
    expect(JSON.parse(overHttp2.body.toString())).toMatchObject({ version: '2.0', url: '/two' });
    expect(jsonOf(await exchange(port, goodRequest))).toMatchObject({
      version: '1.1',
      url: '/good',
    });
  });

  it('takes a free port for port 0 and tells which', async () => {
    const first = await startTestListener();
    const second = await startTestListener();
    expect(first.address.port).toBeGreaterThan(0);
    expect(second.address.port).not.toBe(first.address.port);
    expect(first.address.host).toBe('127.0.0.1');
  });

  it('listens on an IPv6 address', async () => {
    const listener = await startTestListener({ host: '::1' });
    expect(listener.address.host).toBe('::1');
    const wire = await connect(listener.address.port, '::1');
    wire.send(goodRequest.replace('localhost', `[::1]:${listener.address.port}`));
    expect(await wire.closed()).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('says which address is taken when the port is in use', async () => {
    const { port } = (await startTestListener()).address;
    await expect(startTestListener({ port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: `Unable to listen on 127.0.0.1:${port}: the port is in use.`,
    });
  });

  it('says which address is not of this machine', async () => {
    const started = startTestListener({ host: '2001:db8::1', port: 80 });
    await expect(started).rejects.toThrow('Unable to listen on [2001:db8::1]:80: ');
  });

  it('refuses a port out of range', async () => {
    await expect(startTestListener({ port: 65_536 })).rejects.toThrow(RangeError);
  });

  it('closes connections beyond the limit and says how many', async () => {
    const warnings: object[] = [];
    const log = { debug() {}, error() {}, warn: (fields: object) => void warnings.push(fields) };
    const listener = await startTestListener({ limits: { connectionsMax: 2 }, log });
    const { port } = listener.address;
    const kept = [await connect(port), await connect(port)];
    expect(await exchange(port, goodRequest)).toBe('');
    expect(await exchange(port, goodRequest)).toBe('');
    for (const wire of kept) wire.socket.destroy();
    await expect.poll(() => warnings).toEqual([]);
    await expect
      .poll(() => warnings, { timeout: 3_000 })
      .toEqual([{ connectionsMax: 2, refused: 2 }]);
    await expectAlive(listener);
  });

  it('closes an HTTP/1.1 connection that waits too long for a next request', async () => {
    const listener = await startTestListener({ limits: { keepAliveTimeoutMs: 100 } });
    const wire = await connect(listener.address.port);
    wire.send('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    expect(await wire.closed()).toMatch(/^HTTP\/1\.1 200 .*connection: keep-alive/is);
    await expectAlive(listener);
  });

  it('cuts everything when it is closed, however often', async () => {
    const listener = await startTestListener({ handler: () => {} });
    const { port } = listener.address;
    const inFlight = await connect(port);
    inFlight.send(goodRequest);
    const session = await openSession(port);
    const stream = session.request({ ':path': '/' });
    stream.on('error', () => {});
    const undecided = await connect(port);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await Promise.all([listener.close(), listener.close()]);
    expect(await inFlight.closed()).toBe('');
    expect(await undecided.closed()).toBe('');
    await expect.poll(() => session.destroyed).toBe(true);
    await expect(connect(port)).rejects.toThrow('ECONNREFUSED');
    await listener.close();
  });
});

describe('the limits of a listener', () => {
  it('are the defaults where none are given', () => {
    expect(completeLimits({})).toEqual(defaultLimits);
    expect(completeLimits({ streamsMax: 7 })).toEqual({ ...defaultLimits, streamsMax: 7 });
  });

  it.each(Object.keys(defaultLimits) as (keyof ListenerLimits)[])(
    'refuse to start without a limit in %s',
    async (name) => {
      for (const value of [0, -1, 1.5, Number.POSITIVE_INFINITY, Number.NaN, 2 ** 31]) {
        const started = startListener({
          host: '127.0.0.1',
          port: 0,
          handler: answerEcho,
          limits: { [name]: value },
        });
        await expect(started).rejects.toThrow(`${name} must be an integer`);
      }
    },
  );

  it('refuse a head that may take longer than its request', () => {
    expect(() => completeLimits({ headersTimeoutMs: 2, requestTimeoutMs: 1 })).toThrow(RangeError);
  });
});
