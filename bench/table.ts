import type { Contender } from './contender.ts';
import type { Run } from './measure.ts';
import { median } from './median.ts';
import type { Protocol, Work } from './options.ts';

/** The runs of a side, one for each round, at a piece of work. */
export interface Series {
  readonly contender: Contender;
  readonly work: Work;
  readonly runs: readonly Run[];
}

/** Which side is compared with which, and what is to be reached. */
export interface Comparison {
  readonly protocol: Protocol;
  readonly service: string;
  readonly plain: string;
  readonly target?: number;
}

export const comparisons: readonly Comparison[] = [
  { protocol: 'grpc', service: 'service, gRPC', plain: 'grpc-js', target: 0.4 },
  { protocol: 'connect', service: 'service, Connect JSON', plain: 'grpc-js', target: 0.4 },
  { protocol: 'connect', service: 'service, Connect JSON', plain: 'fastify' },
  { protocol: 'rest', service: 'service, REST', plain: 'fastify', target: 0.7 },
];

const workNames: Record<Work, string> = {
  get: 'Get by id',
  list: 'List 25',
  state: 'Disable/Enable',
};

function toRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Writes the table of ratios as markdown: medians over the rounds; each ratio is that of one round. */
export function formatRatios(
  works: readonly Work[],
  protocols: readonly Protocol[],
  series: readonly Series[],
): string {
  const rows = works.flatMap((work) =>
    comparisons
      .filter(({ protocol }) => protocols.includes(protocol))
      .map((comparison) => formatRatio(work, comparison, series)),
  );
  return [
    '| work | sides | calls/s | ratio (lowest to highest round) | target | CPU µs/call | CPU ratio | p50 ms | p99 ms |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function formatRatio(work: Work, comparison: Comparison, series: readonly Series[]): string {
  const find = (name: string) =>
    series.find((each) => each.work === work && each.contender.name === name)?.runs ?? [];
  const service = find(comparison.service);
  const plain = find(comparison.plain);
  const ratios = service.map((each, round) => each.rate / (plain[round]?.rate ?? Number.NaN));
  const cpuRatios = service.map(
    (each, round) => (plain[round]?.cpuUsPerCall ?? Number.NaN) / each.cpuUsPerCall,
  );
  const pair = (pick: (run: Run) => number, digits: number) =>
    `${median(service.map(pick)).toFixed(digits)} : ${median(plain.map(pick)).toFixed(digits)}`;
  return toRow([
    workNames[work],
    `${comparison.service} : ${comparison.plain}`,
    pair((each) => each.rate, 0),
    `**${median(ratios).toFixed(2)}** (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
    comparison.target?.toFixed(1) ?? '',
    pair((each) => each.cpuUsPerCall, 0),
    median(cpuRatios).toFixed(2),
    pair((each) => each.p50Ms, 1),
    pair((each) => each.p99Ms, 1),
  ]);
}

/** The memory of a side in megabytes. */
export interface MemoryRow {
  readonly name: string;
  readonly rest: number;
  readonly max: number;
  readonly after: number;
}

/** Writes the table of resident memory as markdown. */
export function formatMemory(rows: readonly MemoryRow[]): string {
  return [
    '| process | at rest MB | under load, most MB | after load MB |',
    '|---|---|---|---|',
    ...rows.map(({ name, rest, max, after }) =>
      toRow([name, rest.toFixed(0), max.toFixed(0), after.toFixed(0)]),
    ),
  ].join('\n');
}
