import { once } from 'node:events';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import { fromBinary, toJson } from '@bufbuild/protobuf';
import {
  GetCustomerResponseSchema,
  ListCustomersResponseSchema,
} from '../gen/ledger/v1/customer_service_pb.js';
import type { Work } from './options.ts';
import type { Request } from './request.ts';

const probeTimeoutMs = 5_000;

/** Sends a request once, by its first path, and gives the body of the answer; throws when it is no success. */
export async function probe(origin: string, request: Request): Promise<Buffer> {
  try {
    const answer = request.http === 2 ? probeGrpc(origin, request) : probeHttp1(origin, request);
    return await answer;
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`${request.method} ${request.paths[0]} failed: ${message}`, { cause: error });
  }
}

async function probeHttp1(origin: string, request: Request): Promise<Buffer> {
  const { method, headers, body } = request;
  const sent = http.request(`${origin}${request.paths[0]}`, {
    method,
    headers,
    agent: false,
    timeout: probeTimeoutMs,
  });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [http.IncomingMessage];
  const answer = Buffer.concat(await response.toArray());
  const { statusCode = 0 } = response;
  if (statusCode < 200 || statusCode > 299) throw new Error(`HTTP ${statusCode}: ${answer}`);
  return answer;
}

async function probeGrpc(origin: string, request: Request): Promise<Buffer> {
  const session = http2.connect(origin);
  try {
    await once(session, 'connect');
    const stream = session.request({
      ':method': request.method,
      ':path': request.paths[0],
      ...request.headers,
    });
    stream.setTimeout(probeTimeoutMs, () => stream.close());
    let headers: http2.IncomingHttpHeaders = {};
    const keep = (received: http2.IncomingHttpHeaders) => {
      headers = { ...headers, ...received };
    };
    stream.on('response', keep);
    stream.on('trailers', keep);
    stream.end(request.body);
    const answer = Buffer.concat(await stream.toArray());
    if (headers['grpc-status'] !== '0') {
      throw new Error(`grpc-status ${headers['grpc-status']}: ${headers['grpc-message']}`);
    }
    return answer;
  } finally {
    session.destroy();
  }
}

/** Makes an answer comparable: its JSON without what services are free to choose, the form of page tokens. */
export function normalise(request: Request, work: Work, answer: Buffer): string {
  const json = request.http === 2 ? decode(work, answer.subarray(5)) : JSON.parse(String(answer));
  return JSON.stringify(json, (name, value) => {
    if (name === 'nextPageToken') return Boolean(value);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function decode(work: Work, message: Uint8Array) {
  return work === 'list'
    ? toJson(ListCustomersResponseSchema, fromBinary(ListCustomersResponseSchema, message))
    : toJson(GetCustomerResponseSchema, fromBinary(GetCustomerResponseSchema, message));
}
