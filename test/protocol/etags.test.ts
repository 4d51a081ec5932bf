import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountService } from '../../gen/ledger/v1/account_service_pb.js';
import { changeCustomers, toOutcomes } from '../support/clients/batches.ts';
import {
  changeCustomer,
  changes,
  readAccount,
  readCustomer,
  untagged,
  updateCustomer,
} from '../support/clients/changes.ts';
import { createSender } from '../support/clients/http.ts';
import { type IntentClient, openIntentClient } from '../support/clients/intent-client.ts';
import { type Protocol, protocols } from '../support/clients/ledger-client.ts';
import type { Refusal } from '../support/clients/refusal.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { openRefs, readKept } from '../support/walk/refs.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const tagged = Object.entries(changes)
  .filter(([name]) => !untagged.has(name))
  .map(([name, arrange]) => ({
    name,
    arrange,
    read: name.endsWith('customer') ? readCustomer : readAccount,
  }));

const mismatchOf = (protocol: Protocol) =>
  protocol === 'rest'
    ? { status: 412, errorCode: 'etag.mismatch', message: expect.stringMatching(/changed/) }
    : { code: 'ABORTED', reason: 'ETAG_MISMATCH', errorCode: 'etag.mismatch' };

describe.each(protocols)('an etag over %s', (protocol) => {
  let client: IntentClient;
  beforeAll(() => {
    client = openIntentClient(protocol, service);
  });
  afterAll(() => client.close());

  it.each(tagged)('that is stale keeps $name from being changed', async ({ arrange, read }) => {
    const refs = await openRefs(service, 'default');
    const { change, other } = arrange(refs);
    const { etag = '' } = await client.send(read(refs));
    expect(etag).toMatch(/^[\w-]+$/);
    const changed = await client.send(change, { etag });
    const after = await client.send(read(refs));
    expect(after.etag).not.toBe(etag);
    // What answers the resource answers its etag.
    if (changed.etag !== undefined) expect(changed.etag).toBe(after.etag);
    const kept = await readKept(service, 'default');
    const refusal = await client.send(other, { etag }).catch((error: Refusal) => error);
    expect(refusal).toMatchObject({ ...mismatchOf(protocol), retryAfter: undefined });
    expect(await readKept(service, 'default')).toEqual(kept);
  });

  it('that is stale refuses its customer in a batch, and no other one', async () => {
    const [one, two, three] = [
      await openRefs(service, 'default'),
      await openRefs(service, 'default'),
      await openRefs(service, 'default'),
    ];
    const ids = [one.customer, two.customer, three.customer];
    const etags = async () =>
      await Promise.all(
        [one, two, three].map(async (refs) => (await client.send(readCustomer(refs))).etag),
      );
    // Each came to be and was updated once.
    expect(await etags()).toEqual(['2', '2', '2']);
    const told = ['2', '1', '*'];
    const batch = changeCustomers(
      'disable',
      ids.map((id, index) => ({ id, etag: told[index] ?? '' })),
    );
    expect(toOutcomes(await client.send(batch))).toEqual([
      { id: one.customer, enabled: false, etag: '3' },
      expect.objectContaining(mismatchOf(protocol)),
      { id: three.customer, enabled: false, etag: '3' },
    ]);
    expect(await etags()).toEqual(['3', '2', '3']);
    // What a batch tells is what the next one takes.
    const back = [one, three].map(({ customer: id }) => ({ id, etag: '3' }));
    expect(toOutcomes(await client.send(changeCustomers('enable', back)))).toEqual(
      back.map(({ id }) => ({ id, enabled: true, etag: '4' })),
    );
  });

  it('that is an asterisk matches any', async () => {
    const refs = await openRefs(service, 'default');
    expect((await client.send(changeCustomer('disable', refs), { etag: '*' })).etag).toMatch(/./);
    const unknown = { ...refs, customer: 'f'.repeat(24) };
    await expect(
      client.send(changeCustomer('disable', unknown), { etag: '*' }),
    ).rejects.toMatchObject({ errorCode: 'customer.internal.not.exists' });
  });

  it.each(tagged.filter(({ name }) => /^the (?:state|fields)/.test(name)))(
    'is told of what changes $name',
    async ({ arrange, read }) => {
      const refs = await openRefs(service, 'default');
      const { etag } = await client.send(arrange(refs).change);
      expect(etag).toBe((await client.send(read(refs))).etag);
    },
  );
});

describe('an If-Match', () => {
  const change = async (ifMatch: string, path?: string) => {
    const { customer } = await openRefs(service, 'default');
    const { status, text, headers } = await createSender(
      service.address,
      service.key,
    )({
      method: 'PUT',
      path: `/v3/ledger/${path ?? `customer/${customer}/disable`}`,
      headers: { 'if-match': ifMatch },
    });
    return { status, text, etag: headers.etag };
  };

  // A customer that came to be and was updated once.
  it.each(['"2"', '"9", "2"', ' "9" ,"2" ', '*'])('of %s matches', async (ifMatch) => {
    expect(await change(ifMatch)).toEqual({ status: 204, text: '', etag: '"3"' });
  });

  it.each(['"1"', '"1", "3"', 'W/"2"', 'W/"2", "9"', '""', '"02"', '"*"'])(
    'of %s matches nothing',
    async (ifMatch) => {
      const { status, text } = await change(ifMatch);
      expect({ status, body: JSON.parse(text) }).toEqual({
        status: 412,
        body: {
          statusCode: 412,
          errorCode: 'etag.mismatch',
          message: 'The resource has changed since it was read.',
        },
      });
    },
  );

  it.each(['2', '"2', 'w/"2"', '', '*, "2"', '"2",', '"2" "3"'])(
    'of %j is malformed',
    async (ifMatch) => {
      const { status, text } = await change(ifMatch);
      expect(status).toBe(400);
      expect(JSON.parse(text)).toMatchObject({
        errorCode: 'validation.failed',
        data: [{ property: 'If-Match', constraints: { matches: expect.any(String) } }],
      });
    },
  );

  it.each([...untagged])(
    'of anything but an asterisk refuses %s, which has no etag',
    async (name) => {
      const client = openIntentClient('rest', service);
      const { change: sent = undefined } =
        changes[name]?.(await openRefs(service, 'default')) ?? {};
      if (!sent) throw new Error(`there is no change called ${name}`);
      const kept = await readKept(service, 'default');
      await expect(client.send(sent, { etag: '1' })).rejects.toMatchObject(mismatchOf('rest'));
      expect(await readKept(service, 'default')).toEqual(kept);
      await client.send(sent, { etag: '*', requestId: randomUUID() });
    },
  );

  it.each(['enable', 'disable'] as const)(
    'of anything but an asterisk refuses to %s several, of which each has its own',
    async (verb) => {
      const { customer: id } = await openRefs(service, 'default');
      const client = openIntentClient('rest', service);
      const batch = changeCustomers(verb, [{ id }]);
      const kept = await readKept(service, 'default');
      await expect(client.send(batch, { etag: '2' })).rejects.toMatchObject({
        status: 400,
        errorCode: 'validation.failed',
        violations: [{ field: 'If-Match', rule: 'isEmpty' }],
      });
      expect(await readKept(service, 'default')).toEqual(kept);
      expect(toOutcomes(await client.send(batch, { etag: '*' }))).toHaveLength(1);
    },
  );

  it('does not keep anything from being read', async () => {
    const { customer } = await openRefs(service, 'default');
    const send = createSender(service.address, service.key);
    const { status, headers } = await send({
      path: `/v3/ledger/customer/${customer}`,
      headers: { 'if-match': 'nope' },
    });
    expect({ status, etag: headers.etag }).toEqual({ status: 200, etag: '"2"' });
  });
});

describe('the etag of a customer', () => {
  it('stays with an opening that tells nothing of it, and changes with an update that sets what is there', async () => {
    const refs = await openRefs(service, 'default');
    const { externalId } = refs;
    const client = openIntentClient('rest', service);
    const etagOf = async () => (await client.send(readCustomer(refs))).etag;
    const before = await etagOf();
    const opening = { currency: 'EUR', customer: { externalId, customerCountry: 'DE' } };
    await client.send({
      method: AccountService.method.createAccount,
      request: opening,
      route: ['POST', 'account', opening],
    });
    expect(await etagOf()).toBe(before);
    await client.send(updateCustomer(refs, { customerCountry: 'DE' }));
    expect(await etagOf()).not.toBe(before);
  });
});
