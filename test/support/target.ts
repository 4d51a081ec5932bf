import { create, toBinary } from '@bufbuild/protobuf';
import { pino } from 'pino';
import { expect } from 'vitest';
import { GetCustomerRequestSchema } from '../../gen/ledger/v1/customer_service_pb.js';
import { disabling } from '../../src/domain/customer.ts';
import { ledgerServices } from '../../src/rpc/handler.ts';
import { createCall } from './database.ts';
import {
  createHttp1Client,
  createHttp2Client,
  frame,
  type RawAnswer,
  type RawClient,
  type RawRequest,
} from './raw-request.ts';
import { startTestService, type TestService } from './service.ts';
import { expectUnchanged, type Snapshot, takeSnapshot } from './snapshot.ts';

/** A service that bad requests are sent to, with a few customers that they must not touch. */
export interface Target {
  readonly service: TestService;
  readonly port: number;
  readonly http1: RawClient;
  readonly http2: RawClient;
  /** The headers of a caller who may do everything. */
  readonly auth: Readonly<Record<string, string>>;
  readonly customerId: string;
  readonly accountId: string;
  /** Asserts that nothing was changed, that nothing was logged as a defect, and that the service answers. */
  expectUnharmed(): Promise<void>;
  /** Takes what the ledger keeps at this moment for what it is to keep. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** The customer of every request that could be a good one. */
export const externalId = 'customer-of-target';

/** A good request of GetCustomer, in protobuf. */
export const getCustomerBytes = toBinary(
  GetCustomerRequestSchema,
  create(GetCustomerRequestSchema, { customer: { case: 'externalId', value: externalId } }),
);

/** Starts a service for bad requests. */
export async function startTarget(): Promise<Target> {
  const defects: string[] = [];
  const log = pino({ level: 'error' }, { write: (line) => void defects.push(line) });
  const warnings: string[] = [];
  const warn = (warning: Error) => void warnings.push(`${warning.name}: ${warning.message}`);
  process.on('warning', warn);
  const service = await startTestService({ log });
  const { accounts, customers } = service.store;
  const opening = { currency: 'EUR', customer: { externalId } };
  const account = await accounts.open(createCall(), opening);
  const another = await accounts.open(createCall(), {
    currency: 'EUR',
    customer: { externalId: 'disabled', customerCountry: 'DE' },
  });
  await customers.transition(createCall(), { id: another.customerId as string }, disabling);

  const auth = { 'x-api-key': service.key };
  const http1 = createHttp1Client(service.address);
  const http2 = createHttp2Client(service.address);
  let before: Snapshot = await takeSnapshot(service.collections);
  return {
    service,
    port: Number(new URL(service.address).port),
    http1,
    http2,
    auth,
    customerId: account.customerId as string,
    accountId: account.id,
    async expectUnharmed() {
      const expected = before;
      try {
        await expectUnchanged(service.collections, expected);
      } catch (error) {
        // What one test broke is not told of those after it.
        before = await takeSnapshot(service.collections);
        throw error;
      }
      await expectAnswers(http1, auth, account.customerId as string);
      await expectAnswers(http2, auth, account.customerId as string);
      expect(defects.splice(0)).toEqual([]);
      expect(warnings.splice(0)).toEqual([]);
    },
    async settle() {
      before = await takeSnapshot(service.collections);
    },
    async close() {
      process.off('warning', warn);
      http2.close();
      await service.close();
    },
  };
}

/** Asserts that good calls are answered, by REST and by Connect. */
async function expectAnswers(
  client: RawClient,
  auth: Readonly<Record<string, string>>,
  id: string,
): Promise<void> {
  const path = `/v3/ledger/customer/${id}`;
  const rest = await client.send({ method: 'GET', path, headers: auth });
  expect(rest.status).toBe(200);
  expect(JSON.parse(rest.body.toString())).toMatchObject({ id });
  const rpc = await client.send(toConnect('GetCustomer', JSON.stringify({ id }), auth));
  expect(rpc.status).toBe(200);
}

/** The path of a method of the contract. */
export function pathOf(name: string): string {
  const methods = ledgerServices.flatMap((service) => service.methods);
  const method = methods.find((each) => each.name === name);
  if (!method) throw new Error(`no service has ${name}`);
  return `/${method.parent.typeName}/${name}`;
}

/** Makes a request of Connect with JSON; other headers may make it something else. */
export function toConnect(
  method: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
): RawRequest {
  const contentType = { 'content-type': 'application/json' };
  return { method: 'POST', path: pathOf(method), headers: { ...contentType, ...headers }, body };
}

/** Makes a request of gRPC, whose body is to be framed already. */
export function toGrpc(
  method: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
): RawRequest {
  return toConnect(method, body, {
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
}

/** A good gRPC request of GetCustomer. */
export const getCustomerFrame: Buffer = frame(getCustomerBytes);

/** Brackets that open and close, one in the other. */
export function nest(depth: number, open = '[', close = ']', inner = ''): string {
  return open.repeat(depth) + inner + close.repeat(depth);
}

/** Texts that mean something to JavaScript or MongoDB, and nothing to the ledger. */
export const trickyTexts: readonly string[] = [
  '$',
  '$ne',
  '.',
  '..',
  'a.b',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  '[object Object]',
  'null',
  'undefined',
  'NaN',
  '\u0000',
  '\u0000\u0000',
  "' or 1=1 --",
  '{"$gt":""}',
  '../../etc/passwd',
  '<script>alert(1)</script>',
  '%00',
  '%',
  '\u202e\ufeff',
];

export type { RawAnswer };
