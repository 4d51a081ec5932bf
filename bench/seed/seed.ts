import type { Collection, Db, OptionalUnlessRequiredId } from 'mongodb';
import {
  type ChangeDocument,
  type JournaledDocument,
  openCollections,
} from '../../src/store/documents.ts';
import { createIndexes } from '../../src/store/indexes.ts';
import { openBooks } from './books.ts';
import {
  accountDocument,
  customerDocument,
  issueDocuments,
  type Relayed,
  recordDocuments,
} from './documents.ts';
import { makePayments } from './payments.ts';
import { type Population, planPopulation, type Size } from './population.ts';
import { startProgress } from './progress.ts';

/** How many things are made and written at once. */
const batchMax = 5_000;

/** A ledger that is not on the disk yet when mongod falls is seeded anew. */
const insertOptions = { ordered: false, writeConcern: { w: 1, j: false } } as const;

/**
 * Fills an empty database with customers, accounts, payments and their history, as the store would have written them, and creates
 * the indexes, which is faster than to keep them while it is filled. It shows on standard error how far it is.
 */
export async function seedLedger(db: Db, size: Size): Promise<Population> {
  const collections = openCollections(db);
  const { customers, accounts, records, virtualCurrencies, changes } = collections;
  const population = planPopulation(size);
  const books = openBooks(population);
  const issues = issueDocuments(population);
  await virtualCurrencies.insertMany(issues.map(({ currency }) => currency));
  await records.insertMany(issues.map(({ record }) => record));
  const pay = makePayments(population, books);
  await inBatches(
    `${db.databaseName}: payments`,
    population.payments,
    () => recordDocuments(pay()),
    (batch) => records.insertMany(batch.flat(), insertOptions),
  );
  // What the accounts and customers have come to is known when the payments are made.
  await inBatches(
    `${db.databaseName}: accounts`,
    population.accounts,
    (number) => accountDocument(population, books, number),
    (batch) => insertRelayed(accounts, changes, batch),
  );
  await inBatches(
    `${db.databaseName}: customers`,
    population.customers,
    (number) => customerDocument(population, books, number),
    (batch) => insertRelayed(customers, changes, batch),
  );
  process.stderr.write(`${db.databaseName}: indexes\n`);
  await createIndexes(collections);
  return population;
}

/** Makes things by their numbers; while a batch of them is written, the next one is made. */
async function inBatches<T>(
  title: string,
  total: number,
  make: (number: number) => T,
  write: (batch: T[]) => Promise<unknown>,
): Promise<void> {
  const progress = startProgress(title, total);
  let writing: Promise<unknown> = Promise.resolve();
  for (let from = 0; from < total; from += batchMax) {
    const size = Math.min(batchMax, total - from);
    const batch = Array.from({ length: size }, (_, index) => make(from + index));
    await writing;
    writing = write(batch);
    progress.add(size);
  }
  await writing;
}

async function insertRelayed<D extends JournaledDocument>(
  resources: Collection<D>,
  changes: Collection<ChangeDocument>,
  relayed: readonly Relayed<OptionalUnlessRequiredId<D>>[],
): Promise<void> {
  const documents = relayed.map(({ document }) => document);
  const history = relayed.flatMap((each) => each.changes);
  await Promise.all([
    resources.insertMany(documents, insertOptions),
    changes.insertMany(history, insertOptions),
  ]);
}
