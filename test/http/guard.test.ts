import { describe, expect, it } from 'vitest';
import { answerEcho, begin, expectAlive, startTestListener } from './listening.ts';
import { call, openSession } from './session.ts';
import { exchange, jsonOf } from './wire.ts';

describe('a handler that throws', () => {
  const throwing = (error: unknown, begins = false) =>
    startTestListener({
      handler: (request, response) => {
        if (request.url === '/good') return answerEcho(request, response);
        if (begins) begin(response, 'begun');
        throw error;
      },
    });

  it.each([
    ['its own mistake', new Error('a secret'), 500, '13', 'Internal server error'],
    ['what is not an error', 'a secret', 500, '13', 'Internal server error'],
    ['a URL that cannot be read', urlError(), 400, '3', 'Bad request'],
    ['a path that cannot be decoded', decodingError(), 400, '3', 'Bad request'],
  ])('is answered on every protocol: %s', async (_name, error, statusCode, grpcStatus, message) => {
    const listener = await throwing(error);
    const { port } = listener.address;
    expect(jsonOf(await exchange(port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'))).toEqual({
      statusCode,
      message,
    });
    const session = await openSession(port);
    const plain = await call(session, { ':path': '/' });
    expect(plain.headers[':status']).toBe(statusCode);
    expect(JSON.parse(plain.body.toString())).toEqual({ statusCode, message });
    const grpc = await call(session, { ':path': '/', 'content-type': 'application/grpc' });
    expect(grpc.headers).toMatchObject({ ':status': 200, 'grpc-status': grpcStatus });
    await expectAlive(listener);
  });

  it('after it has begun to answer has its answer cut', async () => {
    const listener = await throwing(new Error('too late'), true);
    const { port } = listener.address;
    expect(await exchange(port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n')).not.toMatch(/0\r\n\r\n$/);
    const session = await openSession(port);
    await expect(call(session, { ':path': '/' })).rejects.toThrow('INTERNAL_ERROR');
    expect((await call(session, { ':path': '/good' })).headers[':status']).toBe(200);
    await expectAlive(listener);
  });

  it('is told to the log', async () => {
    const errors: object[] = [];
    const error = new Error('a mistake');
    const listener = await startTestListener({
      log: { debug() {}, warn() {}, error: (fields) => void errors.push(fields) },
      handler: () => {
        throw error;
      },
    });
    await exchange(listener.address.port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    expect(errors).toEqual([{ err: error }]);
  });
});

function urlError(): unknown {
  return capture(() => new URL('http://['));
}

function decodingError(): unknown {
  return capture(() => decodeURIComponent('%zz'));
}

function capture(fail: () => unknown): unknown {
  try {
    return fail();
  } catch (error) {
    return error;
  }
}
