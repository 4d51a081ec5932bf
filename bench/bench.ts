/** Measures the service beside minimal servers written by hand for the same work. Run by `npm run bench`. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Contender, planContenders, startContender } from './contender.ts';
import { type Database, startDatabase } from './database.ts';
import { findH2load } from './h2load.ts';
import { answerOf, type Cell, calibrate, createCell, type Run, run } from './measure.ts';
import { type Options, parseOptions } from './options.ts';
import { formatSettings, readStartArgs } from './settings.ts';
import { formatMemory, formatRatios, type MemoryRow, type Series } from './table.ts';

/** How long after the last call the memory is read again, in milliseconds. */
const coolDownMs = 3_000;

function build(): void {
  const root = join(import.meta.dirname, '..');
  for (const args of [
    ['run', '--silent', 'build'],
    ['exec', '--', 'tsc', '-p', 'bench/tsconfig.json'],
  ]) {
    const { status } = spawnSync('npm', args, { cwd: root, stdio: 'inherit' });
    if (status !== 0) throw new Error(`npm ${args.join(' ')} failed`);
  }
}

/** Sees to it that sides with the same protocol answer the same. */
async function compareAnswers(cells: readonly Cell[]): Promise<void> {
  const answers = new Map<string, string>();
  for (const cell of cells) {
    const answer = await answerOf(cell);
    if (answer === undefined) continue;
    const question = `${cell.contender.protocol} ${cell.work}`;
    const known = answers.get(question) ?? answer;
    if (answer !== known) throw new Error(`${question} is answered ${known} and ${answer}`);
    answers.set(question, answer);
  }
}

/** Runs all cells in turn, round by round, each round beginning with another one. */
async function measure(
  cells: readonly Cell[],
  mongod: Database,
  options: Options,
  dir: string,
): Promise<Series[]> {
  const series = cells.map((cell) => ({ ...cell, calls: 0, runs: [] as Run[] }));
  for (const each of series) {
    each.calls = await calibrate(each, mongod, options.seconds, dir);
  }
  for (let round = 0; round < options.rounds; round += 1) {
    process.stderr.write(`round ${round + 1} of ${options.rounds}\n`);
    const first = round % series.length;
    for (const each of [...series.slice(first), ...series.slice(0, first)]) {
      each.runs.push(await run(each, mongod, each.calls, dir));
    }
  }
  return series;
}

async function readMemory(contenders: readonly Contender[]): Promise<MemoryRow[]> {
  await sleep(coolDownMs);
  return await Promise.all(
    contenders.map(async ({ name, restMemory, server }) => {
      const { now, max } = await server.readMemory();
      return { name, rest: restMemory, max, after: now };
    }),
  );
}

async function bench(options: Options, ends: (() => Promise<void>)[]): Promise<void> {
  // CPU and memory are read from /proc.
  if (process.platform !== 'linux') throw new Error('it needs Linux');
  const h2load = findH2load();
  build();
  const dir = await mkdtemp(join(tmpdir(), 'customer-ledger-bench-'));
  ends.push(() => rm(dir, { recursive: true, force: true }));
  const mongod = await startDatabase();
  ends.push(() => mongod.stop());
  const contenders: Contender[] = [];
  for (const plan of planContenders(readStartArgs())) {
    if (!plan.neededFor.some((protocol) => options.protocols.includes(protocol))) continue;
    process.stderr.write(`starting ${plan.name}\n`);
    const contender = await startContender(plan, mongod);
    ends.push(() => contender.server.stop());
    contenders.push(contender);
  }
  const series: Series[] = [];
  for (const work of options.works) {
    process.stderr.write(`warming up ${work}\n`);
    const cells = contenders.map((contender) => createCell(contender, work));
    await compareAnswers(cells);
    series.push(...(await measure(cells, mongod, options, dir)));
  }
  const memory = await readMemory(contenders);
  const parts = [
    formatRatios(options.works, options.protocols, series),
    formatMemory(memory),
    formatSettings(options, { mongod: mongod.version, h2load }),
  ];
  process.stdout.write(`${parts.join('\n\n')}\n`);
}

const ends: (() => Promise<void>)[] = [];
try {
  await bench(parseOptions(process.argv.slice(2)), ends);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  for (const end of ends.reverse()) await end();
}
