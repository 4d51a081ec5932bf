import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { CreatePaymentRequestSchema } from '../../gen/ledger/v1/transaction_service_pb.js';
import { type Child, startChild } from '../child.ts';
import { loadHttp } from '../h2load.ts';
import { type Load, summarise, type TimedCall } from '../load.ts';
import type { Protocol } from '../options.ts';
import { createGrpcRequest, createJsonRequest, encode, type Request } from '../request.ts';
import { startServerUnderTest } from '../server-under-test.ts';
import { readStartArgs } from '../settings.ts';
import type { Stage } from '../stage.ts';
import type { Way } from './crowd.ts';
import { amount, createPaymentLedger, type PaymentLedger } from './ledger.ts';

const root = join(import.meta.dirname, '..', '..');

/** A side of the comparison, in a process and on a ledger of its own. */
export interface Payer {
  readonly name: string;
  readonly child: Child;
  readonly ledger: PaymentLedger;
  /** Has one client for each way make so many payments, one after the other. */
  pay(ways: readonly Way[], paymentsPerClient: number): Promise<Load>;
}

const paymentPaths = {
  grpc: '/ledger.v1.TransactionService/CreatePayment',
  rest: '/v3/ledger/transaction',
};

/** Starts the service, which is paid with by one h2load for each client. */
export async function startServicePayer(
  name: string,
  protocol: keyof typeof paymentPaths & Protocol,
  { mongod, dir }: Stage,
): Promise<Payer> {
  const key = `bench_${randomBytes(24).toString('base64url')}`;
  const database = `payments_${protocol}`;
  const ledger = await createPaymentLedger(mongod, database);
  const env = { MONGODB_URI: mongod.uri, MONGODB_DATABASE: database, API_KEY: key };
  const server = await startServerUnderTest(readStartArgs(), env, root);
  const toRequest = (way: Way): Request => {
    const { senderAccountId, recipientAccountId } = way;
    const payment = { recipientAccountId, amount };
    const paths = [paymentPaths[protocol]];
    if (protocol === 'rest') return createJsonRequest(key, paths, { senderAccountId, ...payment });
    return createGrpcRequest(
      key,
      paths,
      encode(CreatePaymentRequestSchema, { senderAccountId, payment }),
    );
  };
  return {
    name,
    child: server,
    ledger,
    pay: async (ways, paymentsPerClient) =>
      await loadHttp(server.origin, ways.map(toRequest), paymentsPerClient, dir),
  };
}

/** Starts the bare driver, whose program pays in one loop for each client. */
export async function startDriverPayer(name: string, { mongod }: Stage): Promise<Payer> {
  const database = 'payments_driver';
  const ledger = await createPaymentLedger(mongod, database);
  const child = startChild(
    ['dist/bench/payments.js'],
    { MONGODB_URI: mongod.uri, MONGODB_DATABASE: database },
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  return {
    name,
    child,
    ledger,
    async pay(ways, paymentsPerClient) {
      child.process.send({ ways, paymentsPerClient, amount });
      const [answer] = await once(child.process, 'message');
      const { clients, error } = answer as { clients?: TimedCall[][]; error?: string };
      if (!clients) throw new Error(`${name}: ${error}`);
      return summarise(clients);
    },
  };
}
