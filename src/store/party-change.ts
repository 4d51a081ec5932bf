import type { ClientSession } from 'mongodb';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import type { Party } from '../domain/party.ts';
import type { StoreContext } from './context.ts';
import { findParties } from './parties.ts';
import { runTransaction } from './transaction.ts';

/**
 * Changes an active account, and what belongs to it, in one transaction.
 *
 * @throws LedgerError ACCOUNT_NOT_FOUND when there is no such active account, and what the change refuses
 */
export async function changeParty<T>(
  context: StoreContext,
  call: Call,
  accountId: string,
  change: (session: ClientSession, party: Party) => Promise<T>,
): Promise<T> {
  const id = accountId.toLowerCase();
  return await context.lanes(
    [id],
    async () =>
      await runTransaction(context.client, call, async (session) => {
        const parties = await findParties(context, call, session, [id]);
        const party = parties.get(id);
        if (!party) throw new LedgerError('ACCOUNT_NOT_FOUND', { accountId });
        return await change(session, party);
      }),
  );
}
