import type { Db, Decimal128, ObjectId } from 'mongodb';
import { openCollections } from '../../src/store/documents.ts';

/** What a ledger comes to, when nothing in it contradicts anything else. */
export interface Totals {
  readonly payments: number;
  /** The payments that are counted with the customers who made them. */
  readonly spends: number;
  /** The sum of all balances. */
  readonly balance: string;
}

/**
 * Reads what a ledger comes to, from its documents: every payment must be two records that come to nothing, and every balance the sum
 * of its records, which are numbered to their count.
 *
 * @throws Error when that is not so
 */
export async function audit(db: Db): Promise<Totals> {
  const { accounts, customers, records } = openCollections(db);
  const zero = { $toDecimal: 0 };
  const torn = await records
    .aggregate<{ _id: string }>([
      { $match: { operationType: 'PAYMENT' } },
      { $group: { _id: '$reference', records: { $sum: 1 }, moved: { $sum: '$amount' } } },
      { $match: { $expr: { $or: [{ $ne: ['$records', 2] }, { $ne: ['$moved', zero] }] } } },
    ])
    .toArray();
  const wrong = await records
    .aggregate<{ _id: ObjectId }>([
      {
        $group: {
          _id: '$accountId',
          balance: { $sum: '$amount' },
          records: { $sum: 1 },
          last: { $max: '$sequence' },
        },
      },
      { $lookup: { from: 'accounts', localField: '_id', foreignField: '_id', as: 'account' } },
      { $unwind: '$account' },
      {
        $match: {
          $expr: {
            $or: [
              { $ne: ['$balance', '$account.balance'] },
              { $ne: ['$records', '$account.records'] },
              { $ne: ['$records', '$last'] },
            ],
          },
        },
      },
    ])
    .toArray();
  const breaches = [...torn, ...wrong].map(({ _id }) => String(_id));
  if (breaches.length > 0) {
    throw new Error(`${db.databaseName} contradicts itself: ${breaches.slice(0, 10).join(', ')}`);
  }
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
