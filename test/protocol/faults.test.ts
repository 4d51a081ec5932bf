import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { variables } from '../../src/config.ts';
import { startEmbeddedMongod } from '../../src/embedded/mongod.ts';
import { startServer } from '../../src/server.ts';
import { openCollections } from '../../src/store/documents.ts';
import { openStore } from '../../src/store/store.ts';
import { type LedgerClient, type Protocol, protocols } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import type { Refusal } from '../support/clients/refusal.ts';
import { type Opened, openCustomer, openFunded, openIn } from '../support/clients/stage.ts';
import { silent, tenant } from '../support/database.ts';
import { expectUnchanged, takeSnapshot } from '../support/snapshot.ts';

/** A service on a mongod of its own, since a failpoint is one for the whole of a mongod. */
async function startFailingService() {
  const dbPath = await mkdtemp(join(tmpdir(), 'customer-ledger-faults-'));
  const binary = inject('mongodBinary');
  const env = process.env;
  const mongod = await startEmbeddedMongod({
    binary,
    dbPath,
    log: silent,
    env,
    testCommands: true,
  });
  const client = new MongoClient(mongod.uri);
  const store = await openStore({ uri: mongod.uri, name: databaseName }, silent);
  const created = await store.keys.create({ tenant, name: 'test' });
  const start = async (requestTimeoutMs: number) => {
    const limits = { drainTimeoutMs: 1_000, bodyBytesMax: 1_048_576, requestTimeoutMs };
    return await startServer({ host: '127.0.0.1', port: 0, ...limits }, store, silent);
  };
  const [hasty, patient] = [
    await start(600),
    await start(variables.requestTimeoutMs.parse(undefined)),
  ];
  const key = created?.key ?? '';
  return {
    /** A server that gives a call 600 ms. */
    hasty: { address: hasty.address, key },
    /** A server that gives a call as long as it gets by default. */
    patient: { address: patient.address, key },
    client,
    async close() {
      await hasty.stop();
      await patient.stop();
      await store.close();
      await client.close();
      await mongod.stop();
      await rm(dbPath, { recursive: true, force: true });
    },
  };
}

const databaseName = 'ledger';
let service: Awaited<ReturnType<typeof startFailingService>>;
beforeAll(async () => {
  service = await startFailingService();
});
afterAll(() => service.close());

type Collection = 'customers' | 'accounts';

/** Makes the database fail this service's commands on one of its collections; gives what ends it. */
async function failCommands(commands: string[], collection: Collection, fault: object) {
  const failCommand = async (settings: object) => {
    const command = { configureFailPoint: 'failCommand', ...settings };
    await service.client.db('admin').command(command);
  };
  const namespace = `${databaseName}.${collection}`;
  await failCommand({ mode: 'alwaysOn', data: { failCommands: commands, namespace, ...fault } });
  return async () => await failCommand({ mode: 'off' });
}

/** The calls that meet a fault: a read, a write of one document, and a transaction. */
const calls = {
  read: {
    collection: 'customers',
    command: 'find',
    call: (client, { ref }) => client.getCustomer(ref),
  },
  write: {
    collection: 'customers',
    command: 'findAndModify',
    call: (client, { ref }) => client.updateCustomer(ref, { customerCountry: 'DE' }),
  },
  opening: {
    collection: 'accounts',
    command: 'insert',
    call: (client, { externalId }) =>
      client.createAccount({ currency: 'EUR', customer: { externalId, customerCountry: 'DE' } }),
  },
} as const satisfies Record<
  string,
  {
    readonly collection: Collection;
    readonly command: string;
    readonly call: (client: LedgerClient, to: Opened) => Promise<unknown>;
  }
>;

interface Told {
  readonly code: string;
  readonly reason: string;
  readonly status: number;
  readonly message: string;
  readonly retryAfter?: number;
}

const told = {
  deadline: {
    code: 'DEADLINE_EXCEEDED',
    reason: 'DEADLINE_EXCEEDED',
    status: 504,
    message: 'The call took longer than its deadline. A change may have been made.',
  },
  conflict: {
    code: 'ABORTED',
    reason: 'WRITE_CONFLICT',
    status: 503,
    message: 'Too many writes at once to the same resource. Try again.',
    retryAfter: 1,
  },
  away: {
    code: 'UNAVAILABLE',
    reason: 'DATABASE_UNAVAILABLE',
    status: 503,
    message: 'The database cannot be reached. A change that was under way may have been made.',
    retryAfter: 1,
  },
} as const satisfies Record<string, Told>;

function toRefusal(protocol: Protocol, { code, reason, status, message, retryAfter }: Told) {
  const shared = { message, retryAfter, errorCode: undefined };
  return protocol === 'rest' ? { ...shared, status } : { ...shared, code, reason };
}

describe.each(protocols)('a fault of the database over %s', (protocol) => {
  let client: LedgerClient;
  let opened: Opened;
  beforeAll(async () => {
    client = openClient(protocol, service.hasty);
    opened = await openCustomer(client);
  });
  afterAll(() => client.close());

  /** Makes a call during a fault, and gives how it was refused. */
  async function refuse(name: keyof typeof calls, fault: object): Promise<unknown> {
    const { collection, command, call } = calls[name];
    const heal = await failCommands([command], collection, fault);
    try {
      return await call(client, opened).catch((error: Refusal) => error);
    } finally {
      await heal();
    }
  }

  it.each([
    ['read', 'a time limit of the server', 50, told.deadline],
    ['read', 'a primary that steps down', 11602, told.away],
    ['write', 'a time limit of the server', 50, told.deadline],
    ['write', 'a conflict', 112, told.conflict],
    ['write', 'a write concern that timed out', 64, told.away],
    ['opening', 'a time limit of the server', 50, told.deadline],
  ] as const)('in a %s is told as what it is: %s', async (name, _, errorCode, expected) => {
    expect(await refuse(name, { errorCode })).toMatchObject(toRefusal(protocol, expected));
    expect(await readKept()).toEqual([opened.customer.id, undefined, 1, 1]);
  });

  it.each(['read', 'write', 'opening'] as const)(
    'in a %s is told as internal, and nothing of it, when nobody foresaw it',
    async (name) => {
      const refusal = await refuse(name, { errorCode: 8000 });
      expect(refusal).toMatchObject(
        protocol === 'rest' ? { status: 500 } : { code: 'INTERNAL', reason: undefined },
      );
      expect(refusal).toMatchObject({ message: 'Internal server error', errorCode: undefined });
      expect(await readKept()).toEqual([opened.customer.id, undefined, 1, 1]);
    },
  );

  it('is told as the deadline while the database has not answered', async () => {
    const { collection, command, call } = calls.read;
    const heal = await failCommands([command], collection, {
      blockConnection: true,
      blockTimeMS: 3_000,
    });
    const order: string[] = [];
    const slow = readKept().then(() => order.push('the database'));
    const refusal = await call(client, opened).catch((error: Refusal) => error);
    order.push('the service');
    await Promise.all([heal(), slow]);
    expect(refusal).toMatchObject(toRefusal(protocol, told.deadline));
    expect(order).toEqual(['the service', 'the database']);
  });

  /** Reads what a call would have changed: country, version and number of open accounts. */
  async function readKept() {
    const { externalId } = opened;
    const customers = service.client.db(databaseName).collection('customers');
    const kept = await customers.findOne({ externalId });
    return [kept?._id.toHexString(), kept?.customerCountry, kept?.version, kept?.openAccounts];
  }
});

describe('a conflict that does not end', () => {
  /** Transactions, by the command that conflicts on accounts; what they need is made ready before it does. */
  const transactions: Record<
    string,
    {
      readonly command: string;
      readonly prepare: (client: LedgerClient) => Promise<() => Promise<unknown>>;
    }
  > = {
    opening: {
      command: calls.opening.command,
      async prepare(client) {
        const opened = await openCustomer(client);
        return () => calls.opening.call(client, opened);
      },
    },
    payment: {
      command: 'update',
      async prepare(client) {
        const { account } = await openFunded(client, '10');
        const { account: recipient } = await openIn(client, account.currency);
        const payment = { recipientAccountId: recipient.id, amount: '1' };
        return () => client.pay(account.id, payment);
      },
    },
  };

  it.each(Object.entries(transactions))(
    'is told as one, before the default deadline, and nothing was written: %s',
    async (_, { command, prepare }) => {
      const clients = (['grpc-js', 'rest'] as const).map((protocol) =>
        openClient(protocol, service.patient),
      );
      const prepared = await Promise.all(clients.map(prepare));
      const collections = openCollections(service.client.db(databaseName));
      const before = await takeSnapshot(collections);
      const heal = await failCommands([command], 'accounts', {
        errorCode: 112,
        errorLabels: ['TransientTransactionError'],
      });
      const refusals = prepared.map((call) => call().catch((error: Refusal) => error));
      const answers = await Promise.all(refusals).finally(heal);
      expect(answers).toMatchObject(
        clients.map(({ protocol }) => toRefusal(protocol, told.conflict)),
      );
      await expectUnchanged(collections, before);
      await Promise.all(clients.map((client) => client.close()));
    },
  );
});
