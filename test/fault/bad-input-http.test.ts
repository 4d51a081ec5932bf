import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  encodeFrame,
  encodeHeaders,
  type Frame,
  flag,
  frameType,
  getFields,
  preface,
} from '../http/frames.ts';
import { errorCodeOf, isGoaway, openRawSession } from '../http/session.ts';
import { connect } from '../http/wire.ts';
import { expectNoInternals, expectRest } from '../support/answers.ts';
import { exchange, type RawAnswer } from '../support/raw-request.ts';
import { externalId, getCustomerFrame, startTarget, type Target } from '../support/target.ts';

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target.close());
afterEach(() => target.expectUnharmed());

const good = `/v3/ledger/customer/${externalId}`;

/** Sends lines over HTTP/1.1 on a connection of their own. */
const sendLines = async (...lines: string[]): Promise<RawAnswer> =>
  await exchange(target.port, Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
const key = () => `x-api-key: ${target.service.key}`;

describe('a request of HTTP/1.1', () => {
  it.each([
    ['no Host', []],
    ['an empty Host', ['host:']],
    ['a Host with a space', ['host: a b']],
    ['a Host with a path', ['host: localhost/path']],
    ['a Host with a user', ['host: user@localhost']],
    ['a Host with a port that is none', ['host: localhost:http']],
    ['a Host with a port beyond all', ['host: localhost:99999']],
    ['a Host that is no address', ['host: [::1']],
    ['a Host that is not ASCII', ['host: l\xf6calhost']],
    ['a Host that is very long', [`host: ${'a'.repeat(10_000)}`]],
    ['a Host of the prototype', ['host: __proto__:x']],
    ['two Hosts', ['host: localhost', 'host: localhost']],
  ])('is refused with 400 for %s, whatever it asks for', async (_, hosts) => {
    for (const path of [
      good,
      '/ledger.v1.CustomerService/GetCustomer?encoding=json&message={}',
      '/healthz',
    ]) {
      const answer = await sendLines(`GET ${path} HTTP/1.1`, ...hosts, key(), 'connection: close');
      expectRest(answer, 400);
    }
  });

  it.each([
    ['is no HTTP', 'hello'],
    ['is another protocol', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['has an unknown version', `GET ${good} HTTP/9.9`],
    ['has a space in its path', 'GET /v3/ledger/customer/a b HTTP/1.1'],
    ['has a byte that is not ASCII in its path', 'GET /v3/ledger/customer/\xff HTTP/1.1'],
    ['has a NUL in its path', 'GET /v3/ledger/customer/\0 HTTP/1.1'],
    ['has no path', 'GET  HTTP/1.1'],
    ['has a path without a slash', 'GET v3/ledger/customer HTTP/1.1'],
    ['is of an unknown method', `BREW ${good} HTTP/1.1`],
  ])('is refused with 400 when it %s', async (_, line) => {
    expectRest(await sendLines(line, 'host: localhost', key(), 'connection: close'), 400);
  });

  it.each([
    ['a header without a colon', ['x-header']],
    ['a header with a space in its name', ['x header: 1']],
    ['a header with a NUL', ['x-header: a\0b']],
    ['a folded header', ['x-header: a', ' b']],
    ['a length that is none', ['content-length: ten']],
    ['a negative length', ['content-length: -1']],
    ['two lengths', ['content-length: 2', 'content-length: 3']],
    ['a length and chunks', ['content-length: 2', 'transfer-encoding: chunked']],
    ['an unknown transfer encoding', ['transfer-encoding: gzip']],
    ['chunks that are none', ['transfer-encoding: chunked', '', 'zz', '{}']],
  ])('is refused with 400 for %s', async (_, lines) => {
    const head = ['POST /v3/ledger/account HTTP/1.1', 'host: localhost', key()];
    expectRest(await sendLines(...head, ...lines), 400);
  });

  it('is refused with 431 for headers beyond the limit, in one or in many', async () => {
    const head = [`GET ${good} HTTP/1.1`, 'host: localhost', key()];
    expectRest(await sendLines(...head, `x-header: ${'a'.repeat(20_000)}`), 431);
    const many = Array.from({ length: 2_000 }, (__, index) => `x-${index}: ${index}`);
    expectRest(await sendLines(...head, ...many), 431);
    expectRest(await sendLines(`GET /${'a'.repeat(20_000)} HTTP/1.1`, 'host: localhost'), 431);
  });

  it('is refused with 413 for chunks beyond the limit', async () => {
    const wire = await connect(target.port);
    wire.send('POST /v3/ledger/account HTTP/1.1\r\nhost: localhost\r\n');
    wire.send(`${key()}\r\ntransfer-encoding: chunked\r\n\r\n`);
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
    for (let count = 0; count < 40; count += 1) wire.send(chunk);
    expect(await wire.closed()).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('is refused with 417 when it expects what there is not', async () => {
    const head = ['POST /v3/ledger/account HTTP/1.1', 'host: localhost', key()];
    expectRest(await sendLines(...head, 'expect: 200-ok', 'content-length: 0'), 417);
  });

  it('may not smuggle another one behind its body', async () => {
    const inner = `PUT /v3/ledger/customer/${target.customerId}/disable HTTP/1.1\r\nhost: a\r\n${key()}\r\n\r\n`;
    const answer = await exchange(
      target.port,
      Buffer.from(
        `POST /v3/ledger/account HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
      ),
    );
    expectRest(answer, 400);
  });

  it('that ends before its body does changes nothing', async () => {
    const wire = await connect(target.port);
    const body = '{"currency":"EUR","customer":{"externalId":"half"}}';
    wire.send(`POST /v3/ledger/account HTTP/1.1\r\nhost: a\r\n${key()}\r\n`);
    wire.send(`content-length: ${body.length + 1}\r\n\r\n${body}`);
    wire.socket.end();
    await wire.closed();
  });
});

describe('a request of HTTP/2', () => {
  type Field = readonly [string, string];
  const send = async (fields: readonly Field[]) => {
    const session = await openRawSession(target.port);
    const flags = flag.endStream | flag.endHeaders;
    session.send(encodeFrame(frameType.headers, flags, 1, encodeHeaders(fields)));
    const outcome = await session.frame(
      (frame) => isGoaway(frame) || (frame.streamId === 1 && frame.type !== frameType.windowUpdate),
    );
    return { session, outcome };
  };
  /** What a raw session is told: it reads no HPACK, but a refusal has a body. */
  const bodyOf = (frames: readonly Frame[]) =>
    Buffer.concat(
      frames.filter(({ type }) => type === frameType.data).map(({ payload }) => payload),
    ).toString();
  const fields = (authority: readonly Field[], path = good): Field[] => [
    ...getFields().filter(([name]) => name !== ':authority' && name !== ':path'),
    [':path', path],
    ...authority,
    ['x-api-key', target.service.key],
  ];

  it.each([
    ['no :authority', []],
    ['an empty :authority', [[':authority', '']]],
    ['an :authority with a space', [[':authority', 'a b']]],
    ['an :authority with a path', [[':authority', 'localhost/x']]],
    ['an :authority with a port that is none', [[':authority', 'localhost:x']]],
    ['an :authority with a user', [[':authority', 'user@localhost']]],
    [
      'another Host',
      [
        [':authority', 'localhost'],
        ['host', 'elsewhere'],
      ],
    ],
  ] as [string, Field[]][])('is refused for %s, by 400 or by a reset', async (_, authority) => {
    for (const path of [good, '/ledger.v1.CustomerService/GetCustomer?encoding=json&message={}']) {
      const { session, outcome } = await send(fields(authority, path));
      if (outcome.type === frameType.headers) {
        await session.frame((each) => each.type === frameType.data);
        expect(JSON.parse(bodyOf(session.frames()))).toEqual({
          statusCode: 400,
          message: 'Bad request',
        });
      } else {
        expect(outcome.type).toBe(frameType.resetStream);
        // PROTOCOL_ERROR (RFC 9113, section 7).
        expect(errorCodeOf(outcome)).toBe(1);
      }
      session.socket.destroy();
    }
  });

  it.each([
    [
      'without a path',
      [
        [':method', 'GET'],
        [':scheme', 'http'],
        [':authority', 'a'],
      ],
    ],
    ['with a path without a slash', fieldsOf('v3/ledger')],
    ['with an empty path', fieldsOf('')],
    ['with a header in upper case', [...fieldsOf(good), ['X-Header', '1']]],
    ['with a header of the connection', [...fieldsOf(good), ['connection', 'close']]],
    ['with a NUL in a header', [...fieldsOf(good), ['x-header', 'a\0b']]],
    ['with an unknown pseudo-header', [[':nope', '1'], ...fieldsOf(good)]],
  ] as [string, Field[]][])('%s is refused, by 400 or by a reset', async (_, wrong) => {
    const { session, outcome } = await send(wrong);
    if (outcome.type === frameType.headers) {
      await session.frame((each) => each.type === frameType.data);
      expect(bodyOf(session.frames())).toContain('"statusCode":40');
    } else {
      expect([frameType.resetStream, frameType.goaway]).toContain(outcome.type);
    }
    session.socket.destroy();
  });

  it('of gRPC that is cut before its message ends changes nothing', async () => {
    const session = await openRawSession(target.port);
    const head: Field[] = [
      [':method', 'POST'],
      [':scheme', 'http'],
      [':path', '/ledger.v1.CustomerService/DisableCustomer'],
      [':authority', 'localhost'],
      ['content-type', 'application/grpc'],
      ['x-api-key', target.service.key],
    ];
    session.send(encodeFrame(frameType.headers, flag.endHeaders, 1, encodeHeaders(head)));
    session.send(encodeFrame(frameType.data, 0, 1, getCustomerFrame.subarray(0, 10)));
    // CANCEL
    session.send(encodeFrame(frameType.resetStream, 0, 1, Buffer.from([0, 0, 0, 8])));
    session.send(encodeFrame(frameType.headers, flag.endHeaders, 3, encodeHeaders(head)));
    session.send(encodeFrame(frameType.data, 0, 3, getCustomerFrame.subarray(0, 10)));
    session.socket.end();
    await session.closed();
  });

  it('in frames that are wrong ends its session with GOAWAY, and no other one', async () => {
    for (const [type, streamId, payload] of [
      [frameType.data, 0, Buffer.from('x')],
      [frameType.headers, 2, Buffer.from([0x82])],
      [frameType.headers, 1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff])],
      [frameType.windowUpdate, 0, Buffer.alloc(4)],
      [frameType.settings, 0, Buffer.alloc(5)],
      [frameType.continuation, 1, Buffer.alloc(5)],
    ] as const) {
      const session = await openRawSession(target.port);
      session.send(encodeFrame(type, flag.endHeaders, streamId, payload));
      await session.frame(isGoaway);
      await session.closed();
    }
  });
});

function fieldsOf(path: string): [string, string][] {
  return [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':authority', 'localhost'],
    [':path', path],
  ];
}

describe('a connection', () => {
  it('that tells half a preface, sends its headers slowly or says nothing is closed in time', async () => {
    const begin = async (text: string | Buffer) => {
      const wire = await connect(target.port);
      wire.send(text);
      return wire;
    };
    const half = await begin(preface.subarray(0, 12));
    const silent = await begin('');
    const slow = await begin(`GET ${good} HTTP/1.1\r\nhost: localhost\r\nx-slow: `);
    const trickle = setInterval(() => slow.send('a'), 500);
    const noSettings = await begin(preface);
    const [halfAnswer, silentAnswer, slowAnswer] = await Promise.all([
      half.closed(),
      silent.closed(),
      slow.closed(),
    ]);
    clearInterval(trickle);
    expect(halfAnswer).toBe('');
    expect(silentAnswer).toBe('');
    expect(slowAnswer).toMatch(/^HTTP\/1\.1 408 /);
    noSettings.socket.destroy();
  });

  it('that is cut at any byte of a request does no harm', async () => {
    const request = Buffer.from(`GET ${good} HTTP/1.1\r\nhost: localhost\r\n${key()}\r\n\r\n`);
    for (let length = 0; length < request.length; length += 3) {
      const wire = await connect(target.port);
      wire.send(request.subarray(0, length));
      wire.socket.resetAndDestroy();
    }
  });

  it('answers a good request behind bad ones of other connections', async () => {
    const answer = await sendLines(
      `GET ${good} HTTP/1.1`,
      'host: localhost',
      key(),
      'connection: close',
    );
    expect(answer.status).toBe(200);
    expectNoInternals(answer);
  });
});
