import { Code } from '@connectrpc/connect';
import { codeToString } from '@connectrpc/connect/protocol-connect';
import { expect } from 'vitest';
import type { RawAnswer } from './raw-request.ts';

/** The statuses of the Connect protocol for its codes. */
const statuses: Partial<Record<Code, number>> = {
  [Code.Canceled]: 499,
  [Code.Unknown]: 500,
  [Code.InvalidArgument]: 400,
  [Code.DeadlineExceeded]: 504,
  [Code.NotFound]: 404,
  [Code.AlreadyExists]: 409,
  [Code.PermissionDenied]: 403,
  [Code.ResourceExhausted]: 429,
  [Code.FailedPrecondition]: 400,
  [Code.Aborted]: 409,
  [Code.Unimplemented]: 501,
  [Code.Internal]: 500,
  [Code.Unavailable]: 503,
  [Code.Unauthenticated]: 401,
};

/** What no answer holds: frames of a stack, files of ours or of a library, the driver's and the language's errors. */
const internals =
  /\bat .+:\d+:\d+|node_modules|file:\/\/|\/src\/|\.ts\b|\.js\b|Mongo|BSON|RangeError|TypeError|SyntaxError|call stack/;

/** Asserts that an answer tells nothing of what is inside the service. */
export function expectNoInternals({ headers, trailers, body }: RawAnswer): void {
  expect(body.toString('latin1')).not.toMatch(internals);
  expect(JSON.stringify([headers, trailers])).not.toMatch(internals);
}

/** Asserts that an answer is a refusal of REST, and gives its body. */
export function expectRest(
  answer: RawAnswer,
  status: number,
  errorCode?: string,
): Record<string, unknown> {
  const text = answer.body.toString('utf8');
  expect({ status: answer.status, text }).toMatchObject({ status });
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
  const body = JSON.parse(text);
  expect(body).toMatchObject({ statusCode: status, message: expect.stringMatching(/./) });
  expect(body.errorCode).toBe(errorCode);
  expectNoInternals(answer);
  return body;
}

/** Asserts that an answer is the refusal of a request that is wrong, and gives the properties that it names. */
export function expectRestInvalid(answer: RawAnswer): string[] {
  const { data } = expectRest(answer, 400, 'validation.failed');
  const violations = data as { property: string; constraints: Record<string, string> }[];
  expect(violations.length).toBeGreaterThan(0);
  for (const { property, constraints } of violations) {
    expect(Object.keys(constraints).length).toBeGreaterThan(0);
    for (const sentence of Object.values(constraints)) {
      expect(sentence.startsWith(`${property} `), sentence).toBe(true);
    }
  }
  return violations.map(({ property }) => property);
}

/** Asserts that an answer is an error of the Connect protocol. */
export function expectConnect(answer: RawAnswer, code: Code): void {
  const text = answer.body.toString('utf8');
  expect({ status: answer.status, text }).toMatchObject({ status: statuses[code] });
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
  expect(JSON.parse(text)).toMatchObject({ code: codeToString(code) });
  expectNoInternals(answer);
}

/** Asserts that an answer is an error of gRPC: the status is in the trailers, and there is no message. */
export function expectGrpc(answer: RawAnswer, code: Code): void {
  const { 'grpc-status': status, 'grpc-message': message } = answer.trailers;
  expect({ status, message }).toMatchObject({ status: String(code) });
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toMatch(/^application\/grpc/);
  expect(answer.body.length).toBe(0);
  expectNoInternals(answer);
}

/** Reads the trailers of a gRPC-Web answer: in a frame of the body, or in the headers where there is no body. */
export function readWebTrailers(answer: RawAnswer): Record<string, string> {
  const encoded = answer.headers['content-type']?.startsWith('application/grpc-web-text');
  const body = encoded ? Buffer.from(answer.body.toString('latin1'), 'base64') : answer.body;
  const trailersFlag = 0x80;
  for (let offset = 0; offset + 5 <= body.length; ) {
    const length = body.readUInt32BE(offset + 1);
    if ((body[offset] ?? 0) & trailersFlag) {
      const text = body.subarray(offset + 5, offset + 5 + length).toString('latin1');
      return Object.fromEntries(
        text
          .split('\r\n')
          .filter((line) => line !== '')
          .map((line) => [
            line.slice(0, line.indexOf(':')),
            line.slice(line.indexOf(':') + 1).trim(),
          ]),
      );
    }
    offset += 5 + length;
  }
  return answer.headers as Record<string, string>;
}

/** Asserts that an answer is an error of gRPC-Web. */
export function expectGrpcWeb(answer: RawAnswer, code: Code): void {
  const { 'grpc-status': status, 'grpc-message': message } = readWebTrailers(answer);
  expect({ status, message }).toMatchObject({ status: String(code) });
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toMatch(/^application\/grpc-web/);
  expectNoInternals(answer);
}
