import { expect, onTestFinished, test, vi } from 'vitest';
import {
  createHttp1Client,
  createHttp2Client,
  frame,
  type RawAnswer,
  type RawRequest,
} from '../support/raw-request.ts';
import { toConnect, toGrpc } from '../support/target.ts';
import { outputOf, startService, stopService } from './child.ts';
import { chosenKey, makeDatabase } from './ledger.ts';

// Every test starts processes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

/** The keys that are sent: one that is right, one that nobody knows, one that cannot be a key. */
const keys = {
  good: chosenKey,
  unknown: 'lk_unknown-to-this-ledger-0123456789-abcdefghij',
  malformed: 'short?secret',
};

/** Where a client puts its key, rightly and by mistake. */
function placesOf(key: string): RawRequest[] {
  const headers: Record<string, string>[] = [
    { 'x-api-key': key },
    { authorization: `Bearer ${key}` },
    { authorization: key },
    { authorization: `Basic ${key}` },
  ];
  const encoded = encodeURIComponent(key);
  const paths = [
    `/v3/ledger/customer?pageSize=10&key=${encoded}`,
    `/v3/ledger/customer?key=${encoded}`,
    `/v3/ledger/customer?x-api-key=${encoded}`,
    `/v3/ledger/customer/${encoded}`,
    `/v3/ledger/account/${encoded}`,
    `/v3/ledger/${encoded}`,
    `/${encoded}`,
    `/healthz?key=${encoded}`,
    `/readyz?key=${encoded}`,
    `/ledger.v1.CustomerService/GetCustomer?key=${encoded}`,
    `/ledger.v1.CustomerService/${encoded}`,
    `/ledger.v1.${encoded}/GetCustomer`,
  ];
  const body = JSON.stringify({ externalId: 'nobody' });
  const known = { 'x-api-key': chosenKey };
  return [
    ...headers.flatMap((sent) => [
      { method: 'GET', path: '/v3/ledger/customer?pageSize=10', headers: sent },
      { method: 'GET', path: '/v3/ledger/customer/nobody', headers: sent },
      { method: 'PUT', path: '/v3/ledger/customer/0123456789', headers: sent, body: '{"a":' },
      toConnect('GetCustomer', body, sent),
      toConnect('GetCustomer', '{"a":', sent),
      toGrpc('GetCustomer', frame(Buffer.alloc(0)), sent),
    ]),
    ...paths.flatMap((path) => [
      { method: 'GET', path },
      { method: 'GET', path, headers: known },
      { method: 'POST', path, headers: known, body: '{}' },
    ]),
  ];
}

function textOf({ headers, trailers, body }: RawAnswer): string {
  return JSON.stringify([headers, trailers]) + body.toString('latin1');
}

/** A caller who is let in is told which external id there is not, by the wire contract, section 5. */
function isIdOfKnownCaller({ path, headers = {} }: RawRequest, key: string): boolean {
  return (
    headers['x-api-key'] === chosenKey && path === `/v3/ledger/customer/${encodeURIComponent(key)}`
  );
}

/** Asserts that a text holds a key neither as it is nor as it is written in a URL. */
function expectWithout(text: string, key: string, where: string): void {
  for (const form of [key, encodeURIComponent(key)]) expect(text, where).not.toContain(form);
}

test.each([
  ['HTTP/1.1', createHttp1Client],
  ['HTTP/2', createHttp2Client],
] as const)(
  'repeats a key neither in an answer nor in an output over %s, wherever it is put',
  async (_, createRawClient) => {
    const { settings } = makeDatabase();
    const service = await startService({ ...settings, API_KEY: chosenKey, LOG_LEVEL: 'trace' });
    const client = createRawClient(service.address);
    onTestFinished(() => client.close());
    const statuses = new Set<number>();
    for (const key of Object.values(keys)) {
      for (const request of placesOf(key)) {
        const answer = await client.send(request);
        statuses.add(answer.status);
        expect.soft(answer.status).toBeLessThan(500);
        if (isIdOfKnownCaller(request, key)) continue;
        expectWithout(textOf(answer), key, `${request.method} ${request.path}`);
      }
    }
    // It was let in, refused, and not found: the requests reached what they were to reach.
    expect([...statuses]).toEqual(expect.arrayContaining([200, 401, 404]));
    client.close();
    await stopService(service);
    const output = outputOf(service);
    expect(service.log().filter(({ msg }) => msg === 'call').length).toBeGreaterThan(0);
    for (const key of Object.values(keys)) expectWithout(output, key, 'the output');
  },
);
