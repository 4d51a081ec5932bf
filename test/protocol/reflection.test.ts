import {
  create,
  type DescMethod,
  type DescMethodUnary,
  fromJson,
  type JsonObject,
  toJson,
} from '@bufbuild/protobuf';
import { createClient, type Transport } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Health } from '../../gen/grpc/health/v1/health_pb.js';
import { rpcProtocols } from '../support/clients/ledger-client.ts';
import { openCaller } from '../support/clients/open-client.ts';
import {
  type Answer,
  learnServices,
  type Question,
  type ReflectionVersion,
  readFiles,
  reflect,
  reflectionVersions,
} from '../support/clients/reflection.ts';
import type { Refusal } from '../support/clients/refusal.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
let sessions: Http2SessionManager;
let transport: Transport;
beforeAll(async () => {
  service = await startTestService();
  sessions = new Http2SessionManager(service.address);
  transport = createGrpcTransport({ baseUrl: service.address, sessionManager: sessions });
});
afterAll(async () => {
  sessions.abort();
  await service.close();
});

const publicServices = [
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
];
const services = [
  ...publicServices,
  'ledger.v1.AccountService',
  'ledger.v1.CustomerService',
  'ledger.v1.KeyService',
  'ledger.v1.TransactionService',
  'ledger.v1.VirtualCurrencyService',
];
const versions = Object.keys(reflectionVersions) as ReflectionVersion[];

describe.each(versions)('reflection %s', (version) => {
  const ask = async (...questions: Question[]): Promise<Answer[]> =>
    await reflect(service.address, version, questions);
  const askForFiles = async (question: Question) =>
    readFiles((await ask(question))[0]).map(({ name }) => name);

  it('lists every service', async () => {
    const [answer] = await ask({ case: 'listServices', value: '*' });
    expect(answer).toMatchObject({
      case: 'listServicesResponse',
      value: { service: services.map((name) => ({ name })) },
    });
  });

  it.each([
    ['a service', 'ledger.v1.CustomerService', 'ledger/v1/customer_service.proto'],
    ['a method', 'ledger.v1.AccountService.GetAccount', 'ledger/v1/account_service.proto'],
    ['a message', 'ledger.v1.Customer', 'ledger/v1/customer.proto'],
    ['a field', 'ledger.v1.Balance.available_balance', 'ledger/v1/account.proto'],
    ['a oneof', 'ledger.v1.GetCustomerRequest.customer', 'ledger/v1/customer_service.proto'],
    ['an extension', 'ledger.v1.fiat_currency', 'ledger/v1/rules.proto'],
    [
      'a nested enum',
      'grpc.health.v1.HealthCheckResponse.ServingStatus',
      'grpc/health/v1/health.proto',
    ],
    ['its value', 'grpc.health.v1.HealthCheckResponse.SERVING', 'grpc/health/v1/health.proto'],
    ['an import', 'google.protobuf.FieldMask', 'google/protobuf/field_mask.proto'],
    ['an error detail', 'google.rpc.ErrorInfo', 'google/rpc/error_details.proto'],
    ['a leading dot', '.ledger.v1.Account', 'ledger/v1/account.proto'],
  ])('finds the file of %s', async (_, symbol, file) => {
    const [first] = await askForFiles({ case: 'fileContainingSymbol', value: symbol });
    expect(first).toBe(file);
    const byName = await askForFiles({ case: 'fileByFilename', value: file });
    expect(byName[0]).toBe(file);
  });

  it('sends with a file all that it imports, and on one stream each file once', async () => {
    const answers = await ask(
      { case: 'fileByFilename', value: 'ledger/v1/customer_service.proto' },
      { case: 'fileContainingSymbol', value: 'ledger.v1.AccountService' },
    );
    const [first = [], second = []] = answers.map(readFiles);
    const names = new Set(first.map(({ name }) => name));
    for (const { dependency } of first) {
      for (const name of dependency) expect(names).toContain(name);
    }
    expect(names).toContain('buf/validate/validate.proto');
    expect(second.map(({ name }) => name)).toEqual([
      'ledger/v1/account_service.proto',
      'ledger/v1/account.proto',
      'ledger/v1/account_change.proto',
      'ledger/v1/blockage.proto',
      'ledger/v1/payment.proto',
    ]);
  });

  it('finds extensions by their numbers, and lists the numbers', async () => {
    const containingType = 'buf.validate.StringRules';
    for (const extensionNumber of [51201, 51202, 51203]) {
      const [file] = await askForFiles({
        case: 'fileContainingExtension',
        value: { containingType, extensionNumber },
      });
      expect(file).toBe('ledger/v1/rules.proto');
    }
    const answers = await ask(
      { case: 'allExtensionNumbersOfType', value: containingType },
      { case: 'allExtensionNumbersOfType', value: 'google.protobuf.FieldOptions' },
      { case: 'allExtensionNumbersOfType', value: 'ledger.v1.Customer' },
    );
    expect(answers).toMatchObject([
      { value: { baseTypeName: containingType, extensionNumber: [51201, 51202, 51203] } },
      { value: { extensionNumber: [1159, 1160] } },
      { value: { baseTypeName: 'ledger.v1.Customer', extensionNumber: [] } },
    ]);
  });

  it('tells of what nobody knows that it is not found, and goes on', async () => {
    const unknown: Question[] = [
      { case: 'fileContainingSymbol', value: 'ledger.v1.Nope' },
      { case: 'fileContainingSymbol', value: 'ledger.v1' },
      { case: 'fileContainingSymbol', value: '' },
      { case: 'fileByFilename', value: '../../etc/passwd' },
      { case: 'fileByFilename', value: '__proto__' },
      { case: 'allExtensionNumbersOfType', value: 'ledger.v1.Nope' },
      {
        case: 'fileContainingExtension',
        value: { containingType: 'buf.validate.StringRules', extensionNumber: 1 },
      },
    ];
    const answers = await ask(...unknown, {
      case: 'fileContainingSymbol',
      value: services[3] ?? '',
    });
    const last = answers.pop();
    for (const answer of answers) {
      expect(answer).toMatchObject({ case: 'errorResponse', value: { errorCode: 5 } });
    }
    expect(answers).toHaveLength(unknown.length);
    expect(last?.case).toBe('fileDescriptorResponse');
  });

  it('tells of no question that it is invalid', async () => {
    const [answer] = await ask({ case: undefined });
    expect(answer).toMatchObject({ case: 'errorResponse', value: { errorCode: 3 } });
  });

  it('is all that a client needs to call a method', async () => {
    const registry = await learnServices(service.address, version);
    const caller = openCaller('grpc-js', service.address);
    const call = async (typeName: string, name: string, json: JsonObject) => {
      const method = registry.getService(typeName)?.methods.find((each) => each.name === name);
      if (!method || !isUnary(method)) throw new Error(`${name} is not known`);
      const request = fromJson(method.input, json);
      const { message } = await caller.call(method, request, { 'x-api-key': service.key });
      return toJson(method.output, message);
    };
    const customer = { externalId: `learned by ${version}`, customerCountry: 'DE' };
    const opened = await call('ledger.v1.AccountService', 'CreateAccount', {
      currency: 'EUR',
      customer,
    });
    expect(opened).toMatchObject({ account: { currency: 'EUR', active: true } });
    const { externalId } = customer;
    expect(
      await call('ledger.v1.CustomerService', 'DisableCustomer', { externalId }),
    ).toMatchObject({
      customer: { externalId, active: true },
    });
    caller.close();
  });
});

function isUnary(method: DescMethod): method is DescMethodUnary & DescMethod {
  return method.methodKind === 'unary';
}

describe('a key', () => {
  it('is needed by every method, but for those of health and reflection', async () => {
    const registry = await learnServices(service.address, 'v1');
    const methods = services.flatMap((name) => registry.getService(name)?.methods ?? []);
    const unary = methods.filter(isUnary);
    // 42 of the ledger, WatchCustomers among them, Check, List and Watch, and one of each version of reflection.
    expect([methods.length, unary.length]).toEqual([48, 44]);
    for (const protocol of rpcProtocols) {
      const caller = openCaller(protocol, service.address);
      for (const method of unary) {
        const isPublic = publicServices.includes(method.parent.typeName);
        for (const headers of [{}, { 'x-api-key': 'lk_of-nobody-at-all' }]) {
          const code = await caller.call(method, create(method.input), headers).then(
            () => 'OK',
            (refusal: Refusal) => refusal.code,
          );
          expect(`${protocol} ${method.name} ${code}`).toBe(
            `${protocol} ${method.name} ${isPublic ? 'OK' : 'UNAUTHENTICATED'}`,
          );
        }
      }
      caller.close();
    }
  });

  it('is not asked for by a stream of health or reflection', async () => {
    const health = createClient(Health, transport);
    for await (const { status } of health.watch({ service: '' })) {
      expect(status).toBe(1);
      break;
    }
    for (const version of versions) {
      expect(
        await reflect(service.address, version, [{ case: 'listServices', value: '' }]),
      ).toHaveLength(1);
    }
  });
});
