import { type Breach, invariants } from '../verification/breach.ts';
import { type Counts, nouns } from '../verification/inspection.ts';
import type { Findings, Listener, Progress } from '../verification/verify.ts';

/** Where a command writes. */
export interface Output {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** What a verification is told to. */
export interface Report extends Listener {
  /** Ends the progress. */
  stop(): void;
  conclude(findings: Findings): void;
}

/** How often progress is shown, in milliseconds: on a terminal, and in a log. */
const progressMs = { terminal: 200, log: 10_000 };

/** The width of the bar of progress, in characters. */
const barWidth = 30;

/** Creates a report for people: breaches and counts on standard output, progress on standard error. */
export function createTextReport(output: Output, database: string): Report {
  const { stdout, stderr } = output;
  const progress = showProgress(stderr);
  const print = (line: string) => {
    progress.clear();
    stdout.write(`${line}\n`);
  };
  print(`The ledger in the database ${database}:`);
  return {
    onTenant: progress.follow,
    onBreach: (breach) => print(`BREACH ${describeBreach(breach)}`),
    onCounts: (tenant, counts) => print(`${tenant}: ${describeCounts(counts)}`),
    stop: progress.stop,
    conclude({ tenants, counts, breaches }) {
      if (tenants !== 1) print(`${tenants} tenants: ${describeCounts(counts)}`);
      for (const [invariant, count] of breaches) {
        print(`${count} of ${invariant}: ${invariants[invariant]}`);
      }
      const count = sum(breaches.values());
      const told = count === 0 ? 'no breach' : count === 1 ? '1 breach' : `${count} breaches`;
      print(`${Object.keys(invariants).length} invariants, ${told}`);
    },
  };
}

/** Creates a report for machines: one JSON object a line on standard output, the last one with what it came to. */
export function createJsonReport({ stdout, stderr }: Output, database: string): Report {
  const progress = showProgress(stderr);
  const print = (type: string, fields: object) => {
    progress.clear();
    stdout.write(`${JSON.stringify({ type, ...fields })}\n`);
  };
  return {
    onTenant: progress.follow,
    onBreach: (breach) => print('breach', { ...breach, rule: invariants[breach.invariant] }),
    onCounts: (tenant, counts) => print('tenant', { tenant, counts }),
    stop: progress.stop,
    conclude: ({ tenants, counts, breaches }) =>
      print('summary', {
        database,
        invariants: Object.keys(invariants).length,
        tenants,
        counts,
        breaches: Object.fromEntries(breaches),
      }),
  };
}

/** Shows how far it is, again and again, where the event loop comes by. */
function showProgress(stderr: Output['stderr']) {
  let progress: Readonly<Progress> | undefined;
  const begin = performance.now();
  const show = () => {
    if (!progress) return;
    const line = describeProgress(progress, performance.now() - begin);
    stderr.write(stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  };
  const timer = setInterval(show, stderr.isTTY ? progressMs.terminal : progressMs.log);
  const clear = () => {
    if (stderr.isTTY) stderr.write('\r\x1b[K');
  };
  return {
    follow(next: Readonly<Progress>) {
      progress = next;
    },
    clear,
    stop() {
      clearInterval(timer);
      clear();
    },
  };
}

function describeProgress({ tenant, pass, done, total }: Progress, ms: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const bar = '#'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '.');
  const seconds = (ms / 1_000).toFixed(0);
  return `[${bar}] ${tenant}: ${pass}, ${formatCount(done)} of ${formatCount(total)}, ${seconds} s`;
}

function describeBreach({ invariant, tenant, ids, found }: Breach): string {
  const told = Object.entries(ids).map(([name, id]) => `${name} ${id}`);
  return `${invariant} in ${tenant}: ${[...told, found].join(', ')}`;
}

function describeCounts(counts: Readonly<Counts>): string {
  return nouns.map((noun) => `${formatCount(counts[noun])} ${noun}`).join(', ');
}

function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

function sum(counts: Iterable<number>): number {
  return [...counts].reduce((total, count) => total + count, 0);
}
