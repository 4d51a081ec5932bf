import type { ClientSession, ObjectId } from 'mongodb';
import type { Account } from '../domain/account.ts';
import type { Call } from '../domain/ledger.ts';
import { fromAccountDocument } from './account-document.ts';
import { boundsOf, type StoreContext } from './context.ts';
import type { AccountDocument } from './documents.ts';

/** An account as it is read: without its history. */
export type AccountRow = Omit<AccountDocument, 'pending'>;

/**
 * Makes accounts of their documents. The customers are read after the accounts, so that whoever reads after a disable was
 * acknowledged sees no balance available.
 */
export async function showAccounts(
  { collections: { customers } }: StoreContext,
  call: Call,
  rows: readonly AccountRow[],
  session?: ClientSession,
): Promise<Account[]> {
  const ids = rows.flatMap((row) => row.customerId ?? []);
  const disabled = new Set<string>();
  if (ids.length > 0) {
    const found = customers
      .find({ _id: { $in: ids }, tenant: call.tenant, enabled: false }, boundsOf(call, session))
      .project<{ _id: ObjectId }>({ _id: 1 })
      .hint({ _id: 1 });
    for await (const { _id } of found) disabled.add(_id.toHexString());
  }
  return rows.map((row) =>
    fromAccountDocument(row, !(row.customerId && disabled.has(row.customerId.toHexString()))),
  );
}

/** Makes an account of its document, as showAccounts does. */
export async function showAccount(
  context: StoreContext,
  call: Call,
  row: AccountRow,
  session?: ClientSession,
): Promise<Account> {
  const [account] = await showAccounts(context, call, [row], session);
  return account as Account;
}
