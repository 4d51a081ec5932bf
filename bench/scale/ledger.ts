import { pino } from 'pino';
import type { Call } from '../../src/domain/ledger.ts';
import type { Page, PageOf } from '../../src/domain/page.ts';
import { openCollections } from '../../src/store/documents.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { createRandom, type Random } from '../../test/support/random.ts';
import type { Database } from '../database.ts';
import { seeder } from '../seed/books.ts';
import type { Population } from '../seed/population.ts';
import { seedLedger } from '../seed/seed.ts';
import type { Ends } from '../stage.ts';

/** How many references of records are remembered to ask for. */
const samplesMax = 500;

/** In how many pages the middle of a list is walked to. */
const pagesToMiddle = 25;

/** How long a read may take, in milliseconds: the walk to the middle reads large pages. */
const readMaxMs = 60_000;

/** A ledger of a size, and what is to be known of it to ask it something. */
export interface ScaledLedger {
  readonly store: Store;
  readonly population: Population;
  /** Chooses the same in ledgers of all sizes, as far as they have it. */
  readonly random: Random;
  /** References of some of its records. */
  readonly references: readonly string[];
  /** The page tokens of the middle of each list. */
  readonly middles: {
    readonly customers: string;
    readonly accounts: string;
    readonly records: string;
  };
}

/** Seeds a ledger with so many customers, as many accounts and a fifth more, and twice as many records, and opens it. */
export async function createScaledLedger(
  mongod: Database,
  customers: number,
  ends: Ends,
): Promise<ScaledLedger> {
  const name = `scale_${customers}`;
  const db = mongod.open(name);
  const population = await seedLedger(db, { customers, records: 2 * customers });
  // What was seeded is written to the disk before anything is measured.
  await db.admin().command({ fsync: 1 });
  const store = await openStore({ uri: mongod.uri, name }, pino({ level: 'warn' }, process.stderr));
  ends.push(() => store.close());
  const samples = await openCollections(db)
    .records.aggregate<{ reference: string }>([{ $sample: { size: samplesMax } }])
    .toArray();
  const { accounts, records } = population;
  return {
    store,
    population,
    random: createRandom(1),
    references: samples.map(({ reference }) => reference),
    middles: {
      customers: await walkToMiddle(customers, (page) =>
        store.customers.list(createCall(), {}, page),
      ),
      accounts: await walkToMiddle(accounts, (page) => store.accounts.list(createCall(), {}, page)),
      records: await walkToMiddle(records, (page) =>
        store.transactions.list(createCall(), {}, page),
      ),
    },
  };
}

/** Makes a call of the tenant that was seeded. */
export function createCall(): Call {
  return { ...seeder, deadline: Date.now() + readMaxMs };
}

/** Walks a list page by page, and gives the token of the one in its middle. */
async function walkToMiddle(
  total: number,
  list: (page: Page) => Promise<PageOf<unknown>>,
): Promise<string> {
  const size = Math.ceil(total / 2 / pagesToMiddle);
  let token = '';
  for (let page = 0; page < pagesToMiddle; page += 1) {
    token = (await list({ size, token })).nextToken;
  }
  return token;
}
