import type { ChangeStreamDocument, Document } from 'mongodb';
import { expect } from 'vitest';
import type { RecordDocument } from '../../src/store/documents.ts';
import type { TestStore } from './database.ts';

/** The order in which the database commits what is written, which alone cannot be mistaken about what came first. */
export interface CommitOrder {
  /** Reads what was written since it was followed. */
  end(): Promise<readonly Document[]>;
}

/** Follows what is written to a database. Nothing is read before the end. */
export async function followCommits({ db }: TestStore): Promise<CommitOrder> {
  const stream = db.watch();
  // The stream begins with the first attempt to read of it.
  await stream.tryNext();
  return {
    async end() {
      const { insertedId } = await db.collection('markers').insertOne({});
      const changes: ChangeStreamDocument[] = [];
      for await (const change of stream) {
        if ('documentKey' in change && insertedId.equals(change.documentKey._id)) break;
        changes.push(change);
      }
      await stream.close();
      return changes;
    },
  };
}

/** The states of a customer or an account, as far as they were set. */
interface State {
  active?: boolean;
  enabled?: boolean;
  frozen?: boolean;
}

/**
 * Asserts that every record was committed while its account was active, and every debit while its account was not frozen and its
 * customer active and enabled. What has not been set is taken to allow it.
 *
 * @returns how many debits there were
 */
export function expectAllowedRecords(changes: readonly Document[]): number {
  const states = new Map<string, State>();
  const stateOf = (id: unknown): State => states.get(String(id)) ?? {};
  const outOfOrder: object[] = [];
  let debits = 0;
  for (const { ns, documentKey, updateDescription, fullDocument } of changes) {
    if (ns?.coll === 'customers' || ns?.coll === 'accounts') {
      const id = String(documentKey._id);
      states.set(id, { ...stateOf(id), ...readState(updateDescription?.updatedFields ?? {}) });
    } else if (ns?.coll === 'records') {
      const record: RecordDocument = fullDocument;
      const [account, customer] = [stateOf(record.accountId), stateOf(record.customerId)];
      const isDebit = record.transactionType === 'DEBIT_PAYMENT';
      if (isDebit) debits += 1;
      if (!isAllowed(isDebit, account, customer)) outOfOrder.push({ record, account, customer });
    }
  }
  expect(outOfOrder).toEqual([]);
  return debits;
}

function isAllowed(isDebit: boolean, account: State, customer: State): boolean {
  if (account.active === false) return false;
  if (!isDebit) return true;
  return account.frozen !== true && customer.active !== false && customer.enabled !== false;
}

function readState({ active, enabled, frozen }: State): State {
  return {
    ...(active !== undefined && { active }),
    ...(enabled !== undefined && { enabled }),
    ...(frozen !== undefined && { frozen }),
  };
}
