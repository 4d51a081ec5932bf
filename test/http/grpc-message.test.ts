import { Code, ConnectError, createClient } from '@connectrpc/connect';
import {
  connectNodeAdapter,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import * as grpc from '@grpc/grpc-js';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Health } from '../../gen/grpc/health/v1/health_pb.js';
import { unescapeGrpcMessage } from '../../src/http/grpc-message.ts';
import { startTestListener } from './listening.ts';
import { call, openSession } from './session.ts';

const messages = [
  'No such customer: id, external id (a/b?c#d).',
  '100% of 50%, %3A is no colon',
  'müde 🦊 漢字',
  'line\nbreak\tand \u0007 bell',
  ' spaces at both ends ',
  '   ',
  '%20',
  '',
  `"quotes" & <angles> ~!@$^*()_+-={}[]|\\;'`,
];

/** What PROTOCOL-HTTP2.md allows: printable ASCII, and the percent sign only before two digits. */
const allowed = /^(?:[\x20-\x24\x26-\x7e]|%[0-9A-F]{2})*$/;

describe('a grpc-message', () => {
  it.each(messages)('stays the same message with no escape too many: %j', (message) => {
    const sent = unescapeGrpcMessage(encodeURIComponent(message));
    expect(sent).toMatch(allowed);
    expect(decodeURIComponent(sent)).toBe(message);
    expect(sent.replaceAll('%20', '').replaceAll('%25', '')).not.toMatch(/%[2-7][0-9A-E]/);
    expect(sent).toBe(sent.trim());
  });

  it('stays the same message whatever it is, also when it is done twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (message) => {
        const sent = unescapeGrpcMessage(encodeURIComponent(message));
        expect(sent).toMatch(allowed);
        expect(decodeURIComponent(sent)).toBe(message);
        expect(sent).toBe(sent.trim());
        expect(unescapeGrpcMessage(sent)).toBe(sent);
      }),
    );
  });

  it('is left alone where it is no escape', () => {
    expect(unescapeGrpcMessage('50% off, %zz, %2')).toBe('50% off, %zz, %2');
  });
});

/** A health service of connect-node that refuses every call with the message it is asked for. */
async function startRefusing() {
  const refuse = (request: { service: string }) => {
    throw new ConnectError(request.service, Code.NotFound);
  };
  return startTestListener({
    handler: connectNodeAdapter({
      routes: ({ service }) => {
        service(Health, {
          check: refuse,
          // biome-ignore lint/correctness/useYield: a stream that fails before its first message
          async *watch(request) {
            refuse(request);
          },
        });
      },
    }),
  });
}

function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.of(0x0a, bytes.length), bytes]);
}

describe('the message of a refusal', () => {
  it.each(messages)('reaches a grpc-js client as it was written: %j', async (message) => {
    const listener = await startRefusing();
    const client = new grpc.Client(
      `127.0.0.1:${listener.address.port}`,
      grpc.credentials.createInsecure(),
    );
    onTestFinished(() => client.close());
    const refusal = await new Promise<grpc.ServiceError | null>((resolve) => {
      client.makeUnaryRequest(
        '/grpc.health.v1.Health/Check',
        encodeString,
        (bytes) => bytes,
        message,
        resolve,
      );
    });
    expect(refusal?.code).toBe(grpc.status.NOT_FOUND);
    expect(refusal?.details).toBe(message);
  });

  it.each([
    ['gRPC', createGrpcTransport],
    ['gRPC-Web', createGrpcWebTransport],
  ])('reaches a Connect client over %s as it was written', async (_name, createTransport) => {
    const listener = await startRefusing();
    const baseUrl = `http://127.0.0.1:${listener.address.port}`;
    const client = createClient(Health, createTransport({ baseUrl, httpVersion: '2' }));
    for (const message of messages) {
      const unary = await client.check({ service: message }).catch(ConnectError.from);
      expect(unary).toMatchObject({ code: Code.NotFound, rawMessage: message });
      const stream = client.watch({ service: message })[Symbol.asyncIterator]();
      const streamed = await stream.next().catch(ConnectError.from);
      expect(streamed).toMatchObject({ code: Code.NotFound, rawMessage: message });
    }
  });

  it('is the same in a trailers-only answer', async () => {
    const listener = await startTestListener({
      handler: (_request, response) => {
        const headers = { 'grpc-status': '5', 'grpc-message': encodeURIComponent('a: b, c') };
        if ('stream' in response) response.writeHead(200, headers).end();
      },
    });
    const { headers } = await call(await openSession(listener.address.port), { ':path': '/' });
    expect(headers).toMatchObject({
      ':status': 200,
      'grpc-status': '5',
      'grpc-message': 'a: b, c',
    });
  });

  it('leaves other headers and trailers as they are', async () => {
    const listener = await startTestListener({
      handler: (_request, response) => {
        if (!('stream' in response)) return;
        response.writeHead(200, 'a reason', { a: '%3A' });
        response.addTrailers({ 'grpc-status': '0', b: '%3A' });
        response.end('body');
      },
    });
    const session = await openSession(listener.address.port);
    const { headers, trailers, body } = await call(session, { ':path': '/' });
    expect(headers).toMatchObject({ a: '%3A' });
    expect(trailers).toMatchObject({ 'grpc-status': '0', b: '%3A' });
    expect(body.toString()).toBe('body');
  });
});
