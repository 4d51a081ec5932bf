import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.js';
import { Health } from '../../gen/grpc/health/v1/health_pb.js';
import { answerBytesMax, type CheckWays, startCheckWays } from '../support/check-ways.ts';
import type { RawAnswer, RawRequest } from '../support/raw-request.ts';
import { type Headers, type UnaryForm, unaryForms, writeCall } from '../support/unary-forms.ts';

const { check, list } = Health.method;

let ways: CheckWays;
beforeAll(async () => {
  ways = await startCheckWays();
});
afterAll(() => ways.close());

/** Sends a call both ways, asserts that the answers are the same, and gives them. */
async function compare(form: UnaryForm, headers: Headers = {}): Promise<RawAnswer> {
  return await compareRequests(form, writeCall(form, check, { service: 'a' }, headers));
}

async function compareRequests(form: UnaryForm, request: RawRequest): Promise<RawAnswer> {
  const fast = await ways.send('fast', form.client, request);
  const adapter = await ways.send('adapter', form.client, request);
  for (const { headers: received } of [fast, adapter]) delete received.date;
  expect(fast).toEqual(adapter);
  return fast;
}

describe.each(unaryForms)('a service called by $name', (form) => {
  it('is told the same of the call as by the adapter', async () => {
    const told: unknown[] = [];
    ways.serve((request, context) => {
      told.push({ request, ...describeContext(context) });
      return {};
    });
    await compare(form, { 'x-a': 'b', cookie: 'c=d', ...form.timeout(5_000) });
    const [fast, adapter] = told;
    expect(fast).toMatchObject({ method: 'Check', header: { 'x-a': 'b' }, hasTimeout: true });
    expect(fast).toEqual(adapter);
  });

  it('can add headers and trailers', async () => {
    ways.serve((_, { responseHeader, responseTrailer }) => {
      responseHeader.set('x-head', '1');
      responseTrailer.append('x-tail', '2');
      responseTrailer.append('x-tail', '3');
      return { status: 1 };
    });
    const { headers, trailers } = await compare(form);
    expect({ ...headers, ...trailers }).toMatchObject({
      'x-head': '1',
      [form.isFramed ? 'x-tail' : 'trailer-x-tail']: '2, 3',
    });
  });

  it('can refuse with metadata and details', async () => {
    ways.serve(() => {
      const detail = { desc: ErrorInfoSchema, value: { reason: 'A', domain: 'b', metadata: {} } };
      const metadata = { 'x-meta': 'c', 'content-type': 'text/plain', 'grpc-status': '0' };
      throw new ConnectError('no: 1 €, 2%', Code.OutOfRange, metadata, [detail]);
    });
    const { headers, trailers } = await compare(form);
    expect({ ...headers, ...trailers }).toMatchObject({ 'x-meta': 'c' });
  });

  it.each([
    ['a defect', () => Promise.reject(new Error('secret'))],
    ['what is no error', () => Promise.reject('secret')],
  ])('tells nothing of %s', async (_, serve) => {
    ways.serve(serve);
    expect(JSON.stringify(await compare(form))).not.toContain('secret');
  });

  it('that is not there is told to be unimplemented', async () => {
    const { status, trailers } = await compareRequests(form, writeCall(form, list, {}, {}));
    expect(form.isFramed ? trailers['grpc-status'] : status).toBe(form.isFramed ? '12' : 501);
  });

  it('stands behind interceptors, which can replace parts of requests and answers', async () => {
    const seen: string[] = [];
    ways.serve(
      ({ service }, { requestHeader, responseHeader }) => {
        seen.push(`${service} ${requestHeader.get('x-a')}`);
        responseHeader.set('x-head', '1');
        return { status: 1 };
      },
      (next) => async (request) => {
        if (request.stream) return await next(request);
        const header = new globalThis.Headers({ 'x-a': 'replaced' });
        const message = { ...request.message, service: 'replaced' };
        const response = await next({ ...request, header, message });
        return { ...response, header: new globalThis.Headers({ 'x-other': '2' }) };
      },
    );
    const { headers } = await compare(form, { 'x-a': 'b' });
    expect(headers).toMatchObject({ 'x-other': '2' });
    expect(seen).toEqual(['replaced replaced', 'replaced replaced']);
  });

  it('cannot answer more than the limit', async () => {
    ways.serve(
      () => ({}),
      (next) => async (request) => {
        const response = await next(request);
        const $unknown = [{ no: 99, wireType: 2, data: Buffer.alloc(answerBytesMax) }];
        if (!response.stream) Object.assign(response.message, { $unknown });
        return response;
      },
    );
    const { body, trailers } = await compare(form);
    if (form.isFramed) expect(trailers['grpc-status']).toBe(String(Code.ResourceExhausted));
    else if (form.isBinary) expect(body.toString()).toContain('resource_exhausted');
  });

  it('is called by the fast path itself, and for a message that cannot be read by nobody', async () => {
    let calls = 0;
    ways.serve(() => {
      calls += 1;
      return {};
    });
    const before = ways.handedOver();
    const request = writeCall(form, check, {}, {});
    await ways.send('fast', form.client, request);
    expect({ calls, handedOver: ways.handedOver() - before }).toEqual({ calls: 1, handedOver: 0 });
    await ways.send('fast', form.client, { ...request, body: Buffer.from('ff', 'hex') });
    expect({ calls, handedOver: ways.handedOver() - before }).toEqual({ calls: 1, handedOver: 1 });
  });
});

function describeContext(context: HandlerContext) {
  const { host: _host, ...header } = Object.fromEntries(context.requestHeader);
  const { service, method, protocolName, requestMethod, url, signal, timeoutMs } = context;
  return {
    service: service.typeName,
    method: method.name,
    protocolName,
    requestMethod,
    url: new URL(url).pathname,
    header,
    responseHeader: Object.fromEntries(context.responseHeader),
    responseTrailer: Object.fromEntries(context.responseTrailer),
    isAborted: signal.aborted,
    hasTimeout: (timeoutMs() ?? 0) > 0,
  };
}
