import type { Memory } from './child.ts';
import type { Run } from './load.ts';
import { median } from './median.ts';

/** Two sides at the same work: their runs, one for each round. */
export interface Comparison {
  readonly work: string;
  readonly sides: readonly [string, string];
  readonly service: readonly Run[];
  readonly plain: readonly Run[];
  /** The ratio of the rates that is to be reached. */
  readonly target?: number | undefined;
}

export function toRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Writes the head of a table in markdown. */
export function toHead(cells: readonly string[]): string {
  return `${toRow(cells)}\n|${'---|'.repeat(cells.length)}`;
}

/** Writes the median of ratios, one of each round, with the lowest and the highest. */
export function formatRatio(ratios: readonly number[]): string {
  const [lowest, highest] = [Math.min(...ratios), Math.max(...ratios)];
  return `**${median(ratios).toFixed(2)}** (${lowest.toFixed(2)} to ${highest.toFixed(2)})`;
}

/**
 * Writes a table of comparisons as markdown: medians over the rounds; each ratio is that of one round.
 *
 * @param call what the calls of these are, such as "payment"
 */
export function formatComparisons(call: string, comparisons: readonly Comparison[]): string {
  const head = toHead([
    'work',
    'sides',
    `${call}s/s`,
    'ratio (lowest to highest round)',
    'target',
    `CPU µs/${call}`,
    'CPU ratio',
    'p50 ms',
    'p99 ms',
  ]);
  return [head, ...comparisons.map(formatComparison)].join('\n');
}

function formatComparison({ work, sides, service, plain, target }: Comparison): string {
  const ratios = service.map((each, round) => each.rate / (plain[round]?.rate ?? Number.NaN));
  const cpuRatios = service.map(
    (each, round) => (plain[round]?.cpuUsPerCall ?? Number.NaN) / each.cpuUsPerCall,
  );
  const pair = (pick: (run: Run) => number, digits: number) =>
    `${median(service.map(pick)).toFixed(digits)} : ${median(plain.map(pick)).toFixed(digits)}`;
  return toRow([
    work,
    sides.join(' : '),
    pair((each) => each.rate, 0),
    formatRatio(ratios),
    target === undefined ? '' : String(target),
    pair((each) => each.cpuUsPerCall, 0),
    median(cpuRatios).toFixed(2),
    pair((each) => each.p50Ms, 1),
    pair((each) => each.p99Ms, 1),
  ]);
}

/** The memory of a side: at rest after its start, and at the end. */
export interface MemoryRow {
  readonly name: string;
  /** In megabytes. */
  readonly rest: number;
  readonly end: Memory;
}

/** Writes the table of resident memory as markdown. */
export function formatMemory(rows: readonly MemoryRow[]): string {
  const head = toHead(['process', 'at rest MB', 'under load, most MB', 'after load MB']);
  const lines = rows.map(({ name, rest, end }) =>
    toRow([name, rest.toFixed(0), end.max.toFixed(0), end.now.toFixed(0)]),
  );
  return [head, ...lines].join('\n');
}
