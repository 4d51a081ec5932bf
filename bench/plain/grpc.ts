/** The yardstick of gRPC and Connect: the same calls by grpc-js, proto-loader and the driver, as one would write them by hand. */
import { randomUUID } from 'node:crypto';
import {
  type GrpcObject,
  type handleUnaryCall,
  loadPackageDefinition,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceClientConstructor,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import {
  type CustomerDocument,
  customerIdPattern,
  type Principal,
  Refusal,
  toObjectId,
} from './ledger.ts';
import { elapsedMs, startPlain } from './start.ts';

interface CustomerRequest {
  id?: string;
  externalId?: string;
}

interface ListRequest {
  pageSize: number;
  pageToken: string;
}

const { ledger, log, host, port } = await startPlain();

function toTimestamp(date: Date) {
  const ms = date.getTime();
  const seconds = Math.floor(ms / 1_000);
  return { seconds, nanos: (ms - seconds * 1_000) * 1_000_000 };
}

function toMessage(document: CustomerDocument) {
  return {
    id: document._id.toHexString(),
    externalId: document.externalId,
    active: document.active,
    enabled: document.enabled,
    accountingCurrency: document.accountingCurrency,
    customerCountry: document.customerCountry,
    providerCountry: document.providerCountry,
    openAccounts: document.openAccounts,
    createTime: toTimestamp(document.createTime),
    updateTime: toTimestamp(document.updateTime),
    etag: String(document.version),
  };
}

function parseRef({ id, externalId }: CustomerRequest) {
  if (id) {
    if (!customerIdPattern.test(id)) throw new Refusal('INVALID_ARGUMENT', 'id: not an id');
    return { _id: toObjectId(id) };
  }
  const length = [...(externalId ?? '')].length;
  if (!externalId || length > 100) {
    throw new Refusal('INVALID_ARGUMENT', 'external_id: 1 to 100 characters');
  }
  return { externalId };
}

/** Makes the handler of a unary call: authentication, the work, its answer or refusal, one line in the log. */
function unary<Request>(
  method: string,
  work: (principal: Principal, request: Request) => Promise<object>,
): handleUnaryCall<Request, object> {
  return async (call, callback) => {
    const startTime = performance.now();
    const requestId = String(call.metadata.get('x-request-id')[0] ?? randomUUID());
    const metadata = new Metadata();
    metadata.set('x-request-id', requestId);
    call.sendMetadata(metadata);
    let principal: Principal | undefined;
    const line = (code: string) => ({
      method,
      code,
      ms: elapsedMs(startTime),
      requestId,
      tenant: principal?.tenant,
      actor: principal?.actor,
    });
    try {
      const found = ledger.authenticate(call.metadata.get('x-api-key')[0]);
      principal = found instanceof Promise ? await found : found;
      callback(null, await work(principal, call.request));
      log.info(line('OK'), 'call');
    } catch (error) {
      const kind = error instanceof Refusal ? error.kind : 'INTERNAL';
      const message = error instanceof Refusal ? error.message : 'internal error';
      callback({ code: status[kind], details: message });
      if (kind === 'INTERNAL') log.error({ ...line(kind), err: error }, 'call');
      else log.info(line(kind), 'call');
    }
  };
}

const change = (name: string, enabled: boolean) =>
  unary<CustomerRequest>(name, async ({ tenant }, request) => ({
    customer: toMessage(await ledger.setEnabled(tenant, parseRef(request), enabled)),
  }));

const implementation = {
  GetCustomer: unary<CustomerRequest>('GetCustomer', async ({ tenant }, request) => {
    const document = await ledger.get(tenant, parseRef(request));
    if (!document) throw new Refusal('NOT_FOUND', 'No such customer.');
    return { customer: toMessage(document) };
  }),
  ListCustomers: unary<ListRequest>('ListCustomers', async ({ tenant }, request) => {
    const { pageSize, pageToken } = request;
    if (pageSize < 0) throw new Refusal('INVALID_ARGUMENT', 'page_size: negative');
    if (pageToken !== '' && !customerIdPattern.test(pageToken)) {
      throw new Refusal('INVALID_ARGUMENT', 'page_token: not of this list');
    }
    const size = Math.min(pageSize || 25, 100);
    // One more than the page holds tells whether there is a next one.
    const documents = await ledger.list(tenant, {
      limit: size + 1,
      ...(pageToken !== '' && { after: toObjectId(pageToken) }),
    });
    const page = documents.slice(0, size);
    return {
      customers: page.map(toMessage),
      nextPageToken: documents.length > size ? page.at(-1)?._id.toHexString() : '',
    };
  }),
  EnableCustomer: change('EnableCustomer', true),
  DisableCustomer: change('DisableCustomer', false),
};

const definition = loadSync('ledger/v1/customer_service.proto', {
  includeDirs: [process.env.PROTO_DIR ?? 'proto'],
  defaults: true,
  oneofs: true,
});
const ledgerPackage = loadPackageDefinition(definition).ledger as GrpcObject;
const { CustomerService } = ledgerPackage.v1 as Record<string, ServiceClientConstructor>;
if (!CustomerService) throw new Error('ledger.v1 has no CustomerService');
const server = new Server();
server.addService(CustomerService.service, implementation);
server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});
process.on('SIGTERM', () => process.exit(0));
