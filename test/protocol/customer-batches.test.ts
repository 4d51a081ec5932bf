import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.js';
import { type CustomerOutcome, CustomerService } from '../../gen/ledger/v1/customer_service_pb.js';
import { changeCustomers, toOutcomes } from '../support/clients/batches.ts';
import type { Caller } from '../support/clients/caller.ts';
import { expectedRefusals, toRefusalOf } from '../support/clients/expected-refusal.ts';
import { type IntentClient, openIntentClient } from '../support/clients/intent-client.ts';
import {
  type CustomerRef,
  type LedgerClient,
  protocols,
  rpcProtocols,
} from '../support/clients/ledger-client.ts';
import { openCaller, openClient } from '../support/clients/open-client.ts';
import { toOneof } from '../support/clients/rpc-messages.ts';
import { openCustomer } from '../support/clients/stage.ts';
import { createExternalId } from '../support/database.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const { method: customers } = CustomerService;

/** Tells of each outcome the customer, or the refusal with its reason. */
function tell({ outcomes }: { readonly outcomes: readonly CustomerOutcome[] }): object[] {
  return outcomes.map(({ outcome }) => {
    if (outcome.case === 'customer') {
      const { id, enabled } = outcome.value;
      return { id, enabled };
    }
    const { code, message: text, details = [] } = outcome.value ?? {};
    const [info] = details.flatMap((detail) => anyUnpack(detail, ErrorInfoSchema) ?? []);
    return { code, text, reason: info?.reason, metadata: info?.metadata };
  });
}

describe.each(rpcProtocols)('several customers over %s', { concurrent: true }, (protocol) => {
  let caller: Caller;
  beforeAll(() => {
    caller = openCaller(protocol, service.address);
  });
  afterAll(() => caller.close());

  const name = (refs: readonly CustomerRef[]) => ({ customers: refs.map(toOneof) });
  const auth = () => ({ 'x-api-key': service.key });
  const get = async (refs: readonly CustomerRef[]) =>
    tell((await caller.call(customers.batchGetCustomers, name(refs), auth())).message);
  const enable = async (refs: readonly CustomerRef[]) =>
    tell((await caller.call(customers.batchEnableCustomers, name(refs), auth())).message);
  const disable = async (refs: readonly CustomerRef[]) =>
    tell((await caller.call(customers.batchDisableCustomers, name(refs), auth())).message);

  /** Opens an enabled customer and a disabled one, and names one that nobody has. */
  const open = async () => {
    const client = openClient(protocol, service);
    const [enabled, disabled] = [await openCustomer(client), await openCustomer(client)];
    await client.disableCustomer(disabled.ref);
    await client.close();
    return { enabled, disabled, unknown: createExternalId() };
  };

  it('are each answered for alone, in their order, with the refusal that each would have', async () => {
    const { enabled, disabled, unknown } = await open();
    const { id } = enabled.ref;
    const refs = [{ externalId: unknown }, enabled.ref, { externalId: disabled.externalId }];
    const notFound = {
      code: Code.NotFound,
      text: `No customer with given external ID ${unknown} exists.`,
      reason: 'CUSTOMER_NOT_FOUND',
      metadata: { externalId: unknown, errorCode: 'customer.not.exists' },
    };
    expect(await get(refs)).toEqual([
      notFound,
      { id, enabled: true },
      { id: disabled.ref.id, enabled: false },
    ]);
    expect(await disable(refs)).toEqual([
      notFound,
      { id, enabled: false },
      {
        code: Code.FailedPrecondition,
        text: expectedRefusals.CUSTOMER_DISABLED.message,
        reason: 'CUSTOMER_DISABLED',
        metadata: {
          customerId: disabled.ref.id,
          externalId: disabled.externalId,
          errorCode: 'customer.disabled',
        },
      },
    ]);
    expect(await enable(refs.toReversed())).toEqual([
      { id: disabled.ref.id, enabled: true },
      { id, enabled: true },
      notFound,
    ]);
  });
});

describe.each(protocols)('a batch of changes over %s', { concurrent: true }, (protocol) => {
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

  it('is a replay when each of its changes is one, and no refusal', async () => {
    const [one, two, three] = [
      (await openCustomer(client)).ref,
      (await openCustomer(client)).ref,
      (await openCustomer(client)).ref,
    ];
    const unknown = { id: 'f'.repeat(24) };
    const requestId = createExternalId();
    const disable = async (...refs: { id: string }[]) => {
      const told = await batches.send(changeCustomers('disable', refs), { requestId });
      return { outcomes: toOutcomes(told), isReplay: told.isReplay };
    };
    const disabled = ({ id }: { id: string }) => ({ id, enabled: false, etag: '2' });
    const notFound = expect.objectContaining(toRefusalOf(protocol, 'CUSTOMER_NOT_FOUND'));
    const first = { outcomes: [one, two].map(disabled), isReplay: false };
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
