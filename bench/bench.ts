/** Measures the service beside minimal programs written by hand for the same work. Run by `npm run bench`. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchCalls } from './calls.ts';
import { benchChanges } from './change/bench.ts';
import { startDatabase } from './database.ts';
import { findH2load } from './h2load.ts';
import { type Options, parseOptions } from './options.ts';
import { benchPayments } from './payment/bench.ts';
import { benchScale } from './scale/bench.ts';
import { formatMachine, formatStart } from './settings.ts';
import { withEnds } from './stage.ts';

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

async function bench(options: Options): Promise<string[]> {
  // CPU and memory are read from /proc.
  if (process.platform !== 'linux') throw new Error('it needs Linux');
  return await withEnds(async (ends) => {
    const dir = await mkdtemp(join(tmpdir(), 'customer-ledger-bench-'));
    ends.push(() => rm(dir, { recursive: true, force: true }));
    const mongod = await startDatabase();
    ends.push(() => mongod.stop());
    const stage = { options, mongod, dir };
    if (options.scale !== undefined) return await benchScale(stage, options.scale);
    // Changes of state are measured in this process, from the source.
    const isDriven = options.works.length > 0 || options.payments;
    const tools = [`mongod ${mongod.version} (replica set of one)`];
    if (isDriven) {
      tools.push(findH2load());
      build();
    }
    return [
      ...(options.works.length > 0 ? await benchCalls(stage) : []),
      ...(options.payments ? await benchPayments(stage) : []),
      ...(options.changes ? await benchChanges(stage) : []),
      `${formatMachine(tools)}\n${formatStart()}`,
    ];
  });
}

try {
  const parts = await bench(parseOptions(process.argv.slice(2)));
  process.stdout.write(`${parts.join('\n\n')}\n`);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
