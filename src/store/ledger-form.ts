import { DatabaseUnusableError } from './connection.ts';
import type { Collections } from './documents.ts';

/**
 * Refuses a ledger that was written before its history and its customers had the form that they have now: what was done under a
 * request id would not be known, and be done again.
 *
 * @throws DatabaseUnusableError with a sentence that says what to do
 */
export async function assertFormKnown({ changes, customers }: Collections): Promise<void> {
  const [change, customer] = await Promise.all([
    // An id that begins with something else than a tenant comes after all that do.
    changes.findOne({}, { sort: { _id: -1 }, projection: { _id: 1 } }),
    customers.findOne({}, { sort: { _id: 1 }, projection: { requestMarks: 1 } }),
  ]);
  const isKnown =
    (!change || change._id.tenant !== undefined) &&
    (!customer || customer.requestMarks !== undefined);
  if (isKnown) return;
  throw new DatabaseUnusableError(
    'The ledger in this database was written by an earlier version, in another form: go on with that version, or use another database.',
  );
}
