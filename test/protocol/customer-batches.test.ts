import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  changeCustomers,
  readCustomers,
  type Target,
  toOutcomes,
} from '../support/clients/batches.ts';
import { toRefusalOf, toUnknownExternalId } from '../support/clients/expected-refusal.ts';
import {
  type Intent,
  type IntentClient,
  openIntentClient,
} from '../support/clients/intent-client.ts';
import {
  type CustomerRef,
  type LedgerClient,
  protocols,
  rpcProtocols,
} from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { openCustomer, openInactiveCustomer } from '../support/clients/stage.ts';
import { createExternalId } from '../support/database.ts';
import { startTestService, type TestService } from '../support/service.ts';

type Verb = 'enable' | 'disable';

const unknown = { id: 'f'.repeat(24) };

let service: TestService;
let foreignKey: string;
beforeAll(async () => {
  service = await startTestService();
  foreignKey = (await service.createKey('foreign')).key;
});
afterAll(() => service.close());

describe.each(protocols)('several customers over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  let batches: IntentClient;
  beforeAll(() => {
    client = openClient(protocol, service);
    batches = openIntentClient(protocol, service);
  });
  afterAll(async () => {
    batches.close();
    await client.close();
  });

  const get = async (refs: readonly CustomerRef[]) =>
    toOutcomes(await batches.send(readCustomers(refs)));
  const change = async (verb: Verb, targets: readonly Target[], intent: Intent = {}) => {
    const told = await batches.send(changeCustomers(verb, targets), intent);
    return { outcomes: toOutcomes(told), isReplay: told.isReplay };
  };
  const open = async () => (await openCustomer(client)).ref;
  const openDisabled = async () => {
    const ref = await open();
    await client.disableCustomer(ref);
    return ref;
  };
  const readVerbs = async (ref: CustomerRef) =>
    (await client.listCustomerChanges(ref, { size: 50 })).items.map(({ verb }) => verb);
  const refused = (reason: Parameters<typeof toRefusalOf>[1]) =>
    expect.objectContaining(toRefusalOf(protocol, reason));
  const disabled = ({ id }: { id: string }, version = 2) => ({
    id,
    enabled: false,
    etag: String(version),
  });
  const enabled = ({ id }: { id: string }, version: number) => ({
    id,
    enabled: true,
    etag: String(version),
  });

  it('are each answered for alone, in their order, with the refusal that each would have', async () => {
    const [one, two] = [await open(), await openDisabled()];
    const { ref: inactive } = await openInactiveCustomer(client);
    const refs = [unknown, one, inactive, two];
    const notFound = refused('CUSTOMER_NOT_FOUND');
    expect(await get(refs)).toEqual([
      protocol === 'rest'
        ? expect.objectContaining(toUnknownExternalId(protocol, unknown.id))
        : notFound,
      enabled(one, 1),
      enabled(inactive, 2),
      disabled(two),
    ]);
    expect((await change('enable', refs)).outcomes).toEqual([
      notFound,
      refused('CUSTOMER_ENABLED'),
      refused('CUSTOMER_INACTIVE'),
      enabled(two, 3),
    ]);
    expect(await client.getCustomer(two)).toMatchObject({ enabled: true });
    const backwards = refs.toReversed();
    expect((await change('disable', backwards)).outcomes).toEqual([
      disabled(two, 4),
      refused('CUSTOMER_INACTIVE'),
      disabled(one),
      notFound,
    ]);
    for (const ref of [one, two]) {
      expect(await client.getCustomer(ref)).toMatchObject({ enabled: false });
    }
    expect((await change('disable', [two, one])).outcomes).toEqual([
      refused('CUSTOMER_DISABLED'),
      refused('CUSTOMER_DISABLED'),
    ]);
    expect(await readVerbs(one)).toEqual(['CREATE', 'DISABLE']);
    expect(await readVerbs(two)).toEqual(['CREATE', 'DISABLE', 'ENABLE', 'DISABLE']);
    expect(await get([inactive])).toEqual([enabled(inactive, 2)]);
  });

  it('are 1 to 100', async () => {
    const openings = Array.from({ length: 101 }, () => ({
      currency: 'EUR',
      customer: { externalId: createExternalId() },
    }));
    const accounts = [
      ...(await client.createAccounts(openings.slice(0, 100))),
      ...(await client.createAccounts(openings.slice(100))),
    ];
    const refs = accounts.map(({ customerId = '' }) => ({ id: customerId }));
    const asked = [
      (some: readonly { id: string }[]) => batches.send(readCustomers(some)),
      (some: readonly { id: string }[]) => batches.send(changeCustomers('enable', some)),
      (some: readonly { id: string }[]) => batches.send(changeCustomers('disable', some)),
      (some: readonly { id: string }[]) =>
        batches.send(
          changeCustomers(
            'disable',
            some.map((ref) => ({ ...ref, etag: '*' })),
          ),
        ),
    ];
    for (const send of asked) {
      for (const wrong of [refs, []]) {
        await expect(send(wrong)).rejects.toMatchObject({ errorCode: 'validation.failed' });
      }
    }
    const full = refs.slice(0, 100);
    expect(await get(full)).toEqual(full.map((ref) => enabled(ref, 1)));
    expect((await change('disable', full)).outcomes).toEqual(full.map((ref) => disabled(ref)));
    expect(await get(full)).toEqual(full.map((ref) => disabled(ref)));
    expect(await get(refs.slice(100))).toEqual(refs.slice(100).map((ref) => enabled(ref, 1)));
    expect((await change('enable', full)).outcomes).toEqual(full.map((ref) => enabled(ref, 3)));
  });

  it('are changed once where one of them is named twice', async () => {
    const [one, two] = [await open(), await open()];
    const { outcomes } = await change('disable', [one, one]);
    expect(outcomes).toContainEqual(disabled(one));
    expect(outcomes).toContainEqual(refused('CUSTOMER_DISABLED'));
    const requestId = createExternalId();
    expect(await change('disable', [two, two], { requestId })).toEqual({
      outcomes: [disabled(two), disabled(two)],
      isReplay: false,
    });
    for (const ref of [one, two]) expect(await readVerbs(ref)).toEqual(['CREATE', 'DISABLE']);
  });

  it('are answered again as they were for a request id, whatever became of them since', async () => {
    const [one, two] = [await open(), await open()];
    const requestId = createExternalId();
    const first = await change('disable', [one, two], { requestId });
    expect(first).toEqual({ outcomes: [disabled(one), disabled(two)], isReplay: false });
    await change('enable', [one, two]);
    expect(await change('disable', [one, two], { requestId })).toEqual({
      ...first,
      isReplay: true,
    });
    // An etag that was good before is no part of what is asked for.
    const tagged = [one, two].map((ref) => ({ ...ref, etag: '1' }));
    expect(await change('disable', tagged, { requestId })).toEqual({ ...first, isReplay: true });
    expect(await get([one, two])).toEqual([enabled(one, 3), enabled(two, 3)]);
  });

  it.each([
    ['another verb', 'enable', {}],
    ['another reason', 'disable', { reason: 'another' }],
  ] as const)(
    'are each refused with a request id that was used with %s',
    async (_, verb, other) => {
      const [one, two, three] = [await open(), await open(), await openDisabled()];
      const requestId = createExternalId();
      await change('disable', [one, two], { requestId });
      const reused = refused('REQUEST_ID_REUSED');
      const { outcomes, isReplay } = await change(verb, [one, three, two], { requestId, ...other });
      expect({ outcomes, isReplay }).toEqual({
        outcomes: [
          reused,
          // It has not seen the id.
          verb === 'enable' ? enabled(three, 3) : refused('CUSTOMER_DISABLED'),
          reused,
        ],
        isReplay: false,
      });
      expect(await get([one, two])).toEqual([disabled(one), disabled(two)]);
      expect(await readVerbs(one)).toEqual(['CREATE', 'DISABLE']);
    },
  );

  it('have in the history of each why they were changed', async () => {
    const [one, two] = [await open(), await openDisabled()];
    const cause = { reason: 'fraud', comment: 'straße', requestId: createExternalId() };
    await change('disable', [one, two, unknown], cause);
    await change('enable', [one, two], { reason: 'cleared' });
    for (const [ref, causes] of [
      [one, [{}, cause, { reason: 'cleared' }]],
      [two, [{}, {}, { reason: 'cleared' }]],
    ] as const) {
      const { items } = await client.listCustomerChanges(ref, { size: 50 });
      expect(
        items.map(({ reason, comment, requestId }) => ({ reason, comment, requestId })),
      ).toEqual(causes);
    }
  });

  it('of another tenant are absent', async () => {
    const [own, theirs] = [await open(), await open()];
    const foreigner = openIntentClient(protocol, { ...service, key: foreignKey });
    for (const verb of ['disable', 'enable'] as const) {
      const told = await foreigner.send(changeCustomers(verb, [own, unknown, theirs]));
      const notFound = refused('CUSTOMER_NOT_FOUND');
      expect(toOutcomes(told)).toEqual([notFound, notFound, notFound]);
    }
    const read = toOutcomes(await foreigner.send(readCustomers([own, unknown])));
    expect(read).toEqual(
      [own, unknown].map(({ id }) =>
        protocol === 'rest'
          ? expect.objectContaining({ ...toUnknownExternalId(protocol, id), id })
          : refused('CUSTOMER_NOT_FOUND'),
      ),
    );
    foreigner.close();
    expect(await get([own, theirs])).toEqual([enabled(own, 1), enabled(theirs, 1)]);
  });

  it('are a replay when each of their changes is one, and no refusal', async () => {
    const [one, two, three] = [await open(), await open(), await open()];
    const requestId = createExternalId();
    const disable = (...refs: { id: string }[]) => change('disable', refs, { requestId });
    const notFound = refused('CUSTOMER_NOT_FOUND');
    const first = { outcomes: [disabled(one), disabled(two)], isReplay: false };
    expect(await disable(one, two)).toEqual(first);
    expect(await disable(one, two)).toEqual({ ...first, isReplay: true });
    expect(await disable(two)).toEqual({ outcomes: [disabled(two)], isReplay: true });
    for (const refs of [[one, unknown], [unknown, two], [unknown], [one, three]]) {
      const outcomes = refs.map((ref) => (ref === unknown ? notFound : disabled(ref)));
      expect(await disable(...refs)).toEqual({ outcomes, isReplay: false });
    }
    expect((await disable(three, one)).isReplay).toBe(true);
  });
});

describe.each(rpcProtocols)('several customers by either id over %s', (protocol) => {
  it('are changed alike, and told by what they were named', async () => {
    const client = openClient(protocol, service);
    const batches = openIntentClient(protocol, service);
    const [one, two] = [await openCustomer(client), await openCustomer(client)];
    const externalId = createExternalId();
    const refs = [{ externalId }, { externalId: one.externalId }, two.ref];
    const notFound = expect.objectContaining({
      ...toUnknownExternalId(protocol, externalId),
      metadata: { externalId },
    });
    const [{ id: first }, { id: second }] = [one.ref, two.ref];
    expect(toOutcomes(await batches.send(changeCustomers('disable', refs)))).toEqual([
      notFound,
      { id: first, enabled: false, etag: '2' },
      { id: second, enabled: false, etag: '2' },
    ]);
    expect(toOutcomes(await batches.send(readCustomers(refs)))).toEqual([
      notFound,
      { id: first, enabled: false, etag: '2' },
      { id: second, enabled: false, etag: '2' },
    ]);
    expect(toOutcomes(await batches.send(changeCustomers('disable', refs.slice(1, 2))))).toEqual([
      expect.objectContaining({
        ...toRefusalOf(protocol, 'CUSTOMER_DISABLED'),
        metadata: { customerId: first, externalId: one.externalId },
      }),
    ]);
    expect(toOutcomes(await batches.send(changeCustomers('enable', refs)))).toEqual([
      notFound,
      { id: first, enabled: true, etag: '3' },
      { id: second, enabled: true, etag: '3' },
    ]);
    batches.close();
    await client.close();
  });
});
