import { createHash } from 'node:crypto';
import type { ClientSession } from 'mongodb';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import type { StoreContext } from './context.ts';
import { isDuplicateKey } from './driver-error.ts';
import { runTransaction } from './transaction.ts';

/** What a call asks for, as far as a retry must ask for the same. */
export interface RequestContent {
  readonly verb: string;
  readonly content: unknown;
}

/** What a request id belongs to within its tenant: an account by its id, or one of these as a whole. */
export type RequestTarget = 'openings' | 'payments' | 'virtualCurrencies' | { accountId: string };

/**
 * Hashes what a call asks for, and why: the same for the same values in whatever order, over every protocol. What a call expects, its
 * etags, is not part of it.
 */
export function hashRequest({ intent = {} }: Call, { verb, content }: RequestContent): string {
  const { reason, comment } = intent;
  return createHash('sha256')
    .update(JSON.stringify(toCanonical({ verb, content, reason, comment })))
    .digest('base64');
}

/**
 * Runs work in a transaction, once for a request id: its answer is kept for ever, in the same transaction, and is what a retry gets.
 *
 * @throws LedgerError REQUEST_ID_REUSED when the id was used for other content, and as the work does
 */
export async function runOnce<T>(
  context: StoreContext,
  call: Call,
  request: RequestContent & { readonly target: RequestTarget },
  work: (session: ClientSession) => Promise<T>,
): Promise<T> {
  const { intent, tenant, actor } = call;
  const { client, collections } = context;
  if (intent?.requestId === undefined) return await runTransaction(client, call, work);
  const _id = { tenant, target: toText(request.target), requestId: intent.requestId };
  const hash = hashRequest(call, request);
  const run = () =>
    runTransaction(client, call, async (session) => {
      const done = await collections.requests.findOne({ _id }, { session });
      if (done) {
        assertSameRequest(call, done.hash, hash);
        return { answer: done.answer as T, isReplay: true };
      }
      const answer = await work(session);
      await collections.requests.insertOne(
        { _id, hash, actor, time: new Date(), answer },
        { session },
      );
      return { answer, isReplay: false };
    });
  const { answer, isReplay } = await run().catch((error: unknown) => {
    // The same id was written at the same moment: begun again, this one finds it.
    if (isDuplicateKey(error, '_id')) return run();
    throw error;
  });
  if (isReplay) call.onReplay?.();
  return answer;
}

/**
 * Refuses a request id that was used for other content.
 *
 * @throws LedgerError REQUEST_ID_REUSED
 */
export function assertSameRequest({ intent }: Call, used: string | undefined, hash: string): void {
  if (used !== hash) {
    throw new LedgerError('REQUEST_ID_REUSED', { requestId: intent?.requestId ?? '' });
  }
}

function toText(target: RequestTarget): string {
  return typeof target === 'string' ? target : target.accountId.toLowerCase();
}

/** Sorts the fields of objects, so that equal values have equal JSON; to some protocols a field that is false is one that is not told. */
function toCanonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toCanonical);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(
    ([, field]) => field !== undefined && field !== false,
  );
  return Object.fromEntries(
    fields.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, field]) => [name, toCanonical(field)]),
  );
}
