import {
  MongoBulkWriteError,
  MongoError,
  MongoErrorLabel,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb';
import { isLedgerError, LedgerError } from '../domain/ledger-error.ts';
import type { Reason } from '../domain/reason.ts';

/**
 * Codes of the server that say which refusal an error is; what is not here is told by the labels, or is a defect. A mongos tells by
 * code alone that a shard is away.
 */
const reasonsByCode: Readonly<Record<number, Reason>> = {
  6: 'DATABASE_UNAVAILABLE', // HostUnreachable
  7: 'DATABASE_UNAVAILABLE', // HostNotFound
  50: 'DEADLINE_EXCEEDED', // MaxTimeMSExpired
  64: 'DATABASE_UNAVAILABLE', // WriteConcernTimeout: written, and not known to be durable
  89: 'DATABASE_UNAVAILABLE', // NetworkTimeout
  91: 'DATABASE_UNAVAILABLE', // ShutdownInProgress
  112: 'WRITE_CONFLICT',
  133: 'DATABASE_UNAVAILABLE', // FailedToSatisfyReadPreference
  134: 'DATABASE_UNAVAILABLE', // ReadConcernMajorityNotAvailableYet
  189: 'DATABASE_UNAVAILABLE', // PrimarySteppedDown
  262: 'DEADLINE_EXCEEDED', // ExceededTimeLimit
  9001: 'DATABASE_UNAVAILABLE', // SocketException
  10107: 'DATABASE_UNAVAILABLE', // NotWritablePrimary
  11600: 'DATABASE_UNAVAILABLE', // InterruptedAtShutdown
  11602: 'DATABASE_UNAVAILABLE', // InterruptedDueToReplStateChange
  13435: 'DATABASE_UNAVAILABLE', // NotPrimaryNoSecondaryOk
  13436: 'DATABASE_UNAVAILABLE', // NotPrimaryOrSecondary
};

/** Codes of node's sockets: the driver lets some errors through as they are, and the store speaks to nobody but the database. */
const socketCode = /^(?:E[A-Z]+|ERR_(?:STREAM|SOCKET)_[A-Z_]+)$/;

/** Errors of the driver itself when it cannot get a connection, by name: it exports no class for all of them. */
const unavailableNames: ReadonlySet<string> = new Set([
  'MongoWaitQueueTimeoutError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'MongoTopologyClosedError',
  'MongoNotConnectedError',
  'MongoClientClosedError',
]);

/** The code of a write that a unique index refuses. */
export const duplicateKey = 11000;

/** Asks whether a write was refused because a unique index, that of this field if one is given, has its key already. */
export function isDuplicateKey(error: unknown, field?: string): boolean {
  if (!(error instanceof MongoServerError) || error.code !== duplicateKey) return false;
  return field === undefined || Object.hasOwn(error.keyPattern ?? {}, field);
}

/** Makes a refusal of whatever the store threw. A refusal stays what it is; what is not foreseen is INTERNAL. */
export function toLedgerError(error: unknown): LedgerError {
  if (isLedgerError(error)) return error;
  return new LedgerError(reasonOf(error), {}, { cause: error });
}

function reasonOf(error: unknown): Reason {
  if (!(error instanceof MongoError)) {
    const code = String((error as NodeJS.ErrnoException).code);
    return socketCode.test(code) ? 'DATABASE_UNAVAILABLE' : 'INTERNAL';
  }
  // The driver wraps whatever ends a bulk write, a broken connection too, and leaves its class and labels behind.
  const wrapped: unknown = error instanceof MongoBulkWriteError && error.errorResponse;
  if (wrapped instanceof MongoError) return reasonOf(wrapped);
  if (error instanceof MongoServerSelectionError || error instanceof MongoNetworkError) {
    return 'DATABASE_UNAVAILABLE';
  }
  const known = reasonsByCode[Number(error.code)];
  if (known !== undefined) return known;
  if (unavailableNames.has(error.name)) return 'DATABASE_UNAVAILABLE';
  if (error.hasErrorLabel(MongoErrorLabel.TransientTransactionError)) return 'WRITE_CONFLICT';
  if (
    error.hasErrorLabel(MongoErrorLabel.RetryableWriteError) ||
    error.hasErrorLabel(MongoErrorLabel.UnknownTransactionCommitResult) ||
    'writeConcernError' in error
  ) {
    return 'DATABASE_UNAVAILABLE';
  }
  return 'INTERNAL';
}
