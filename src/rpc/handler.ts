import { createRegistry, type DescService } from '@bufbuild/protobuf';
import { createConnectRouter } from '@connectrpc/connect';
import { compressionGzip } from '@connectrpc/connect-node';
import type { Logger } from 'pino';
import { file_google_rpc_error_details } from '../../gen/google/rpc/error_details_pb.js';
import { Health } from '../../gen/grpc/health/v1/health_pb.js';
import { AccountService } from '../../gen/ledger/v1/account_service_pb.js';
import { CustomerService } from '../../gen/ledger/v1/customer_service_pb.js';
import { KeyService } from '../../gen/ledger/v1/key_service_pb.js';
import { TransactionService } from '../../gen/ledger/v1/transaction_service_pb.js';
import { VirtualCurrencyService } from '../../gen/ledger/v1/virtual_currency_service_pb.js';
import type { Authenticate } from '../domain/api-key.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { Limiter } from '../domain/limit.ts';
import { createAccountService } from './account-service.ts';
import { createAdapter } from './adapter.ts';
import { createToCall } from './call.ts';
import { createCustomerService } from './customer-service.ts';
import { createFastPath } from './fast-path.ts';
import { type HealthStatus, registerHealth } from './health.ts';
import { createKeyService } from './key-service.ts';
import { createCallLog } from './log.ts';
import { createToLongCall } from './long-call.ts';
import { registerReflection } from './reflection.ts';
import { createRequestGate } from './request-gate.ts';
import { createStreamGuard, guardRequests } from './request-guard.ts';
import { createTransactionService } from './transaction-service.ts';
import { recordUnaryMethods } from './unary-methods.ts';
import type { NodeHandler, NodeRequest, NodeResponse, UnaryOptions } from './unary-protocol.ts';
import { createValidation } from './validation.ts';
import { createVirtualCurrencyService } from './virtual-currency-service.ts';

/** The longest time-out of a call, in milliseconds: an hour, for watches. A unary call ends long before. */
const timeoutMaxMs = 3_600_000;

/** The largest answer, in bytes: a page of a hundred resources with every field at its longest is far below. */
const messageWriteMaxBytes = 4 * 1024 * 1024;

/** The smallest answer that is compressed, in bytes: below, it would hardly be shorter. */
const compressMinBytes = 1_024;

/** What an answer can hold as Any, and JSON has to know: the details of a refusal among the outcomes of a batch. */
const details = createRegistry(file_google_rpc_error_details);

/** The services of the contract. */
export const ledgerServices: readonly DescService[] = [
  CustomerService,
  AccountService,
  TransactionService,
  VirtualCurrencyService,
  KeyService,
];

export interface RpcOptions {
  readonly ledger: Ledger;
  readonly authenticate: Authenticate;
  readonly limiter: Limiter;
  readonly health: HealthStatus;
  readonly log: Logger;
  /** The longest a unary call may take, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** The largest request message, in bytes. */
  readonly messageReadMaxBytes: number;
  /** Aborted when a drain begins: what would go on for ever ends. */
  readonly drainSignal: AbortSignal;
  /** Aborted when the grace of a drain is about to end; streams then end with UNAVAILABLE. */
  readonly shutdownSignal: AbortSignal;
  /** Answers what is no call of a known method. */
  readonly fallback: NodeHandler;
}

/** The two ways by which calls are answered, alike in all that a caller can see. */
export interface RpcHandlers {
  /** Answers the unary calls that it takes, and tells whether it takes a request. */
  readonly fastPath: (request: NodeRequest, response: NodeResponse) => boolean;
  /** Answers every call. */
  readonly adapter: NodeHandler;
}

/** Creates the handler that answers gRPC, gRPC-Web and Connect. */
export function createRpcHandler(options: RpcOptions): NodeHandler {
  const { fastPath, adapter } = createRpcHandlers(options);
  return (request, response) => {
    if (!fastPath(request, response)) adapter(request, response);
  };
}

/** Creates both ways to answer calls, on the same services, gate, interceptors and limits. */
export function createRpcHandlers(options: RpcOptions): RpcHandlers {
  const { ledger, log } = options;
  const toCall = createToCall(options.requestTimeoutMs);
  const toLongCall = createToLongCall(toCall, options.authenticate, options.drainSignal);
  const settings: UnaryOptions = {
    requestGate: createRequestGate(
      options.authenticate,
      options.limiter,
      log,
      options.requestTimeoutMs,
    ),
    interceptors: [createCallLog(log), createStreamGuard(), createValidation(ledgerServices)],
    // In proto3 JSON false is left out; whoever reads a customer must find its states.
    jsonOptions: { alwaysEmitImplicit: true, ignoreUnknownFields: true, registry: details },
    acceptCompression: [compressionGzip],
    compressMinBytes,
    readMaxBytes: options.messageReadMaxBytes,
    writeMaxBytes: messageWriteMaxBytes,
    maxTimeoutMs: timeoutMaxMs,
    shutdownSignal: options.shutdownSignal,
  };
  const router = createConnectRouter(settings);
  const { recorder, methods } = recordUnaryMethods(router);
  recorder.service(CustomerService, createCustomerService(ledger, toCall, toLongCall));
  recorder.service(AccountService, createAccountService(ledger, toCall));
  recorder.service(TransactionService, createTransactionService(ledger.transactions, toCall));
  recorder.service(
    VirtualCurrencyService,
    createVirtualCurrencyService(ledger.virtualCurrencies, toCall),
  );
  recorder.service(KeyService, createKeyService(ledger.apiKeys, toCall));
  registerHealth(recorder, options.health);
  registerReflection(recorder, [...ledgerServices, Health]);
  guardRequests(router, { messageBytesMax: options.messageReadMaxBytes, timeoutMaxMs });
  return {
    fastPath: createFastPath(methods, router.handlers, settings, log),
    adapter: createAdapter(router.handlers, options),
  };
}
