import { type Metadata, type Reason, unknownExternalId, wordings } from './reason.ts';

/** The resources that hold a change back: how many there are, and the ids of the first ones. */
export interface Blockers {
  readonly count: number;
  readonly ids: readonly string[];
}

/**
 * The only error that reaches a caller: a call was refused, for this reason, and has changed nothing; except that after
 * DATABASE_UNAVAILABLE, DEADLINE_EXCEEDED and INTERNAL a change that was under way may have been made.
 */
export class LedgerError extends Error {
  readonly reason: Reason;
  readonly metadata: Metadata;
  /** The errorCode of the REST contract; null where the refusal has none there. */
  readonly errorCode: string | null;
  readonly blockers: Blockers | undefined;

  constructor(
    reason: Reason,
    metadata: Metadata = {},
    options: { cause?: unknown; blockers?: Blockers } = {},
  ) {
    const wording =
      reason === 'CUSTOMER_NOT_FOUND' && metadata.externalId !== undefined
        ? unknownExternalId
        : wordings[reason];
    super(fillIn(wording.message, metadata), { cause: options.cause });
    this.name = 'LedgerError';
    this.reason = reason;
    this.metadata = metadata;
    this.errorCode = wording.errorCode;
    this.blockers = options.blockers;
  }
}

/** Asks whether an error is a refusal, for this reason if one is given. */
export function isLedgerError(error: unknown, reason?: Reason): error is LedgerError {
  return error instanceof LedgerError && (reason === undefined || error.reason === reason);
}

/** Tells which of several things an error refuses, by the metadata `index` from 0. What is no refusal stays what it is. */
export function tellIndex(error: unknown, index: number): unknown {
  if (!isLedgerError(error)) return error;
  const { reason, metadata, cause, blockers } = error;
  const options = { cause, ...(blockers && { blockers }) };
  return new LedgerError(reason, { ...metadata, index: String(index) }, options);
}

/**
 * Tells in a line what made a refusal that is not the caller's doing, for the log; undefined for any other. It is no text for a
 * caller.
 */
export function describeCause(error: unknown): string | undefined {
  if (!isLedgerError(error) || !(error.cause instanceof Error)) return undefined;
  return `${error.cause.name}: ${error.cause.message}`;
}

function fillIn(message: string, metadata: Metadata): string {
  return message.replaceAll(/\{(\w+)\}/g, (_, name: string) => metadata[name] ?? '');
}
