import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeCustomer, changes, untagged, updateCustomer } from '../support/clients/changes.ts';
import { createSender } from '../support/clients/http.ts';
import { type IntentClient, openIntentClient } from '../support/clients/intent-client.ts';
import { type Protocol, protocols } from '../support/clients/ledger-client.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { openRefs, type Refs, readKept } from '../support/walk/refs.ts';

let service: TestService;
const clients = new Map<Protocol, IntentClient>();
beforeAll(async () => {
  service = await startTestService();
  for (const protocol of protocols) clients.set(protocol, openIntentClient(protocol, service));
});
afterAll(async () => {
  for (const client of clients.values()) client.close();
  await service.close();
});

const clientOf = (protocol: Protocol): IntentClient => {
  const client = clients.get(protocol);
  if (!client) throw new Error(`nobody speaks ${protocol}`);
  return client;
};

const reusedOf = (protocol: Protocol) =>
  protocol === 'rest'
    ? { status: 422, errorCode: 'idempotency.key.reused' }
    : {
        code: 'INVALID_ARGUMENT',
        reason: 'REQUEST_ID_REUSED',
        errorCode: 'idempotency.key.reused',
        violations: [expect.objectContaining({ field: 'request_id' })],
      };

const invalidOf = (protocol: Protocol) => ({
  ...(protocol === 'rest' ? { status: 400 } : { code: 'INVALID_ARGUMENT' }),
  errorCode: 'validation.failed',
  violations: [
    expect.objectContaining({ field: protocol === 'rest' ? 'Idempotency-Key' : 'request_id' }),
  ],
});

const mismatchOf = (protocol: Protocol) => ({
  ...(protocol === 'rest' ? { status: 412 } : { code: 'ABORTED', reason: 'ETAG_MISMATCH' }),
  errorCode: 'etag.mismatch',
});

const lastCharacters = { 'grpc-js': '!', rest: '~' } as Partial<Record<Protocol, string>>;

describe.each(protocols)('a request id over %s', (protocol) => {
  it.each(Object.entries(changes))(
    'of %s makes it once, and every protocol repeats its answer',
    async (name, arrange) => {
      const { change, other } = arrange(await openRefs(service, 'default'));
      const requestId = randomUUID();
      const first = await clientOf(protocol).send(change, { requestId });
      expect(first.isReplay).toBe(false);
      const kept = await readKept(service, 'default');
      for (const repeating of [protocol, 'grpc-js', 'connect json', 'rest'] as const) {
        const again = await clientOf(repeating).send(change, { requestId });
        expect(again.isReplay, repeating).toBe(true);
        if (again.id !== undefined && first.id !== undefined) expect(again.id).toBe(first.id);
        expect(again.etag).toBe(first.etag);
        if (repeating === protocol) expect(again.json).toEqual(first.json);
      }
      const refused = clientOf(protocol).send(other, { requestId });
      await expect(refused, name).rejects.toMatchObject(reusedOf(protocol));
      // A known id is told before an etag that does not match.
      if (protocol === 'rest') {
        expect((await clientOf('rest').send(change, { requestId, etag: 'x' })).isReplay).toBe(true);
      }
      expect(await readKept(service, 'default')).toEqual(kept);
    },
  );

  it('may be 255 visible characters of ASCII, and nothing else', async () => {
    const refs = await openRefs(service, 'default');
    const last = lastCharacters[protocol] ?? 'x';
    const requestId = `${last}${randomUUID()}`.padEnd(255, last);
    const { send } = clientOf(protocol);
    const change = updateCustomer(refs, { customerCountry: 'FR' });
    expect((await send(change, { requestId })).isReplay).toBe(false);
    expect((await send(change, { requestId })).isReplay).toBe(true);
    for (const wrong of [`${requestId}x`, 'a b', 'ü', '😀']) {
      await expect(send(change, { requestId: wrong })).rejects.toMatchObject(invalidOf(protocol));
    }
  });

  it('belongs to its customer, and of a refused change is tried afresh', async () => {
    const [one, two] = [await openRefs(service, 'default'), await openRefs(service, 'default')];
    const requestId = randomUUID();
    const { send } = clientOf(protocol);
    await expect(send(changeCustomer('enable', one), { requestId })).rejects.toMatchObject({
      errorCode: 'customer.enabled',
    });
    expect((await send(changeCustomer('disable', one), { requestId })).isReplay).toBe(false);
    expect((await send(changeCustomer('disable', two), { requestId })).isReplay).toBe(false);
  });

  it('is told behind what is wrong with a request, before an etag, and that before the state', async () => {
    const refs = await openRefs(service, 'default');
    const { send } = clientOf(protocol);
    const disable = changeCustomer('disable', refs);
    const requestId = randomUUID();
    await send(disable, { requestId });
    const long = 'x'.repeat(101);
    await expect(send(disable, { requestId, reason: long })).rejects.toMatchObject({
      errorCode: 'validation.failed',
    });
    expect((await send(disable, { requestId, etag: 'stale' })).isReplay).toBe(true);
    const another = { requestId, etag: 'stale', reason: 'another' };
    await expect(send(disable, another)).rejects.toMatchObject(reusedOf(protocol));
    const fresh = { requestId: randomUUID(), etag: 'stale' };
    await expect(send(disable, fresh)).rejects.toMatchObject(mismatchOf(protocol));
    await expect(send(disable, { requestId: fresh.requestId })).rejects.toMatchObject({
      errorCode: 'customer.disabled',
    });
  });
});

/** What REST takes that has no effect, and is part of what is asked for all the same. */
const idleFields: readonly (readonly [
  string,
  (refs: Refs) => readonly [method: string, path: string, body: object],
  object,
])[] = [
  [
    'a payment',
    ({ account, recipient }) => [
      'POST',
      'transaction',
      { senderAccountId: account, recipientAccountId: recipient, amount: '1' },
    ],
    { baseRate: 2 },
  ],
  [
    'a settlement',
    ({ blockage, recipient }) => [
      'PUT',
      `account/block/${blockage}`,
      { recipientAccountId: recipient, amount: '1' },
    ],
    { baseRate: 2 },
  ],
  ['an opening', () => ['POST', 'account', { currency: 'EUR' }], { compliant: true }],
];

describe('an Idempotency-Key', () => {
  const sendWith = async (
    [method, path, body]: readonly [string, string, object],
    headers: Record<string, string>,
  ) =>
    await createSender(
      service.address,
      service.key,
    )({
      method,
      path: `/v3/ledger/${path}`,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });

  it.each(idleFields)(
    'of %s is refused with another field, also one without effect',
    async (...row) => {
      const [, arrange, idle] = row;
      const [method, path, body] = arrange(await openRefs(service, 'default'));
      const headers = { 'idempotency-key': randomUUID() };
      const first = await sendWith([method, path, { ...body, ...idle }], headers);
      expect(first.status).toBe(200);
      expect((await sendWith([method, path, body], headers)).status).toBe(422);
      const again = await sendWith([method, path, { ...body, ...idle }], headers);
      expect([again.status, again.text]).toEqual([200, first.text]);
    },
  );

  it('of a payment, which keeps no reason, is a replay whatever the reason', async () => {
    const { account, recipient } = await openRefs(service, 'default');
    const key = { 'idempotency-key': randomUUID() };
    const payment = { senderAccountId: account, recipientAccountId: recipient, amount: '1' };
    const pay = (reason: object) =>
      sendWith(['POST', 'transaction', payment], { ...key, ...reason });
    const first = await pay({ 'x-reason': 'rent' });
    expect(first.status).toBe(200);
    for (const reason of [{}, { 'x-reason': 'other' }, { 'x-comment': 'x'.repeat(501) }]) {
      expect(await pay(reason)).toMatchObject({ status: 200, text: first.text });
    }
  });

  it('that is empty is refused', async () => {
    const { customer } = await openRefs(service, 'default');
    const send = createSender(service.address, service.key);
    const path = `/v3/ledger/customer/${customer}/disable`;
    const { status, text } = await send({
      method: 'PUT',
      path,
      headers: { 'idempotency-key': '' },
    });
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      errorCode: 'validation.failed',
      data: [{ property: 'Idempotency-Key', value: '' }],
    });
  });

  it('is told before an etag that nothing can have', async () => {
    for (const name of untagged) {
      const { change = undefined } = changes[name]?.(await openRefs(service, 'default')) ?? {};
      if (!change) throw new Error(`there is no change called ${name}`);
      const requestId = randomUUID();
      const etag = 'any';
      await expect(clientOf('rest').send(change, { requestId, etag })).rejects.toMatchObject(
        mismatchOf('rest'),
      );
      await clientOf('rest').send(change, { requestId, etag: '*' });
      expect((await clientOf('rest').send(change, { requestId, etag })).isReplay).toBe(true);
    }
  });
});
