import { once } from 'node:events';
import * as grpc from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { encodeFrame, encodeHeaders, flag, frameType } from './frames.ts';
import { expectAlive, startTestListener } from './listening.ts';
import { call, errorCodeOf, openRawSession, openSession } from './session.ts';
import { exchange, jsonOf } from './wire.ts';

const badRequest = { statusCode: 400, message: 'Bad request' };

const malformedAuthorities = [
  '',
  'a b',
  '::::',
  '[',
  '[::1',
  '::1',
  'a:b',
  'a:65536',
  'a/b',
  'user@host',
  'host?',
  'host#',
  '1.2.3.256',
  'a,b:1:2',
  'ä',
  'a'.repeat(10_000),
];

const goodAuthorities = [
  'localhost',
  'localhost:8080',
  'localhost:',
  '127.0.0.1:1',
  '[::1]:8080',
  '[::ffff:127.0.0.1]',
  'ledger_1.internal:80',
  'xn--nxasmq6b.example.',
];

describe('the target of an HTTP/1 request', () => {
  async function get(head: string) {
    const listener = await startTestListener();
    const received = await exchange(listener.address.port, `${head}connection: close\r\n\r\n`);
    await expectAlive(listener);
    return received;
  }

  it.each(malformedAuthorities)('is refused with the Host %j', async (host) => {
    const received = await get(`GET / HTTP/1.1\r\nhost: ${host}\r\n`);
    expect(received).toMatch(/^HTTP\/1\.1 400 /);
    expect(jsonOf(received)).toEqual(badRequest);
  });

  it.each(goodAuthorities)('is answered with the Host %j', async (host) => {
    expect(jsonOf(await get(`GET /a HTTP/1.1\r\nhost: ${host}\r\n`))).toMatchObject({ host });
  });

  it('is refused without a Host on HTTP/1.1', async () => {
    expect(jsonOf(await get('GET / HTTP/1.1\r\n'))).toEqual(badRequest);
  });

  it('is answered without a Host on HTTP/1.0', async () => {
    expect(jsonOf(await get('GET / HTTP/1.0\r\n'))).toMatchObject({ host: 'localhost' });
  });

  it('is refused with two Hosts, even equal ones', async () => {
    expect(jsonOf(await get('GET / HTTP/1.1\r\nhost: a\r\nHost: a\r\n'))).toEqual(badRequest);
    expect(jsonOf(await get('GET / HTTP/1.0\r\nhost: a\r\nHost: b\r\n'))).toEqual(badRequest);
  });

  it.each([
    ['http://ledger:80/a?b', '/a?b', 'ledger:80'],
    ['HTTPS://ledger/', '/', 'ledger'],
    ['http://ledger', '/', 'ledger'],
    ['http://ledger?b', '/?b', 'ledger'],
    ['http://ledger//a', '//a', 'ledger'],
  ])('is its path and authority in absolute form: %s', async (form, url, host) => {
    const received = await get(`GET ${form} HTTP/1.1\r\nhost: other\r\n`);
    expect(jsonOf(received)).toMatchObject({ url, host });
  });

  it.each(['http:///a', 'http://a b/', 'http://user@host/', 'http://', 'ftp://a/', '*', 'a:1'])(
    'is refused when it is %s',
    async (form) => {
      const received = await get(`GET ${form} HTTP/1.1\r\nhost: a\r\n`);
      expect(jsonOf(received)).toEqual(badRequest);
    },
  );

  it('is the server itself for OPTIONS *', async () => {
    const received = await get('OPTIONS * HTTP/1.1\r\nhost: a\r\n');
    expect(received).toMatch(/^HTTP\/1\.1 204 /);
  });
});

describe('the target of an HTTP/2 request', () => {
  async function get(fields: readonly (readonly [string, string])[]) {
    const listener = await startTestListener();
    const session = await openRawSession(listener.address.port);
    const pseudo = [
      [':method', 'GET'],
      [':scheme', 'http'],
    ] as const;
    const block = encodeHeaders([...pseudo, ...fields]);
    session.send(encodeFrame(frameType.headers, flag.endHeaders | flag.endStream, 1, block));
    await session.frame(
      ({ type, streamId, flags }) =>
        streamId === 1 && (type === frameType.resetStream || (flags & flag.endStream) !== 0),
    );
    const frames = session.frames().filter(({ streamId }) => streamId === 1);
    await expectAlive(listener);
    const reset = frames.find(({ type }) => type === frameType.resetStream);
    if (reset !== undefined) return { reset: errorCodeOf(reset) };
    const body = frames.filter(({ type }) => type === frameType.data);
    return JSON.parse(Buffer.concat(body.map(({ payload }) => payload)).toString());
  }

  it('is answered with :authority, or Host, or both alike', async () => {
    const path = [':path', '/a'] as const;
    expect(await get([path, [':authority', 'one']])).toMatchObject({ host: 'one' });
    expect(await get([path, ['host', 'two']])).toMatchObject({ host: 'two' });
    expect(await get([path, [':authority', 'three'], ['host', 'Three']])).toMatchObject({
      host: 'three',
    });
  });

  it('is refused when :authority and Host differ', async () => {
    expect(
      await get([
        [':path', '/'],
        [':authority', 'a'],
        ['host', 'b'],
      ]),
    ).toEqual(badRequest);
  });

  it.each(['::::', '[', 'a:b', 'a:65536', 'user@host', '1.2.3.256', 'a'.repeat(10_000)])(
    'is refused with the :authority %j',
    async (authority) => {
      const refusal = await get([
        [':path', '/'],
        [':authority', authority],
      ]);
      expect([badRequest, { reset: 1 }]).toContainEqual(refusal);
    },
  );

  it.each([
    ['without any authority', [[':path', '/']]],
    [
      'with two authorities',
      [
        [':path', '/'],
        [':authority', 'a'],
        [':authority', 'b'],
      ],
    ],
    [
      'with an authority with a space',
      [
        [':path', '/'],
        [':authority', 'a b'],
      ],
    ],
    [
      'with a path without a slash',
      [
        [':path', 'a'],
        [':authority', 'a'],
      ],
    ],
    [
      'with an absolute path',
      [
        [':path', 'http://a/b'],
        [':authority', 'a'],
      ],
    ],
    [
      'with a star',
      [
        [':path', '*'],
        [':authority', 'a'],
      ],
    ],
  ] as const)('is reset as a protocol error %s', async (_name, fields) => {
    expect(await get(fields)).toEqual({ reset: 1 });
  });

  it('is the server itself for OPTIONS *', async () => {
    const session = await openSession((await startTestListener()).address.port);
    const { headers } = await call(session, { ':method': 'OPTIONS', ':path': '*' });
    expect(headers[':status']).toBe(204);
  });

  it('is refused for gRPC by a trailers-only answer', async () => {
    const session = await openSession((await startTestListener()).address.port);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      ':authority': '::::',
      'content-type': 'application/grpc+proto',
      te: 'trailers',
    });
    const [headers, flags] = await once(stream, 'response');
    expect(headers).toMatchObject({
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-status': '3',
      'grpc-message': 'Bad request',
    });
    expect(flags & flag.endStream).toBe(flag.endStream);
  });

  it('is an INVALID_ARGUMENT to a grpc-js client when its authority is malformed', async () => {
    const { port } = (await startTestListener()).address;
    const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
      'grpc.default_authority': '::::',
    });
    onTestFinished(() => client.close());
    const refusal = await new Promise<grpc.ServiceError | null>((resolve) => {
      const bytes = (message: Buffer) => message;
      client.makeUnaryRequest('/a.B/C', bytes, bytes, Buffer.alloc(0), resolve);
    });
    expect(refusal).toMatchObject({
      code: grpc.status.INVALID_ARGUMENT,
      details: 'Bad request',
    });
  });

  it('is refused for gRPC-Web and Connect by an HTTP status', async () => {
    const session = await openSession((await startTestListener()).address.port);
    for (const type of ['application/grpc-web+proto', 'application/json', 'application/grpcx']) {
      const { headers, body } = await call(session, {
        ':method': 'POST',
        ':path': '/',
        ':authority': '::::',
        'content-type': type,
      });
      expect(headers[':status']).toBe(400);
      expect(JSON.parse(body.toString())).toEqual(badRequest);
    }
  });

  it('is no tunnel and no expectation but 100-continue', async () => {
    const session = await openSession((await startTestListener()).address.port);
    const tunnel = session.request({ ':method': 'CONNECT', ':authority': 'a:443' });
    const status = new Promise((resolve) =>
      tunnel.on('response', (headers) => resolve(headers[':status'])),
    );
    expect(await status).toBe(501);
    const expecting = await call(session, { ':path': '/', expect: 'miracles' });
    expect(expecting.headers[':status']).toBe(417);
    const continued = await call(session, { ':path': '/', expect: '100-continue' });
    expect(continued.headers[':status']).toBe(200);
  });
});
