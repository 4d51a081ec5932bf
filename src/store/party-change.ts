import type { ClientSession } from 'mongodb';
import { accountEtag, assertEtag } from '../domain/etag.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import type { Party } from '../domain/party.ts';
import type { StoreContext } from './context.ts';
import { findParties } from './parties.ts';
import { type RequestContent, type RequestTarget, runOnce } from './request.ts';

/** What is done to an account, and told of it. */
export interface PartyStep<P, T> extends RequestContent {
  /** The account itself when absent. */
  readonly target?: RequestTarget;
  /** The lanes of what is written beside the account. */
  readonly lanes?: readonly string[];
  /** What is looked at before it is told that there is no such account. */
  readonly prepare: () => P;
  readonly change: (session: ClientSession, party: Party, prepared: P) => Promise<T>;
}

/**
 * Changes an active account, and what belongs to it, in one transaction.
 *
 * @throws LedgerError REQUEST_ID_REUSED, ETAG_MISMATCH, what prepare refuses, ACCOUNT_NOT_FOUND when there is no such active
 *   account, and what the change refuses
 */
export async function changeParty<P, T>(
  context: StoreContext,
  call: Call,
  accountId: string,
  step: PartyStep<P, T>,
): Promise<T> {
  const id = accountId.toLowerCase();
  const { verb, content, target = { accountId }, lanes = [] } = step;
  return await context.lanes(
    [id, ...lanes],
    async () =>
      await runOnce(context, call, { target, verb, content }, async (session) => {
        const parties = await findParties(context, call, session, [id]);
        const party = parties.get(id);
        if (party) assertEtag(call, accountEtag(party), { accountId });
        const prepared = step.prepare();
        if (!party) throw new LedgerError('ACCOUNT_NOT_FOUND', { accountId });
        return await step.change(session, party, prepared);
      }),
  );
}
