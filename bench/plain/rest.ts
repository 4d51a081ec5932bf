/** The yardstick of REST: the same calls by fastify, its schemas and the driver, as one would write them by hand. */
import { randomUUID } from 'node:crypto';
import { fastify } from 'fastify';
import {
  type CustomerDocument,
  customerIdPattern,
  type Kind,
  type Principal,
  Refusal,
  toObjectId,
} from './ledger.ts';
import { elapsedMs, startPlain } from './start.ts';

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | null;
    startTime: number;
  }
}

const { ledger, log, host, port } = await startPlain();

const statuses: Record<Kind, number> = {
  UNAUTHENTICATED: 401,
  INVALID_ARGUMENT: 400,
  NOT_FOUND: 403,
  FAILED_PRECONDITION: 403,
};

/** With schemas of its answers fastify serialises them faster than JSON.stringify does. */
const customerSchema = {
  type: 'object',
  properties: {
    externalId: { type: 'string' },
    id: { type: 'string' },
    enabled: { type: 'boolean' },
    active: { type: 'boolean' },
    accountingCurrency: { type: 'string' },
    customerCountry: { type: 'string' },
    providerCountry: { type: 'string' },
  },
};

const pathSchema = (min: number, max: number) => ({
  type: 'object',
  properties: { id: { type: 'string', minLength: min, maxLength: max } },
});

const querySchema = {
  type: 'object',
  required: ['pageSize'],
  properties: {
    pageSize: { type: 'integer', minimum: 1, maximum: 50 },
    offset: { type: 'integer', minimum: 0, maximum: 2 ** 31 - 1 },
  },
};

function toJson(document: CustomerDocument) {
  return {
    externalId: document.externalId,
    id: document._id.toHexString(),
    enabled: document.enabled,
    active: document.active,
    accountingCurrency: document.accountingCurrency,
    customerCountry: document.customerCountry,
    providerCountry: document.providerCountry,
  };
}

/** Gives the principal that the hook has found. */
function tenantOf({ principal }: { principal: Principal | null }): string {
  if (!principal) throw new Refusal('UNAUTHENTICATED', 'There is no API key.');
  return principal.tenant;
}

const app = fastify({
  logger: false,
  requestIdHeader: 'x-request-id',
  genReqId: () => randomUUID(),
});
app.decorateRequest('principal', null);
app.decorateRequest('startTime', 0);
app.addHook('onRequest', async (request, reply) => {
  request.startTime = performance.now();
  reply.header('x-request-id', request.id);
  const found = ledger.authenticate(request.headers['x-api-key']);
  request.principal = found instanceof Promise ? await found : found;
});
app.addHook('onResponse', async (request, reply) => {
  log.info(
    {
      method: `${request.method} ${request.routeOptions.url}`,
      status: reply.statusCode,
      ms: elapsedMs(request.startTime),
      requestId: request.id,
      tenant: request.principal?.tenant,
      actor: request.principal?.actor,
    },
    'call',
  );
});
app.setErrorHandler(async (error: Error & { validation?: unknown }, _request, reply) => {
  const kind = error.validation ? 'INVALID_ARGUMENT' : error instanceof Refusal && error.kind;
  if (!kind) log.error({ err: error }, 'call failed');
  const statusCode = kind ? statuses[kind] : 500;
  reply.code(statusCode);
  return { statusCode, message: kind ? error.message : 'Internal server error' };
});

app.get<{ Params: { id: string } }>(
  '/v3/ledger/customer/:id',
  { schema: { params: pathSchema(1, 100), response: { 200: customerSchema } } },
  async (request) => {
    const tenant = tenantOf(request);
    const { id } = request.params;
    const byId = customerIdPattern.test(id)
      ? await ledger.get(tenant, { _id: toObjectId(id) })
      : null;
    const document = byId ?? (await ledger.get(tenant, { externalId: id }));
    if (!document) throw new Refusal('NOT_FOUND', 'No such customer.');
    return toJson(document);
  },
);

app.get<{ Querystring: { pageSize: number; offset?: number } }>(
  '/v3/ledger/customer',
  {
    schema: {
      querystring: querySchema,
      response: { 200: { type: 'array', items: customerSchema } },
    },
  },
  async (request) => {
    const { pageSize: limit, offset: skip = 0 } = request.query;
    const documents = await ledger.list(tenantOf(request), { limit, skip });
    return documents.map(toJson);
  },
);

for (const [verb, enabled] of [
  ['enable', true],
  ['disable', false],
] as const) {
  app.put<{ Params: { id: string } }>(
    `/v3/ledger/customer/:id/${verb}`,
    { schema: { params: pathSchema(10, 50) } },
    async (request, reply) => {
      const { id } = request.params;
      if (!customerIdPattern.test(id)) throw new Refusal('NOT_FOUND', 'No such customer.');
      await ledger.setEnabled(tenantOf(request), { _id: toObjectId(id) }, enabled);
      return reply.code(204).send();
    },
  );
}

await app.listen({ host, port });
process.on('SIGTERM', () => process.exit(0));
