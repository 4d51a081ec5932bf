import { type Collection, MongoClient, ObjectId } from 'mongodb';
import { pino } from 'pino';
import { disabling, enabling } from '../../src/domain/customer.ts';
import { type CustomerDocument, openCollections } from '../../src/store/documents.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { customerId } from '../database.ts';
import { type Ends, type Stage, withEnds } from '../stage.ts';
import { formatRatio, toHead, toRow } from '../table.ts';

/** How many clients change a customer each, at the same time. */
const clients = 16;

const tenant = 'default';
const database = 'bench_change';

/** Changes the state of a customer. */
type Change = (id: string, isEnabled: boolean) => Promise<unknown>;

interface Side {
  readonly name: string;
  readonly change: Change;
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
    for (const { change } of sides) await run(change, seconds / 2);
    const rates = sides.map((): number[] => []);
    for (let round = 0; round < rounds; round += 1) {
      process.stderr.write(`round ${round + 1} of ${rounds}\n`);
      for (let turn = 0; turn < sides.length; turn += 1) {
        const index = (round + turn) % sides.length;
        const side = sides[index] as Side;
        rates[index]?.push(await run(side.change, seconds));
      }
    }
    const rows = others.map(({ name, target }, index) => {
      const ratios = (rates[index + 1] ?? []).map((rate, round) => rate / (rates[0]?.[round] ?? 0));
      return toRow([name, formatRatio(ratios), String(target ?? '')]);
    });
    const head = toHead(['change of state', 'of a bare findOneAndUpdate', 'target']);
    const notes = `- ${clients} clients at the same time, a customer each; w:majority; ${rounds} rounds of about ${seconds} s, all sides in turn in each.`;
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
  return [
    { name: 'bare', change: changeBare(customers) },
    { name: 'without a request id', change: changeByStore(store, () => undefined), target: 0.75 },
    {
      name: 'with a request id',
      change: changeByStore(store, () => crypto.randomUUID()),
      target: 0.5,
    },
  ];
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

/** Has each client disable and enable its customer in turn; gives the changes a second. */
async function run(change: Change, seconds: number): Promise<number> {
  const begin = performance.now();
  const end = begin + seconds * 1_000;
  let changes = 0;
  const work = async (_: unknown, client: number) => {
    // An even number of changes leaves the customer as it was.
    while (performance.now() < end) {
      for (const isEnabled of [false, true]) await change(customerId(client), isEnabled);
      changes += 2;
    }
  };
  await Promise.all(Array.from({ length: clients }, work));
  return changes / ((performance.now() - begin) / 1_000);
}
