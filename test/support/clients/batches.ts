import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { codeToString } from '@connectrpc/connect/protocol-connect';
import { CustomerService } from '../../../gen/ledger/v1/customer_service_pb.js';
import type { Change } from './intent-client.ts';
import type { CustomerRef } from './ledger-client.ts';
import { toOneof } from './rpc-messages.ts';

const { method: customers } = CustomerService;

/** A customer to change, and the etag that it must have. REST knows it by its internal id alone. */
export type Target = CustomerRef & { readonly etag?: string };

/** Makes the change of the state of customers. REST has their ids alone where no etag is expected. */
export function changeCustomers(verb: 'enable' | 'disable', targets: readonly Target[]): Change {
  const isTagged = targets.some(({ etag }) => etag !== undefined);
  return {
    method: verb === 'enable' ? customers.batchEnableCustomers : customers.batchDisableCustomers,
    request: {
      customers: targets.map(({ etag = '', ...ref }) => ({ ...toOneof(ref), etag })),
    },
    route: [
      'PUT',
      `customer/batch/${verb}`,
      isTagged ? { customers: targets.map(toTagged) } : { ids: targets.map(toId) },
    ],
  };
}

/** Makes the read of customers. */
export function readCustomers(refs: readonly CustomerRef[]): Change {
  return {
    method: customers.batchGetCustomers,
    request: { customers: refs.map(toOneof) },
    route: ['POST', 'customer/batch', { ids: refs.map(toId) }],
  };
}

function toId(ref: CustomerRef): string {
  return 'id' in ref ? ref.id : ref.externalId;
}

function toTagged({ etag, ...ref }: Target): object {
  return { id: toId(ref), etag: etag === undefined || etag === '*' ? etag : `"${etag}"` };
}

interface RestOutcome {
  readonly statusCode: number;
  readonly etag: string;
  readonly customer?: { readonly id: string; readonly enabled: boolean };
  readonly errorCode: string;
  readonly message: string;
}

interface RpcOutcome {
  readonly customer: { readonly id: string; readonly enabled?: boolean; readonly etag: string };
  readonly refusal?: {
    readonly code: number;
    readonly message: string;
    readonly details: readonly {
      readonly reason?: string;
      readonly domain?: string;
      readonly metadata?: Readonly<Record<string, string>>;
    }[];
  };
}

/** Reads the outcomes of a batch, in their order and alike for all protocols: a customer, or what a refusal of it alone tells. */
export function toOutcomes({ json }: { readonly json: JsonValue }): object[] {
  if (Array.isArray(json)) return (json as unknown as RestOutcome[]).map(fromRest);
  const { outcomes } = json as JsonObject;
  return (outcomes as unknown as RpcOutcome[]).map(fromRpc);
}

function fromRest({ statusCode: status, etag, customer, ...refusal }: RestOutcome): object {
  if (!customer) return { status, ...refusal };
  return { id: customer.id, enabled: customer.enabled, etag: JSON.parse(etag) };
}

function fromRpc({ customer, refusal }: RpcOutcome): object {
  if (!refusal) return { id: customer.id, enabled: customer.enabled ?? false, etag: customer.etag };
  const { code, message, details } = refusal;
  const { reason, domain, metadata } = details.find((detail) => detail.reason !== undefined) ?? {};
  const { errorCode, ...ids } = metadata ?? {};
  return {
    code: codeToString(code).toUpperCase(),
    message,
    reason,
    domain,
    errorCode,
    metadata: ids,
  };
}
