import { median } from '../median.ts';
import { formatMachine } from '../settings.ts';
import { type Stage, withEnds } from '../stage.ts';
import { formatRatio, toHead, toRow } from '../table.ts';
import { createScaledLedger, type ScaledLedger } from './ledger.ts';
import { formatScaleNotes } from './notes.ts';
import { type Ask, queries } from './queries.ts';

/** How many customers the small ledger has. */
const smallCustomers = 1_000;

/** How often each ledger is asked in a round, for each second that is asked for. */
const asksPerSecond = 100;

/** How much longer a read of the large ledger may take at the median. */
const target = 1.2;

/** What the asks of a round come to, in the small ledger and in the large one. */
interface Round {
  readonly medianMs: readonly [number, number];
  readonly rows: readonly [number, number];
}

/** Compares the latency of reads between a small and a large ledger; gives the table and the notes. */
export async function benchScale({ mongod, options }: Stage, customers: number): Promise<string[]> {
  return await withEnds(async (ends) => {
    const small = await createScaledLedger(mongod, smallCustomers, ends);
    const large = await createScaledLedger(mongod, customers, ends);
    const asks = Math.ceil(asksPerSecond * options.seconds);
    const rounds = new Map(Object.keys(queries).map((name) => [name, [] as Round[]]));
    for (let round = -1; round < options.rounds; round += 1) {
      process.stderr.write(
        round < 0 ? 'warming up\n' : `round ${round + 1} of ${options.rounds}\n`,
      );
      for (const [name, ask] of Object.entries(queries)) {
        const measured = await measure(ask, [small, large], asks);
        if (round >= 0) rounds.get(name)?.push(measured);
      }
    }
    const head = toHead(['read', 'rows', 'p50 ms', 'ratio (lowest to highest round)', 'target']);
    const table = [head, ...[...rounds].map(([name, of]) => formatRow(name, of))].join('\n');
    const notes = formatScaleNotes(small.population, large.population, {
      rounds: options.rounds,
      asks,
    });
    return [table, notes, formatMachine([`mongod ${mongod.version} (replica set of one)`])];
  });
}

/** Asks both ledgers in turn, each time another one first, so that whatever else the machine does meets both. */
async function measure(
  ask: Ask,
  ledgers: readonly [ScaledLedger, ScaledLedger],
  asks: number,
): Promise<Round> {
  const times: [number[], number[]] = [[], []];
  const rows: [number, number] = [0, 0];
  for (let turn = 0; turn < 2 * asks; turn += 1) {
    // Small, large, large, small, and so on.
    const index = ((turn + 1) >> 1) % 2 === 0 ? 0 : 1;
    const begin = performance.now();
    rows[index] += await ask(ledgers[index]);
    times[index].push(performance.now() - begin);
  }
  return {
    medianMs: [median(times[0]), median(times[1])],
    rows: [rows[0] / asks, rows[1] / asks],
  };
}

function formatRow(name: string, rounds: readonly Round[]): string {
  const pair = (pick: (round: Round) => readonly [number, number], digits: number) =>
    [0, 1].map((index) => median(rounds.map((round) => pick(round)[index] ?? 0)).toFixed(digits));
  const ratios = rounds.map(({ medianMs: [small, large] }) => large / small);
  return toRow([
    name,
    pair(({ rows }) => rows, 1).join(' : '),
    pair(({ medianMs }) => medianMs, 2).join(' : '),
    formatRatio(ratios),
    String(target),
  ]);
}
