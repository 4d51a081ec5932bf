import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from '../load.ts';
import { describeLastPayment, readTotals } from './audit.ts';
import { apart, type Crowd } from './crowd.ts';
import type { Payer } from './payer.ts';

/** What a side still does when it has answered is counted as its own: the service may have a history to relay. */
const settleMs = 200;

/** The fewest payments of a run: CPU time is told in hundredths of a second. */
const paymentsMin = 200;

/** How many payments warm a side up, for each second that a run is to last. */
const warmUpPerSecond = 2_000;

/** A side and a crowd, ready to be run. */
export interface Cell {
  readonly payer: Payer;
  readonly crowd: Crowd;
}

/**
 * Has a crowd pay, and verifies in the database that every payment is there, is counted with its customer, and that the balances come
 * to what they did.
 *
 * @throws Error when that is not so
 */
export async function run({ payer, crowd }: Cell, paymentsPerClient: number): Promise<Run> {
  const { child, ledger, name } = payer;
  const before = await readTotals(ledger.db);
  const cpuBefore = await child.readCpuUs();
  const load = await payer.pay(ledger.waysOf(crowd), paymentsPerClient);
  await sleep(settleMs);
  const cpuUs = (await child.readCpuUs()) - cpuBefore;
  const after = await readTotals(ledger.db);
  const expected = {
    payments: before.payments + load.calls,
    spends: before.spends + load.calls,
    balance: before.balance,
  };
  if (JSON.stringify(after) !== JSON.stringify(expected)) {
    throw new Error(
      `${name}, ${crowd.name}: the ledger comes to ${JSON.stringify(after)} instead of ${JSON.stringify(expected)}`,
    );
  }
  return { ...load, cpuUsPerCall: cpuUs / load.calls };
}

/** Has a side pay for as long as it takes until its code is compiled, before anything is measured. */
export async function warmUp(payer: Payer, seconds: number): Promise<void> {
  await run({ payer, crowd: apart }, Math.ceil((warmUpPerSecond * seconds) / apart.clients));
}

/** Gives how many payments each client has to make to keep a run going for so long. */
export async function calibrate(cell: Cell, seconds: number): Promise<number> {
  const { clients } = cell.crowd;
  const { rate } = await run(cell, Math.ceil(paymentsMin / clients));
  return Math.ceil(Math.max(paymentsMin, rate * seconds) / clients);
}

/** Sees to it that all sides write the same for a payment. */
export async function compareWrites(payers: readonly Payer[]): Promise<void> {
  const written = await Promise.all(payers.map(({ ledger }) => describeLastPayment(ledger.db)));
  for (const [index, each] of written.entries()) {
    if (each !== written[0]) {
      throw new Error(`${payers[index]?.name} writes ${each}, ${payers[0]?.name} ${written[0]}`);
    }
  }
}
