import { pino } from 'pino';
import { openLedger } from './ledger.ts';

/** Starts what a service written by hand needs: the database and the log, from the environment the service itself has. */
export async function startPlain() {
  const { MONGODB_URI = '', MONGODB_DATABASE = '', HOST = '127.0.0.1', PORT = '0' } = process.env;
  const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const ledger = await openLedger(MONGODB_URI, MONGODB_DATABASE);
  return { ledger, log, host: HOST, port: Number(PORT) };
}

/** Rounds a time that passed since the start, in milliseconds, as the log of the service has it. */
export function elapsedMs(startTime: number): number {
  return Math.round((performance.now() - startTime) * 100) / 100;
}
