import { gzipSync } from 'node:zlib';
import { Code } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectGrpc, expectGrpcWeb, expectNoInternals } from '../support/answers.ts';
import { frame, type RawAnswer } from '../support/raw-request.ts';
import {
  externalId,
  getCustomerBytes,
  getCustomerFrame,
  startTarget,
  type Target,
  toGrpc,
} from '../support/target.ts';

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target.close());
afterEach(() => target.expectUnharmed());

type Headers = Readonly<Record<string, string>>;
type Expect = (answer: RawAnswer, code: Code) => void;

const variants: Record<string, { headers: Headers; client: 'http1' | 'http2'; expect: Expect }> = {
  gRPC: { headers: { 'content-type': 'application/grpc' }, client: 'http2', expect: expectGrpc },
  'gRPC-Web over HTTP/1.1': {
    headers: { 'content-type': 'application/grpc-web+proto' },
    client: 'http1',
    expect: expectGrpcWeb,
  },
  'gRPC-Web over HTTP/2': {
    headers: { 'content-type': 'application/grpc-web' },
    client: 'http2',
    expect: expectGrpcWeb,
  },
};

const gzip = { 'grpc-encoding': 'gzip' };
const packed = gzipSync(getCustomerBytes);
const compressed = 1;

/** A message with one text field, number 1 or 2. */
const textField = (number: 1 | 2, text: string): Buffer => {
  const bytes = Buffer.from(text, 'latin1');
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest >= 0x80; rest >>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length, rest]), bytes]);
};

describe.each(Object.keys(variants))('%s', (name) => {
  const variant = variants[name] as (typeof variants)[string];
  const send = async (body: Uint8Array, headers: Headers = {}, method = 'GetCustomer') =>
    await target[variant.client].send(
      toGrpc(method, body, { ...target.auth, ...variant.headers, ...headers }),
    );

  const bodies: Record<string, [body: Buffer, code: Code, headers?: Headers]> = {
    'no message': [Buffer.alloc(0), Code.Unimplemented],
    'half a frame': [getCustomerFrame.subarray(0, 3), Code.InvalidArgument],
    'a frame that is cut': [frame(getCustomerBytes, 0, 50), Code.InvalidArgument],
    'a frame of 4 GiB': [frame(getCustomerBytes, 0, 0xffffffff), Code.ResourceExhausted],
    // Its one byte is no message, whatever follows.
    'a frame that is too short': [frame(getCustomerBytes, 0, 1), Code.InvalidArgument],
    'two messages': [Buffer.concat([getCustomerFrame, getCustomerFrame]), Code.Unimplemented],
    'a message beyond the limit': [frame(Buffer.alloc(1_048_577)), Code.ResourceExhausted],
    noise: [frame(Buffer.from('ffffffffff', 'hex')), Code.InvalidArgument],
    'a field that is cut': [frame(Buffer.from([0x12, 200, 0x41])), Code.InvalidArgument],
    'a text that is not UTF-8': [frame(Buffer.from([0x12, 2, 0xff, 0xfe])), Code.InvalidArgument],
    'field number 0': [frame(Buffer.from([0, 0])), Code.InvalidArgument],
    'groups, 100,000 deep': [frame(Buffer.alloc(200_000, 0x7b)), Code.InvalidArgument],
    'an empty message': [frame(Buffer.alloc(0)), Code.InvalidArgument],
    'an id of 10,000 characters': [frame(textField(1, 'a'.repeat(10_000))), Code.InvalidArgument],
    'an external id of 10,000': [frame(textField(2, 'a'.repeat(10_000))), Code.InvalidArgument],
    'a tricky external id': [frame(textField(2, '$where\u0000.__proto__')), Code.NotFound],
    'an id of operators': [frame(textField(1, '{"$ne":null}')), Code.InvalidArgument],
    'compression that is not named': [frame(packed, compressed), Code.InvalidArgument],
    'compression that is unknown': [
      getCustomerFrame,
      Code.Unimplemented,
      { 'grpc-encoding': 'snappy' },
    ],
    'compression of the prototype': [
      getCustomerFrame,
      Code.Unimplemented,
      { 'grpc-encoding': '__proto__' },
    ],
    'gzip that is cut': [frame(packed.subarray(0, 14), compressed), Code.InvalidArgument, gzip],
    'gzip that is none': [frame(getCustomerBytes, compressed), Code.InvalidArgument, gzip],
    'gzip that unpacks to 50 MB': [
      frame(gzipSync(Buffer.alloc(50_000_000)), compressed),
      Code.ResourceExhausted,
      gzip,
    ],
  };
  it.each(Object.keys(bodies))('refuses %s', async (which) => {
    const [body, code, headers] = bodies[which] as [Buffer, Code, Headers?];
    variant.expect(await send(body, headers), code);
  });

  it.each(['x', '-1S', '1', '1X', '1.5S', '999999999S', 'S', '1SS'])(
    'answers INVALID_ARGUMENT for the time-out %s',
    async (timeout) => {
      const answer = await send(getCustomerFrame, { 'grpc-timeout': timeout });
      variant.expect(answer, Code.InvalidArgument);
    },
  );

  it.each(['99999999H', '3601S', '61M'])(
    'takes a time-out longer than any call: %s',
    async (timeout) => {
      const answer = await send(getCustomerFrame, { 'grpc-timeout': timeout });
      expect(answer.body.includes(externalId)).toBe(true);
    },
  );

  it.each(['0S', '0m', '1n', '0n'])(
    'answers DEADLINE_EXCEEDED for the time-out %s, and does not begin',
    async (timeout) => {
      for (const method of ['GetCustomer', 'DisableCustomer']) {
        const answer = await send(getCustomerFrame, { 'grpc-timeout': timeout }, method);
        variant.expect(answer, Code.DeadlineExceeded);
      }
    },
  );

  it('answers UNAUTHENTICATED before it reads anything, without a good key', async () => {
    for (const key of ['', 'lk_unknown', 'x'.repeat(10_000), '__proto__']) {
      for (const body of [Buffer.from('x'), frame(Buffer.alloc(2_000_000))]) {
        const answer = await send(body, { 'x-api-key': key });
        variant.expect(answer, Code.Unauthenticated);
      }
    }
  });

  it.each([
    '/ledger.v1.CustomerService/Nope',
    '/ledger.v1.Nope/Nope',
    '/ledger.v1.__proto__/constructor',
    '/grpc.health.v1.Health/Nope',
    '/other.v1.Service/Method',
    '/Method',
  ])('answers UNIMPLEMENTED for the method %s', async (path) => {
    const request = toGrpc('GetCustomer', getCustomerFrame, { ...target.auth, ...variant.headers });
    variant.expect(await target[variant.client].send({ ...request, path }), Code.Unimplemented);
  });

  it.each(['+xml', '+', '+proto+json', '+__proto__', '-nope'])(
    'answers 415 for the content type %s',
    async (suffix) => {
      const contentType = `${variant.headers['content-type']?.split('+')[0]}${suffix}`;
      const answer = await send(getCustomerFrame, { 'content-type': contentType });
      expect(answer.status).toBe(415);
      expectNoInternals(answer);
    },
  );

  it.each(['PUT', 'DELETE'])('answers 405 for %s, and tells what is allowed', async (method) => {
    const headers = { ...target.auth, ...variant.headers };
    const request = toGrpc('DisableCustomer', getCustomerFrame, headers);
    const answer = await target[variant.client].send({ ...request, method });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('POST');
    expectNoInternals(answer);
  });

  it('answers health and reflection what is wrong with a question', async () => {
    const health = '/grpc.health.v1.Health/Check';
    const ask = async (path: string, body: Uint8Array) =>
      await target[variant.client].send({
        ...toGrpc('GetCustomer', body, variant.headers),
        path,
      });
    variant.expect(await ask(health, frame(textField(1, 'x'.repeat(10_000)))), Code.NotFound);
    variant.expect(await ask(health, frame(Buffer.from('ffff', 'hex'))), Code.InvalidArgument);
    const large = frame(Buffer.alloc(1_048_577));
    variant.expect(await ask(health, large), Code.ResourceExhausted);
    // Streams in both directions need HTTP/2.
    for (const version of variant.client === 'http2' ? ['v1', 'v1alpha'] : []) {
      const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
      variant.expect(await ask(path, large), Code.ResourceExhausted);
      variant.expect(await ask(path, frame(Buffer.from('ffff', 'hex'))), Code.InvalidArgument);
      const unknown = await ask(path, frame(Buffer.from([0x22, 1, 0x2e])));
      expect(unknown.status).toBe(200);
      expectNoInternals(unknown);
    }
  });
});

describe('messages beyond the limit that are left lying in a session', () => {
  it('do not hold up the other calls of it', async () => {
    const large = frame(Buffer.alloc(1_200_000));
    const refused = await Promise.all(
      Array.from({ length: 8 }, () => target.http2.send(toGrpc('GetCustomer', large, target.auth))),
    );
    for (const answer of refused) expectGrpc(answer, Code.ResourceExhausted);
    const answer = await target.http2.send(toGrpc('GetCustomer', getCustomerFrame, target.auth));
    expect(answer.trailers['grpc-status']).toBe('0');
  });
});
