import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { toLedgerError } from './driver-error.ts';
import type { Reachability } from './reachability.ts';

/** How long before the deadline a call is given up, so that the answer still arrives: a tenth of what is left, at most this. */
const answerMarginMaxMs = 100;

type Method = (call: Call, ...rest: never[]) => Promise<unknown>;

/**
 * Bounds the methods of a part of the store: a call waits a moment for a database that is away, is answered before its
 * deadline, and is refused by a LedgerError whatever the driver threw. A write whose caller was answered goes on until the
 * database has answered it, since it cannot be taken back.
 */
export function boundMethods<T extends object>(reachability: Reachability, methods: T): T {
  const bounded = Object.entries(methods).map(([name, method]) => [
    name,
    boundMethod(reachability, method as Method),
  ]);
  return Object.fromEntries(bounded) as T;
}

function boundMethod(reachability: Reachability, method: Method): Method {
  return async (call, ...rest) => {
    if (call.deadline <= Date.now()) throw new LedgerError('DEADLINE_EXCEEDED');
    if (!(reachability.isReachable() || (await reachability.waitUntilReachable(call.deadline)))) {
      throw new LedgerError('DATABASE_UNAVAILABLE');
    }
    return await settleBefore(call.deadline, reachability, method(call, ...rest));
  };
}

/** Settles as the work does, or refuses before the deadline. */
export function settleBefore<T>(
  deadline: number,
  reachability: Reachability,
  work: Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const leftMs = Math.max(0, deadline - Date.now());
    const timer = setTimeout(
      () => {
        reject(
          new LedgerError(
            reachability.isReachable() ? 'DEADLINE_EXCEEDED' : 'DATABASE_UNAVAILABLE',
          ),
        );
      },
      leftMs - Math.min(answerMarginMaxMs, leftMs / 10),
    );
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(toLedgerError(error));
      },
    );
  });
}
