import { type Collection, MongoClient, ObjectId } from 'mongodb';
import { pino } from 'pino';
import { disabling, enabling } from '../../src/domain/customer.ts';
import { type CustomerDocument, openCollections } from '../../src/store/documents.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { customerId, customersCount } from '../database.ts';
import { type Ends, type Stage, withEnds } from '../stage.ts';
import { formatRatio, toHead, toRow } from '../table.ts';

/** How many clients change a customer each, at the same time. */
const clients = 16;

const tenant = 'default';
const database = 'bench_change';

/** Changes the state of a customer. */
type Change = (id: string, isEnabled: boolean) => Promise<unknown>;

/** Makes the next change of a client, of which this many are done. */
type Step = (client: number, done: number) => Promise<unknown>;

interface Side {
  readonly name: string;
  readonly step: Step;
  /** The share of the bare rate that is to be reached. */
  readonly target?: number;
}

/**
 * Measures changes of state by the store, without and with a request id, beside a bare findOneAndUpdate by the driver: all in this
 * process, with history and relay, so that the protocols have no part in it. Gives the table and the notes.
 */
export async function benchChanges(stage: Stage): Promise<string[]> {
  return await withEnds(async (ends) => {
    const [bare, ...others] = await createSides(stage, ends);
    if (!bare) return [];
    const { rounds, seconds } = stage.options;
    const sides = [bare, ...others];
    for (const { step } of sides) await run(step, seconds / 2);
    const rates = sides.map((): number[] => []);
    for (let round = 0; round < rounds; round += 1) {
      process.stderr.write(`round ${round + 1} of ${rounds}\n`);
      for (let turn = 0; turn < sides.length; turn += 1) {
        const index = (round + turn) % sides.length;
        const side = sides[index] as Side;
        rates[index]?.push(await run(side.step, seconds));
      }
    }
    const rows = others.map(({ name, target }, index) => {
      const ratios = (rates[index + 1] ?? []).map((rate, round) => rate / (rates[0]?.[round] ?? 0));
      return toRow([name, formatRatio(ratios), String(target ?? '')]);
    });
    const head = toHead(['change of state', 'of a bare findOneAndUpdate', 'target']);
    const notes = `- ${clients} clients at the same time, each with a customer of its own but for the last row, where the service remembers nothing of the customer; w:majority; ${rounds} rounds of about ${seconds} s, all sides in turn in each.`;
    return [[head, ...rows].join('\n'), notes];
  });
}

async function createSides(stage: Stage, ends: Ends): Promise<Side[]> {
  const { uri } = stage.mongod;
  await stage.mongod.seed(database, '', false);
  const store = await openStore({ uri, name: database }, pino({ level: 'silent' }));
  ends.push(() => store.close());
  const client = new MongoClient(uri, { writeConcern: { w: 'majority' }, maxPoolSize: 64 });
  ends.push(() => client.close());
  await stage.mongod.seed(`${database}_bare`, '', true);
  const { customers } = openCollections(client.db(`${database}_bare`));
  const withRequestId = changeByStore(store, () => crypto.randomUUID());
  return [
    { name: 'bare', step: ofOwnCustomer(changeBare(customers)) },
    {
      name: 'without a request id',
      step: ofOwnCustomer(changeByStore(store, () => undefined)),
      target: 0.75,
    },
    { name: 'with a request id', step: ofOwnCustomer(withRequestId), target: 0.5 },
    { name: 'with a request id, each time of another customer', step: ofAllInTurn(withRequestId) },
  ];
}

/** Has each client disable and enable a customer of its own in turn. */
function ofOwnCustomer(change: Change): Step {
  return (client, done) => change(customerId(client), done % 2 === 1);
}

/** Has the clients disable all customers that no client has for its own, one after the other, then enable them. */
function ofAllInTurn(change: Change): Step {
  const count = customersCount - clients;
  let next = 0;
  return () => {
    const isEnabled = Math.floor(next / count) % 2 === 1;
    const id = customerId(clients + (next % count));
    next += 1;
    return change(id, isEnabled);
  };
}

function changeBare(customers: Collection<CustomerDocument>): Change {
  return async (id, isEnabled) =>
    await customers.findOneAndUpdate(
      { _id: new ObjectId(id), tenant, active: true, enabled: !isEnabled },
      { $set: { enabled: isEnabled, updateTime: new Date() }, $inc: { version: 1 } },
      { returnDocument: 'after' },
    );
}

function changeByStore({ customers }: Store, createId: () => string | undefined): Change {
  return async (id, isEnabled) => {
    const requestId = createId();
    const intent = requestId === undefined ? {} : { requestId };
    const call = { tenant, actor: 'key_bench', deadline: Date.now() + 10_000, intent };
    await customers.transition(call, { id }, isEnabled ? enabling : disabling);
  };
}

/** Has each client make its changes; gives those a second. */
async function run(step: Step, seconds: number): Promise<number> {
  const begin = performance.now();
  const end = begin + seconds * 1_000;
  let changes = 0;
  const work = async (_: unknown, client: number) => {
    // An even number of changes leaves a client's customer as it was.
    for (let done = 0; performance.now() < end || done % 2 === 1; done += 1) {
      await step(client, done);
      changes += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, work));
  return changes / ((performance.now() - begin) / 1_000);
}
