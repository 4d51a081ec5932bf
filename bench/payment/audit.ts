import type { Db, Decimal128 } from 'mongodb';
import { openCollections } from '../../src/store/documents.ts';
import type { Breach } from '../../src/verification/breach.ts';
import { verifyLedger } from '../../src/verification/verify.ts';
import { seeder } from '../seed/books.ts';

/** What a ledger comes to. */
export interface Totals {
  readonly payments: number;
  /** The payments that are counted with the customers who made them. */
  readonly spends: number;
  /** The sum of all balances. */
  readonly balance: string;
}

/** Reads what a ledger comes to, from its documents. */
export async function readTotals(db: Db): Promise<Totals> {
  const { accounts, customers, records } = openCollections(db);
  const [spends] = await customers
    .aggregate<{ total: number }>([{ $group: { _id: null, total: { $sum: '$spends' } } }])
    .toArray();
  const [balance] = await accounts
    .aggregate<{ total: Decimal128 }>([{ $group: { _id: null, total: { $sum: '$balance' } } }])
    .toArray();
  return {
    payments: (await records.countDocuments({ operationType: 'PAYMENT' })) / 2,
    spends: spends?.total ?? 0,
    balance: String(balance?.total),
  };
}

/**
 * Verifies that a ledger keeps every invariant, as npm run verify does.
 *
 * @throws Error when it does not
 */
export async function verify(db: Db): Promise<void> {
  const breaches: Breach[] = [];
  const onBreach = (breach: Breach) => breaches.push(breach);
  await verifyLedger(openCollections(db), { onBreach }, { tenant: seeder.tenant });
  if (breaches.length > 0) {
    throw new Error(`${db.databaseName}: ${JSON.stringify(breaches.slice(0, 10))}`);
  }
}

/** Describes the records that the last payment has left: their fields, and the types of these. */
export async function describeLastPayment(db: Db): Promise<string> {
  const { records } = openCollections(db);
  const [last] = await records.find().sort({ createTime: -1 }).limit(1).toArray();
  const written = await records.find({ reference: last?.reference ?? '' }).toArray();
  const describe = (document: object) =>
    Object.entries(document)
      .map(([name, value]) => `${name} ${value.constructor.name}`)
      .sort()
      .join(', ');
  return written.map(describe).sort().join('; ');
}
