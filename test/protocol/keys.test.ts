import { readFileSync } from 'node:fs';
import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { timestampDate, timestampFromDate } from '@bufbuild/protobuf/wkt';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CustomerService } from '../../gen/ledger/v1/customer_service_pb.js';
import {
  type CreateKeyRequestSchema,
  KeyService,
  type RotateKeyRequestSchema,
} from '../../gen/ledger/v1/key_service_pb.js';
import type { Grant } from '../../src/domain/grant.ts';
import type { OperatorKey, OperatorKeyRequest } from '../../src/store/keys.ts';
import type { Caller } from '../support/clients/caller.ts';
import {
  type ExpectedReason,
  expectedRefusals,
  toRefusalOf,
} from '../support/clients/expected-refusal.ts';
import { rpcProtocols } from '../support/clients/ledger-client.ts';
import { openCaller } from '../support/clients/open-client.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
const lines: string[] = [];
beforeAll(async () => {
  const log = pino({ level: 'trace' }, { write: (line) => void lines.push(line) });
  service = await startTestService({ log });
});
afterAll(() => service.close());

async function createKey(request: Partial<OperatorKeyRequest> = {}): Promise<OperatorKey> {
  const created = await service.store.keys.create({ tenant: 'acme', name: '', ...request });
  if (!created) throw new Error('the key exists already');
  return created;
}

const reused = { code: 'INVALID_ARGUMENT', reason: 'REQUEST_ID_REUSED' };

const start = Date.now();
const inHours = (count: number) => timestampFromDate(new Date(start + count * 3_600_000));
const { createKey: create, getKey, listKeys, rotateKey, revokeKey } = KeyService.method;
const { listCustomers } = CustomerService.method;

describe.each(rpcProtocols)('the keys over %s', { concurrent: true }, (protocol) => {
  let caller: Caller;
  beforeAll(() => {
    caller = openCaller(protocol, service.address);
  });
  afterAll(() => caller.close());

  const refusal = (reason: ExpectedReason, values: Record<string, string> = {}) => ({
    ...toRefusalOf(protocol, reason, values),
    metadata: values,
  });

  it('are made, read, listed, rotated and revoked by a key, and work', async () => {
    const admin = await createKey({ tenant: `life-${rpcProtocols.indexOf(protocol)}` });
    const headers = { 'x-api-key': admin.key };
    const made = await caller.call(
      create,
      {
        name: 'reads ☃',
        scopes: ['customers:read'],
        expireTime: inHours(5),
        ratePerSecond: 50,
        concurrency: 7,
      },
      headers,
    );
    const { key, secret } = made.message;
    expect(secret).toMatch(/^lk_[\w-]{43}$/);
    expect(key).toMatchObject({
      id: expect.stringMatching(/^key_[0-9a-f]{12}$/),
      name: 'reads ☃',
      scopes: ['customers:read'],
      ratePerSecond: 50,
      concurrency: 7,
      createdBy: admin.id,
      rotatedFrom: '',
    });
    expect(key?.revokeTime).toBeUndefined();
    expect(key?.expireTime && timestampDate(key.expireTime)).toEqual(timestampDate(inHours(5)));
    await caller.call(listCustomers, {}, { 'x-api-key': secret });

    const id = key?.id ?? '';
    const second = (await caller.call(rotateKey, { id, grace: { seconds: 3_600n } }, headers))
      .message;
    expect(second.key).toMatchObject({ name: 'reads ☃', rotatedFrom: id, ratePerSecond: 50 });
    await caller.call(listCustomers, {}, { 'x-api-key': second.secret });
    const first = (await caller.call(getKey, { id }, headers)).message.key;
    expect(first?.expireTime && timestampDate(first.expireTime).getTime()).toBeLessThan(
      timestampDate(inHours(2)).getTime(),
    );

    const revoked = (await caller.call(revokeKey, { id }, headers)).message.key;
    expect(revoked?.revokeTime).toBeDefined();
    const ids: string[] = [];
    let pageToken = '';
    do {
      const page = await caller.call(listKeys, { pageSize: 2, pageToken }, headers);
      ids.push(...page.message.keys.map((each) => each.id));
      pageToken = page.message.nextPageToken;
    } while (pageToken !== '');
    expect(ids).toEqual([admin.id, id, second.key?.id]);

    // The keys themselves are told once, and to nobody but the caller.
    const rest = JSON.stringify(lines);
    for (const each of [admin.key, secret, second.secret]) expect(rest).not.toContain(each);
    expect(rest).toContain('CreateKey');
  });

  it('are changed once under a request id, whose answer is repeated but for the key itself', async () => {
    const tenant = `once-${rpcProtocols.indexOf(protocol)}`;
    const headers = keyOf(await createKey({ tenant }));
    const list = async () => (await caller.call(listKeys, {}, headers)).message.keys;
    const isReplay = ({ headers: told }: { headers: Headers }) =>
      told.get('idempotency-replayed') === 'true';
    const request = {
      scopes: ['customers:read'],
      expireTime: inHours(5),
      requestId: 'create',
    };
    const made = await caller.call(create, request, headers);
    const { key, secret } = made.message;
    const id = key?.id ?? '';
    const rotation = { id, grace: { seconds: 60n }, requestId: 'rotate' };
    const second = await caller.call(rotateKey, rotation, headers);
    expect([isReplay(made), isReplay(second)]).toEqual([false, false]);
    const kept = await list();
    for (const [method, asked, first] of [
      [create, request, made],
      [rotateKey, rotation, second],
    ] as const) {
      const again = await caller.call<DescMessage, DescMessage>(method, asked, headers);
      expect(isReplay(again)).toBe(true);
      expect(again.message).toEqual({ ...first.message, secret: '' });
    }
    for (const other of [
      { expireTime: inHours(4) },
      { scopes: ['accounts:read'] },
      { name: 'b' },
    ]) {
      await expect(caller.call(create, { ...request, ...other }, headers)).rejects.toMatchObject(
        reused,
      );
    }
    await expect(
      caller.call(rotateKey, { ...rotation, grace: { seconds: 61n } }, headers),
    ).rejects.toMatchObject(reused);
    expect(await list()).toEqual(kept);

    const revocation = { id, requestId: 'revoke' };
    const revoked = await caller.call(revokeKey, revocation, headers);
    const again = await caller.call(revokeKey, revocation, headers);
    expect([isReplay(again), again.message]).toEqual([true, revoked.message]);
    await expect(
      caller.call(revokeKey, { ...revocation, id: second.message.key?.id ?? '' }, headers),
    ).rejects.toMatchObject(reused);
    // With the ids nothing is kept that lets anybody in.
    const requests = JSON.stringify(await service.collections.requests.find().toArray());
    expect(requests).toContain(id);
    for (const each of [secret, second.message.secret]) expect(requests).not.toContain(each);
  });

  it('hand out no more than the caller has', async () => {
    const scopes: Grant[] = ['keys:*', 'customers:read'];
    const some = await createKey({ scopes, ratePerSecond: 100 });
    const all = await createKey();
    const wanted: [MessageInitShape<typeof CreateKeyRequestSchema>, string][] = [
      [{ scopes: ['*'] }, 'scopes'],
      [{ scopes: ['customers:read', 'customers:write'] }, 'scopes'],
      [{ scopes: ['customers:read'], ratePerSecond: 101 }, 'limits'],
    ];
    for (const [request, excess] of wanted) {
      await expect(caller.call(create, request, keyOf(some))).rejects.toMatchObject(
        refusal('KEY_RIGHTS_EXCEEDED', { excess }),
      );
    }
    await expect(caller.call(rotateKey, { id: all.id }, keyOf(some))).rejects.toMatchObject(
      refusal('KEY_RIGHTS_EXCEEDED', { excess: 'scopes' }),
    );
  });

  it('are refused for what they are', async () => {
    const { key, id } = await createKey();
    const headers = { 'x-api-key': key };
    const keyId = 'key_ffffffffffff';
    for (const call of [
      () => caller.call(getKey, { id: keyId }, headers),
      () => caller.call(rotateKey, { id: keyId }, headers),
      () => caller.call(revokeKey, { id: keyId }, headers),
    ]) {
      await expect(call()).rejects.toMatchObject(refusal('KEY_NOT_FOUND', { keyId }));
    }
    const revoked = await createKey();
    await service.store.keys.revoke(revoked.id);
    for (const call of [
      () => caller.call(rotateKey, { id: revoked.id }, headers),
      () => caller.call(revokeKey, { id: revoked.id }, headers),
    ]) {
      await expect(call()).rejects.toMatchObject({
        ...refusal('KEY_REVOKED', { keyId: revoked.id }),
        preconditions: [expect.objectContaining({ subject: `keys/${revoked.id}` })],
      });
    }
    const expired = await createKey({ expireTime: new Date(0) });
    await expect(caller.call(rotateKey, { id: expired.id }, headers)).rejects.toMatchObject(
      refusal('KEY_EXPIRED', { keyId: expired.id }),
    );
    await expect(
      caller.call(listKeys, { pageSize: 1, pageToken: 'nope' }, headers),
    ).rejects.toMatchObject(refusal('PAGE_TOKEN_INVALID'));
    await service.store.keys.revoke(id);
    await expect(caller.call(create, { scopes: ['*'] }, headers)).rejects.toMatchObject(
      refusal('API_KEY_INVALID'),
    );
  });

  it('are refused when what is asked for cannot be', async () => {
    const { key, id } = await createKey();
    const headers = { 'x-api-key': key };
    const good = { scopes: ['keys:read'] };
    const creations: [MessageInitShape<typeof CreateKeyRequestSchema>, string][] = [
      [{}, 'scopes'],
      [{ scopes: ['keys:state'] }, 'scopes[0]'],
      [{ scopes: ['keys:read', 'keys:read'] }, 'scopes'],
      [{ ...good, name: 'x'.repeat(101) }, 'name'],
      [{ ...good, ratePerSecond: -1 }, 'rate_per_second'],
      [{ ...good, concurrency: 1_000_001 }, 'concurrency'],
      [{ ...good, expireTime: inHours(-1) }, 'expire_time'],
    ];
    const rotations: [MessageInitShape<typeof RotateKeyRequestSchema>, string][] = [
      [{ id: 'key_1' }, 'id'],
      [{ id, expireTime: inHours(-1) }, 'expire_time'],
      [{ id, grace: { seconds: -1n } }, 'grace'],
      [{ id, grace: { seconds: 315_576_001n } }, 'grace'],
    ];
    const calls = [
      ...creations.map(([request, field]) => [() => caller.call(create, request, headers), field]),
      ...rotations.map(([request, field]) => [
        () => caller.call(rotateKey, request, headers),
        field,
      ]),
    ] as [() => Promise<unknown>, string][];
    for (const [call, field] of calls) {
      await expect(call()).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        violations: [expect.objectContaining({ field })],
      });
    }
    expect(await service.collections.keys.countDocuments({ createdBy: id })).toBe(0);
  });
});

function keyOf({ key }: OperatorKey) {
  return { 'x-api-key': key };
}

describe('the cases of this file', () => {
  const contract = new URL('../../proto/ledger/v1/key_service.proto', import.meta.url);

  it('are all that the contract names, with the codes that it names', () => {
    const text = readFileSync(contract, 'utf8');
    const words = [...text.matchAll(/((?: {2}\/\/.*\n)+) {2}rpc (\w+)\(/g)].map(
      ([, comment = '', method = '']) => [method, comment.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? []],
    );
    const cases: Readonly<Record<string, readonly ExpectedReason[]>> = {
      // That no more keys can be made is shown by test/store/api-keys.test.ts: it takes a thousand of them.
      CreateKey: ['KEY_RIGHTS_EXCEEDED', 'KEY_QUOTA_REACHED'],
      ListKeys: ['PAGE_TOKEN_INVALID'],
      GetKey: ['KEY_NOT_FOUND'],
      RotateKey: [
        'KEY_NOT_FOUND',
        'KEY_REVOKED',
        'KEY_EXPIRED',
        'KEY_RIGHTS_EXCEEDED',
        'KEY_QUOTA_REACHED',
      ],
      RevokeKey: ['KEY_NOT_FOUND', 'KEY_REVOKED'],
    };
    const expected = Object.entries(cases).map(([method, reasons]) => [
      method,
      new Set(reasons.flatMap((reason) => [reason, expectedRefusals[reason].code])),
    ]);
    expect(words.map(([method, named]) => [method, new Set(named)])).toEqual(expected);
  });
});
