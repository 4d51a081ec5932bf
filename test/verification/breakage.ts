import { Decimal128, type Document, ObjectId } from 'mongodb';
import type { Collections } from '../../src/store/documents.ts';
import type { Invariant } from '../../src/verification/breach.ts';
import type { BusyLedger } from '../support/busy-ledger.ts';
import type { TestStore } from '../support/database.ts';

/** A breach that is expected: its invariant, and the ids that are named. */
export type Expected = readonly [Invariant, Readonly<Record<string, string>>];

/** Breaks an invariant by hand; gives all breaches that are to be found: no other may be. */
export type Breakage = (tools: Tools) => Promise<readonly Expected[]>;

/** What a ledger is broken with, behind its back. */
export interface Tools {
  /** The ledger of the tenant that is broken, and that of another one. */
  readonly ledger: BusyLedger;
  readonly other: BusyLedger;
  readonly collections: Collections;
  /** Changes a document; gives it as it was. */
  change(name: keyof Collections, filter: object, update: object): Promise<Document>;
  set(name: keyof Collections, filter: object, fields: object): Promise<Document>;
  /** Changes what the history tells of a version. */
  setChange(resource: string, version: number, fields: object): Promise<Document>;
  insert(name: keyof Collections, document: Document): Promise<void>;
  remove(name: keyof Collections, filter: object): Promise<void>;
  /** Finds the id of a record by its sequence. */
  findRecord(accountId: string, sequence: number): Promise<string>;
  /** Finds the records of a payment: the sender's and the recipient's. */
  findPayment(reference: string): Promise<readonly [Document, Document]>;
  /** Undoes all that was broken. */
  repair(): Promise<void>;
}

/** Creates tools that remember how to undo what is done with them. */
export function createTools(test: TestStore, ledger: BusyLedger, other: BusyLedger): Tools {
  const repairs: (() => Promise<unknown>)[] = [];
  const collection = (name: keyof Collections) => test.db.collection<Document>(name);

  const found = (name: keyof Collections, filter: object, document: Document | null) => {
    if (!document) throw new Error(`no such document of ${name}: ${JSON.stringify(filter)}`);
    return document;
  };
  const change: Tools['change'] = async (name, filter, update) => {
    const before = found(name, filter, await collection(name).findOneAndUpdate(filter, update));
    repairs.push(() => collection(name).replaceOne({ _id: before._id }, before));
    return before;
  };
  const set: Tools['set'] = (name, filter, fields) => change(name, filter, { $set: fields });

  return {
    ledger,
    other,
    collections: test.collections,
    change,
    set,
    setChange: (resource, version, fields) =>
      set('changes', { '_id.resource': id(resource), '_id.version': version }, fields),
    async insert(name, document) {
      await collection(name).insertOne(document);
      repairs.push(() => collection(name).deleteOne({ _id: document._id }));
    },
    async remove(name, filter) {
      const before = found(name, filter, await collection(name).findOneAndDelete(filter));
      repairs.push(() => collection(name).insertOne(before));
    },
    async findRecord(accountId, sequence) {
      const record = await test.collections.records.findOne({ accountId: id(accountId), sequence });
      return String(record?._id);
    },
    async findPayment(reference) {
      const records = await collection('records').find({ reference }).sort({ amount: 1 }).toArray();
      const [debit, credit] = records;
      return [found('records', { reference }, debit ?? null), credit ?? {}];
    },
    async repair() {
      for (const undo of repairs.splice(0).reverse()) await undo();
    },
  };
}

export const id = (text: string): ObjectId => new ObjectId(text);
export const decimal = (text: string): Decimal128 => Decimal128.fromString(text);

/** Makes the records of a payment between two accounts, each the first of its account: the sender's and the recipient's. */
export function createPayment(tenant: string, from: string, to: string): [Document, Document] {
  const shared = {
    tenant,
    currency: 'EUR',
    operationType: 'PAYMENT',
    sequence: 1,
    reference: `from ${from} to ${to}`,
    anonymous: false,
    createTime: new Date(),
  };
  const create = (account: string, counter: string, amount: string, transactionType: string) => ({
    ...shared,
    _id: new ObjectId(),
    accountId: id(account),
    counterAccountId: id(counter),
    amount: decimal(amount),
    balance: decimal(amount),
    transactionType,
  });
  return [create(from, to, '-1', 'DEBIT_PAYMENT'), create(to, from, '1', 'CREDIT_PAYMENT')];
}
