import { createHash } from 'node:crypto';
import type { ClientSession } from 'mongodb';
import type { Call } from '../domain/ledger.ts';
import { isLedgerError, LedgerError } from '../domain/ledger-error.ts';
import { remainingMs, type StoreContext } from './context.ts';
import type { RequestDocument, RequestKey } from './documents.ts';
import { isDuplicateKey } from './driver-error.ts';
import { runTransaction } from './transaction.ts';

/** What a call asks for, as far as a retry must ask for the same. */
export interface RequestContent {
  readonly verb: string;
  readonly content: unknown;
}

/** What a request id belongs to within its tenant: an account by its id, or one of these as a whole. */
export type RequestTarget =
  | 'openings'
  | 'payments'
  | 'virtualCurrencies'
  | 'keys'
  | { accountId: string };

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

/** What is asked for, and by which call. */
export interface Request extends RequestContent {
  readonly call: Call;
  readonly target: RequestTarget;
}

/** What became of a request: its answer, which may be that of an earlier call with the same request id. */
export interface Answer<T> {
  readonly answer: T;
  readonly isReplay: boolean;
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
  const run = () =>
    runTransaction(context.client, call, async (session) => {
      const [outcome] = await answerOnce(context, session, [{ ...request, call }], async () => [
        await work(session),
      ]);
      if (!outcome || isLedgerError(outcome)) throw outcome;
      return outcome;
    });
  const { answer, isReplay } = await run().catch((error: unknown) => {
    // The same id, or another unique key, was written at the same moment: begun again, this one finds it.
    if (isDuplicateKey(error)) return run();
    throw error;
  });
  if (isReplay) call.onReplay?.();
  return answer;
}

/**
 * Answers requests of one target within a transaction, each once for its request id: gives the answer or the refusal of each.
 *
 * @param work answers or refuses those that were not answered before
 * @throws MongoServerError that is a duplicate key, when two of them have the same id, or another transaction has used it
 */
export async function answerOnce<R extends Request, T>(
  { collections: { requests } }: StoreContext,
  session: ClientSession,
  asked: readonly R[],
  work: (fresh: readonly R[]) => Promise<readonly (T | LedgerError)[]>,
): Promise<(Answer<T> | LedgerError)[]> {
  const keys = asked.flatMap((request) => toKey(request) ?? []);
  const known =
    keys.length > 0 ? await requests.find({ _id: { $in: keys } }, { session }).toArray() : [];
  const done = new Map(known.map((document) => [document._id.requestId, document]));
  const findDone = ({ call }: Request) => done.get(call.intent?.requestId ?? '');
  const fresh = asked.filter((request) => !findDone(request));
  const made = fresh.length > 0 ? await work(fresh) : [];
  const documents = fresh.flatMap((request, index) => toDocument(request, made[index]) ?? []);
  if (documents.length > 0) await requests.insertMany(documents, { session });
  return asked.map((request) => {
    const document = findDone(request);
    if (document) return replay(request, document);
    const answer = made[fresh.indexOf(request)] as T | LedgerError;
    return isLedgerError(answer) ? answer : { answer, isReplay: false };
  });
}

/**
 * Tells whether a request was answered before under its id, so that it would be a replay, as its answer tells.
 *
 * @throws LedgerError REQUEST_ID_REUSED
 */
export async function wasAnswered(
  { collections: { requests } }: StoreContext,
  call: Call,
  request: RequestContent & { readonly target: RequestTarget },
): Promise<boolean> {
  const _id = toKey({ ...request, call });
  const found = _id && (await requests.findOne({ _id }, { maxTimeMS: remainingMs(call) }));
  if (!found) return false;
  assertSameRequest(call, found.hash, hashRequest(call, request));
  call.onReplay?.();
  return true;
}

/** Gives the answer of a request that was made before, or refuses it where its id was used for other content. */
function replay<T>(request: Request, document: RequestDocument): Answer<T> | LedgerError {
  try {
    assertSameRequest(request.call, document.hash, hashRequest(request.call, request));
    return { answer: document.answer as T, isReplay: true };
  } catch (error) {
    if (isLedgerError(error)) return error;
    throw error;
  }
}

/** Makes the document of a request with an id, which keeps its answer; of a refusal nothing is kept. */
function toDocument(request: Request, answer: unknown): RequestDocument | undefined {
  const _id = toKey(request);
  if (!_id || isLedgerError(answer)) return undefined;
  const { call } = request;
  return { _id, hash: hashRequest(call, request), actor: call.actor, time: new Date(), answer };
}

function toKey({ call: { intent, tenant }, target }: Request): RequestKey | undefined {
  if (intent?.requestId === undefined) return undefined;
  return { tenant, target: toText(target), requestId: intent.requestId };
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
