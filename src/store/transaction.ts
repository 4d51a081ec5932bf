import type { ClientSession, MongoClient } from 'mongodb';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';

/**
 * How often a transaction is begun before its caller is told to try later. The driver pauses up to half a second between two, so
 * that this takes about four seconds.
 */
const attemptsDefault = 25;

/** How long the server may take to commit, in milliseconds. */
const commitTimeMaxMs = 5_000;

/**
 * Runs work in a transaction with snapshot isolation, committed by the majority. The driver begins it again, with growing
 * pauses, when it conflicts with another one, so the work may run several times.
 *
 * @throws LedgerError what the work refuses, WRITE_CONFLICT after the last attempt, DEADLINE_EXCEEDED
 */
export async function runTransaction<T>(
  client: MongoClient,
  call: Pick<Call, 'deadline'>,
  work: (session: ClientSession) => Promise<T>,
  attemptsMax = attemptsDefault,
): Promise<T> {
  const session = client.startSession();
  let attempts = 0;
  const attempt = (): Promise<T> => {
    attempts += 1;
    // Thrown inside the transaction, a refusal ends the driver's retries; its own bound is two minutes.
    if (attempts > attemptsMax) throw new LedgerError('WRITE_CONFLICT');
    if (Date.now() >= call.deadline) throw new LedgerError('DEADLINE_EXCEEDED');
    return work(session);
  };
  try {
    return await session.withTransaction(async () => await attempt(), {
      readConcern: { level: 'snapshot' },
      writeConcern: { w: 'majority' },
      readPreference: 'primary',
      maxCommitTimeMS: commitTimeMaxMs,
    });
  } finally {
    await session.endSession();
  }
}
