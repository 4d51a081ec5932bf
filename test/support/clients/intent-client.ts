import { create, type DescMethodUnary, type JsonValue, toJson } from '@bufbuild/protobuf';
import type { CallHeaders } from './caller.ts';
import { registry } from './connect-json-caller.ts';
import type { Protocol } from './ledger-client.ts';
import { openCaller } from './open-client.ts';
import { toRefusal } from './rest-connection.ts';

/** What a caller adds to a change, on every protocol alike. */
export interface Intent {
  readonly requestId?: string;
  readonly etag?: string;
  readonly reason?: string;
  readonly comment?: string;
  readonly validateOnly?: boolean;
}

/** A call as the RPC protocols make it, and as REST does. */
export interface Change {
  readonly method: DescMethodUnary;
  readonly request: object;
  /** The verb of HTTP, the path behind /v3/ledger/, and the body. */
  readonly route: readonly [verb: string, path: string, body?: object];
}

/** What an answer tells of its resource, as far as it has an id or a reference, and an etag. */
export interface Told {
  readonly id: string | undefined;
  readonly etag: string | undefined;
  readonly isReplay: boolean;
  /** The whole answer; null for one without a body. */
  readonly json: JsonValue;
}

/** A client that sends one change over one protocol. What is refused is thrown as a Refusal. */
export interface IntentClient {
  send(change: Change, intent?: Intent): Promise<Told>;
  close(): void;
}

interface Resource {
  readonly id?: string;
  readonly reference?: string;
  readonly etag?: string;
}

/** Opens a client of changes. */
export function openIntentClient(
  protocol: Protocol,
  { address, key }: { readonly address: string; readonly key: string },
): IntentClient {
  if (protocol === 'rest') {
    return { send: (change, intent) => sendRest(address, key, change, intent), close: () => {} };
  }
  const caller = openCaller(protocol, address);
  return {
    async send({ method, request }, intent = {}) {
      const message = create(method.input, { ...request, ...intent } as Record<string, unknown>);
      const reply = await caller.call(method, message, { 'x-api-key': key });
      const json = toJson(method.output, reply.message, { registry });
      const { customer, account, blockage, ...rest } = json as Record<string, Resource>;
      const { id, reference = id, etag } = customer ?? account ?? blockage ?? (rest as Resource);
      const isReplay = reply.headers.get('idempotency-replayed') === 'true';
      return { id: reference, etag, isReplay, json };
    },
    close: () => caller.close(),
  };
}

async function sendRest(
  address: string,
  key: string,
  { route: [method, path, body] }: Change,
  { validateOnly, ...intent }: Intent = {},
): Promise<Told> {
  const query = validateOnly === undefined ? '' : `?validateOnly=${validateOnly}`;
  const response = await fetch(`${address}/v3/ledger/${path}${query}`, {
    method,
    headers: { 'x-api-key': key, 'content-type': 'application/json', ...toHeaders(intent) },
    body: body ? JSON.stringify(body) : null,
  });
  const text = await response.text();
  if (!response.ok) throw toRefusal(response, JSON.parse(text));
  const json = text === '' ? null : JSON.parse(text);
  const { id, reference = id } = (json ?? {}) as Resource;
  return {
    id: reference,
    etag: /^"(.*)"$/.exec(response.headers.get('etag') ?? '')?.[1],
    isReplay: response.headers.get('idempotency-replayed') === 'true',
    json,
  };
}

/** Makes the headers of what is added to a change; a text that is not ASCII goes as the bytes of UTF-8. */
export function toHeaders({ requestId, etag, reason, comment }: Intent): CallHeaders {
  const headers = {
    'idempotency-key': requestId,
    'if-match': etag === undefined || etag === '*' ? etag : `"${etag}"`,
    'x-reason': reason,
    'x-comment': comment,
  };
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Buffer.from(value).toString('latin1')]],
    ),
  );
}
