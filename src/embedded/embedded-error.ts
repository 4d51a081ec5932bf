/**
 * Names what kept the embedded database from being found, started or opened:
 * - `binary-unusable`: MONGOD_BINARY is set to something that is no supported mongod
 * - `binary-not-found`: no step of the search led to a usable mongod
 * - `data-in-use`: another mongod holds the lock on the data
 * - `already-served`: a running service holds the data, and it answers
 * - `data-incompatible`: the data was written by another major version of MongoDB
 * - `port-taken`: the port asked for belongs to another program
 * - `start-failed`: mongod ended, or did not become primary, for any other reason
 */
export type EmbeddedReason =
  | 'binary-unusable'
  | 'binary-not-found'
  | 'data-in-use'
  | 'already-served'
  | 'data-incompatible'
  | 'port-taken'
  | 'start-failed';

/** Carries a message that is fit to be shown to the operator as it is. */
export class EmbeddedError extends Error {
  readonly reason: EmbeddedReason;

  constructor(reason: EmbeddedReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EmbeddedError';
    this.reason = reason;
  }
}

/** Tells whether an error is an {@link EmbeddedError} of the reason. */
export function isEmbeddedError(error: unknown, reason: EmbeddedReason): boolean {
  return error instanceof EmbeddedError && error.reason === reason;
}

/** Gives one line that says what went wrong, for a log or inside another message. */
export function toSentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/\s+/g, ' ').trim();
}
