import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../http/wire.ts';
import { expectNoInternals, readWebTrailers } from '../support/answers.ts';
import {
  type Fuzzer,
  fuzzConnectBinary,
  fuzzConnectJson,
  fuzzGrpc,
  fuzzGrpcWeb,
  fuzzRest,
} from '../support/fuzzed.ts';
import { mutateText } from '../support/mutation.ts';
import { createRandom, type Random } from '../support/random.ts';
import { parseHttp1, type RawAnswer } from '../support/raw-request.ts';
import { externalId, startTarget, type Target } from '../support/target.ts';
import { openRefs, type Refs } from '../support/walk/refs.ts';

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target.close());

/** How many requests each protocol gets, and how many of them between two looks at the database. */
const requestsCount = 1_500;
const batchSize = 5;

/** How many connections with mutated bytes there are at once. */
const connectionsCount = 50;

/** A protocol: how requests of it are made, sent and answered. */
interface Fuzzed {
  readonly client: 'http1' | 'http2';
  readonly fuzz: (refs: Refs, auth: Readonly<Record<string, string>>) => Fuzzer;
  /** Asserts the shape of an answer; tells whether the call was accepted. */
  readonly expect: (answer: RawAnswer) => boolean;
}

function expectRestAnswer(answer: RawAnswer): boolean {
  const statuses = [200, 204, 400, 401, 403, 404, 405, 412, 413, 415, 422, 431];
  expect(statuses).toContain(answer.status);
  if (answer.status === 200 || answer.status === 204) return true;
  // A path may have become one of another protocol, which answers 405 and 415 without a body.
  if (answer.body.length > 0) {
    const body = JSON.parse(answer.body.toString());
    expect(body.message).toMatch(/./);
    if (body.code === undefined) expect(body.statusCode).toBe(answer.status);
  }
  return false;
}

const connectCodes = new Set(
  [
    'invalid_argument deadline_exceeded not_found already_exists permission_denied resource_exhausted',
    'failed_precondition aborted out_of_range unimplemented unauthenticated',
  ]
    .join(' ')
    .split(' '),
);
function expectConnectAnswer(answer: RawAnswer): boolean {
  if (answer.status === 200) return true;
  if ([404, 405, 415].includes(answer.status) && answer.body.length === 0) return false;
  const body = JSON.parse(answer.body.toString());
  if (body.code === undefined) expect([400, 401, 404]).toContain(body.statusCode);
  else expect(connectCodes.has(body.code), body.code).toBe(true);
  return false;
}

/** The statuses of gRPC that are the caller's fault, and OK. */
const grpcStatuses = ['0', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '16'];
function expectStatus(answer: RawAnswer, trailers: Readonly<Record<string, unknown>>): boolean {
  // Another content type or path makes it a call of another protocol.
  if (!answer.headers['content-type']?.startsWith('application/grpc')) {
    expect([200, 400, 401, 404, 405, 415, 429, 501, 504]).toContain(answer.status);
    return answer.status === 200;
  }
  const { 'grpc-status': status, 'grpc-message': message } = trailers;
  expect(grpcStatuses, `grpc-status ${status} ${message}`).toContain(status);
  return trailers['grpc-status'] === '0';
}

const fuzzed: Readonly<Record<string, Fuzzed>> = {
  'REST over HTTP/1.1': { client: 'http1', fuzz: fuzzRest, expect: expectRestAnswer },
  'REST over HTTP/2': { client: 'http2', fuzz: fuzzRest, expect: expectRestAnswer },
  'Connect JSON': { client: 'http1', fuzz: fuzzConnectJson, expect: expectConnectAnswer },
  'Connect protobuf': { client: 'http2', fuzz: fuzzConnectBinary, expect: expectConnectAnswer },
  gRPC: {
    client: 'http2',
    fuzz: fuzzGrpc,
    expect: (answer) => expectStatus(answer, answer.trailers),
  },
  'gRPC-Web': {
    client: 'http1',
    fuzz: fuzzGrpcWeb,
    expect: (answer) => expectStatus(answer, readWebTrailers(answer)),
  },
};

/** Sends requests at once; gives how many were accepted, whether one of them writes, and what is wrong with the answers. */
async function sendBatch({ client, expect: check }: Fuzzed, fuzzer: Fuzzer, random: Random) {
  const made = Array.from({ length: batchSize }, () => fuzzer.create(random));
  const wrong: string[] = [];
  let accepted = 0;
  let hasWritten = false;
  const send = async ({ request, isRead }: (typeof made)[0]) => {
    try {
      const answer = await target[client].send(request);
      expectNoInternals(answer);
      if (!check(answer)) return;
      accepted += 1;
      if (!isRead) hasWritten = true;
    } catch (error) {
      const body = Buffer.from(request.body ?? '')
        .toString('base64')
        .slice(0, 2_000);
      wrong.push(`${(error as Error).message}: ${JSON.stringify({ ...request, body })}`);
    }
  };
  await Promise.all(made.map(send));
  return { accepted, hasWritten, wrong };
}

describe.each(Object.keys(fuzzed))('a mutated request of %s', (name) => {
  it('gets a clear answer, and what is refused changes nothing', { timeout: 120_000 }, async () => {
    const protocol = fuzzed[name] as Fuzzed;
    const random = createRandom(Object.keys(fuzzed).indexOf(name) + 1);
    // What is there to be found is of this protocol alone, so that what it writes is read by no other.
    const tenant = `fuzzed-${Object.keys(fuzzed).indexOf(name)}`;
    // A request id that all had would be that of the first.
    const refs = { ...(await openRefs(target.service, tenant)), requestId: '' };
    const { key } = await target.service.createKey(tenant);
    const fuzzer = protocol.fuzz(refs, { 'x-api-key': key });
    const wrong: string[] = [];
    let accepted = 0;
    let unwritten = 0;
    for (let sent = 0; sent < requestsCount; sent += batchSize) {
      await target.settle();
      const batch = await sendBatch(protocol, fuzzer, random);
      wrong.push(...batch.wrong);
      accepted += batch.accepted;
      if (batch.hasWritten) continue;
      unwritten += 1;
      await target.expectUnharmed();
    }
    await target.settle();
    await target.expectUnharmed();
    expect(wrong).toEqual([]);
    // Neither all nor none of the mutations is harmless.
    expect(unwritten).toBeGreaterThan(0);
    expect(accepted).toBeGreaterThan(requestsCount / 10);
  });
});

describe('mutated bytes on a connection', () => {
  it('are answered by HTTP or by the end of the connection, and the service goes on', {
    timeout: 120_000,
  }, async () => {
    const random = createRandom(99);
    const path = `/v3/ledger/customer/${externalId}`;
    const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0';
    const requests = [
      `GET ${path} HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${target.service.key}\r\n\r\n`,
      `PUT ${path}/enable HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}`,
      `POST /v3/ledger/account HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
      `${preface}\0\0\x05\x01\x05\0\0\0\x01\x82\x84\x87\x41\x01`,
      preface,
    ];
    const send = async () => {
      const wire = await connect(target.port);
      wire.send(Buffer.from(mutateText(random.pick(requests), random), 'latin1'));
      wire.socket.end();
      const received = Buffer.from(await wire.closed(), 'latin1');
      if (received.subarray(0, 4).toString() !== 'HTTP') return;
      const answer = parseHttp1(received);
      expect(answer?.status).toBeLessThan(500);
    };
    await target.settle();
    for (let sent = 0; sent < requestsCount; sent += connectionsCount) {
      await Promise.all(Array.from({ length: connectionsCount }, send));
    }
    await target.expectUnharmed();
  });
});
