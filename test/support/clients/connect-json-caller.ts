import { isDeepStrictEqual } from 'node:util';
import { create, createRegistry, fromJson, type JsonValue, toJson } from '@bufbuild/protobuf';
import { file_google_rpc_error_details } from '../../../gen/google/rpc/error_details_pb.js';
import type { Caller } from './caller.ts';
import { fromDetails, Refusal } from './refusal.ts';

/** What an answer can hold as Any. */
export const registry = createRegistry(file_google_rpc_error_details);

/** The error of the Connect protocol. */
interface ConnectErrorBody {
  readonly code: string;
  readonly message: string;
  readonly details?: readonly { readonly type: string; readonly value: string }[];
}

/**
 * Creates a caller of Connect with JSON by nothing but fetch. It holds every answer to the whole of its proto3 JSON: a client
 * without the contract finds each field, also one that is false, 0 or empty.
 */
export function createConnectJsonCaller(address: string): Caller {
  return {
    async call(method, request, headers = {}, timeoutMs = 20_000) {
      const response = await fetch(`${address}/${method.parent.typeName}/${method.name}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'connect-timeout-ms': String(timeoutMs),
          ...headers,
        },
        body: JSON.stringify(toJson(method.input, create(method.input, request))),
      });
      const body = (await response.json()) as JsonValue;
      if (!response.ok) throw toRefusal(response, body as unknown as ConnectErrorBody);
      const message = fromJson(method.output, body, { registry });
      const whole = toJson(method.output, message, { alwaysEmitImplicit: true, registry });
      if (!isDeepStrictEqual(body, whole)) {
        throw new Error(`not the whole JSON of ${method.output.name}: ${JSON.stringify(body)}`);
      }
      return { message, headers: response.headers };
    },
    close: () => undefined,
  };
}

function toRefusal({ status, headers }: Response, body: ConnectErrorBody): Refusal {
  const { message, details = [] } = body;
  const code = body.code?.toUpperCase();
  if (code === undefined) return new Refusal({ status, message, headers });
  return fromDetails(
    { code, message, headers },
    details.map(({ type, value }) => ({ type, value: Buffer.from(value, 'base64') })),
  );
}
