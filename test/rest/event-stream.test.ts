import * as http from 'node:http';
import * as http2 from 'node:http2';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSender } from '../support/clients/http.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { createRest, done, openAccount, type Rest, read } from './rest.ts';

let service: TestService;
let rest: Rest;
beforeAll(async () => {
  service = await startTestService();
  rest = createRest(service);
});
afterAll(() => service.close());

/** Opens a customer; that it came to be is in the history, so that no watch from now on tells of it. */
async function open(): Promise<string> {
  const { customerId } = await openAccount(rest, 'EUR');
  await read(rest.get(`customer/${customerId}/changes?pageSize=1`));
  return customerId;
}

/** A stream of events as it comes. */
interface EventStream {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Reads so many blocks, each up to its empty line. */
  readBlocks(count: number): Promise<string[]>;
  close(): void;
}

async function openStream(path: string, headers: object = {}): Promise<EventStream> {
  const request = http.get(`${service.address}/v3/ledger/customer/${path}`, {
    headers: { 'x-api-key': service.key, ...headers },
    agent: false,
  });
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    request.on('response', resolve).on('error', reject);
  });
  response.setEncoding('utf8').on('error', () => undefined);
  const chunks = response[Symbol.asyncIterator]();
  let text = '';
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    async readBlocks(count) {
      while (text.split('\n\n').length <= count) {
        const { value, done } = await chunks.next();
        if (done) throw new Error('the stream has ended');
        text += value;
      }
      const blocks = text.split('\n\n');
      text = blocks.slice(count).join('\n\n');
      return blocks.slice(0, count);
    },
    close: () => void request.destroy(),
  };
}

const heartbeat = /^id: [\w-]+\n: heartbeat$/;

describe('a stream of events', () => {
  it('is one of the standard, which browsers read and no proxy keeps', async () => {
    const id = await open();
    const stream = await openStream('changes/watch', { 'x-request-id': 'watched' });
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-request-id': 'watched',
    });
    expect(await stream.readBlocks(2)).toEqual(['retry: 1000', expect.stringMatching(heartbeat)]);
    await done(rest.put(`customer/${id}/disable`));
    const [block = ''] = await stream.readBlocks(1);
    const lines = block.split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^id: [\w-]+$/),
      'event: change',
      expect.stringMatching(/^data: \{.*\}$/),
    ]);
    const [, change] = await read<object[]>(rest.get(`customer/${id}/changes?pageSize=50`));
    expect(JSON.parse(lines[2]?.slice('data: '.length) ?? '')).toEqual(change);
    stream.close();
  });

  it('goes on behind the Last-Event-ID, that of a heartbeat, too', async () => {
    const id = await open();
    const first = await openStream(`${id}/changes/watch?heartbeatMs=1000`);
    const [, , beat = ''] = await first.readBlocks(3);
    expect(beat).toMatch(heartbeat);
    await done(rest.put(`customer/${id}/disable`));
    await done(rest.put(`customer/${id}/enable`));
    const versionOf = (block = '') => JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? '{}').version;
    const idOf = (block = '') => /^id: (.*)$/m.exec(block)?.[1];
    const readVersions = async (stream: EventStream, count: number) => {
      const versions: number[] = [];
      const ids: (string | undefined)[] = [];
      while (versions.length < count) {
        const [block] = await stream.readBlocks(1);
        const version = versionOf(block);
        if (version === undefined) continue;
        versions.push(version);
        ids.push(idOf(block));
      }
      stream.close();
      return { versions, ids };
    };
    const { versions, ids } = await readVersions(first, 2);
    expect(versions).toEqual([2, 3]);
    for (const [lastEventId, expected] of [
      [idOf(beat), [2, 3]],
      [ids[0], [3]],
    ] as const) {
      const again = await openStream(`${id}/changes/watch`, { 'last-event-id': lastEventId });
      expect((await readVersions(again, expected.length)).versions).toEqual(expected);
    }
  });

  it('begins now with a Last-Event-ID that is empty', async () => {
    const id = await open();
    const stream = await openStream(`${id}/changes/watch`, { 'last-event-id': '' });
    expect(await stream.readBlocks(2)).toEqual(['retry: 1000', expect.stringMatching(heartbeat)]);
    stream.close();
  });

  it('is refused as any answer is, before it begins', async () => {
    const id = await open();
    const send = createSender(service.address, service.key);
    const stream = await openStream('changes/watch');
    const [, first = ''] = await stream.readBlocks(2);
    stream.close();
    const position = /^id: (.*)$/m.exec(first)?.[1] ?? '';
    for (const lastEventId of [
      'nope',
      ' x',
      `${position}A`,
      position.slice(1),
      [position, position],
    ]) {
      const path = '/v3/ledger/customer/changes/watch';
      const answer = await send({ path, headers: { 'last-event-id': lastEventId } });
      const value = [lastEventId].flat().join(', ').trim();
      expect(answer.headers['content-type']).toMatch(/^application\/json/);
      expect({ status: answer.status, body: answer.json() }).toEqual({
        status: 400,
        body: {
          statusCode: 400,
          errorCode: 'validation.failed',
          message: 'Request validation failed. Please see data for additional information.',
          data: [
            {
              target: { 'Last-Event-ID': expect.any(String) },
              value: expect.stringContaining(value.slice(0, 20)),
              property: 'Last-Event-ID',
              constraints: { matches: 'Last-Event-ID must be the id of an event of this stream' },
            },
          ],
        },
      });
    }
    const path = `/v3/ledger/customer/${id}/changes/watch`;
    const other = await send({ path, headers: { 'last-event-id': position } });
    expect(other.status).toBe(400);
    for (const query of [
      'heartbeatMs=',
      'heartbeatMs=1e4',
      'heartbeatMs=999',
      'heartbeatMs=60001',
    ]) {
      const answer = await send({ path: `${path}?${query}` });
      expect({ status: answer.status, body: answer.json() }).toMatchObject({
        status: 400,
        body: { data: [{ property: 'heartbeatMs' }] },
      });
    }
    const posted = await send({ method: 'POST', path });
    expect({ status: posted.status, allow: posted.headers.allow }).toEqual({
      status: 405,
      allow: expect.stringContaining('GET'),
    });
  });

  it('that ends because its key is lost has a line in the log, as every call has', async () => {
    const lines: object[] = [];
    const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) });
    const logged = await startTestService({ log });
    const { key, id } = await logged.createKey('default');
    const response = await fetch(`${logged.address}/v3/ledger/customer/changes/watch`, {
      headers: { 'x-api-key': key, 'x-request-id': 'of-the-watch' },
    });
    await logged.store.keys.revoke(id);
    await response.text();
    expect(lines).toContainEqual(
      expect.objectContaining({
        msg: 'call',
        method: 'GET /v3/ledger/customer/changes/watch',
        status: 401,
        requestId: 'of-the-watch',
        tenant: 'default',
        actor: id,
      }),
    );
    await logged.close();
  });

  it('comes by HTTP/2, too', async () => {
    const id = await open();
    const session = http2.connect(service.address);
    const stream = session.request({
      ':path': `/v3/ledger/customer/${id}/changes/watch`,
      'x-api-key': service.key,
    });
    let text = '';
    for await (const chunk of stream.setEncoding('utf8')) {
      const isFirst = text === '';
      text += chunk;
      if (isFirst) await done(rest.put(`customer/${id}/disable`));
      if (text.includes('"version":2')) break;
    }
    expect(text).toMatch(
      /^retry: 1000\n\nid: [\w-]+\n: heartbeat\n\n(?:id: .*\n: heartbeat\n\n)*id: .*\nevent: change\ndata: /,
    );
    session.destroy();
  });
});
