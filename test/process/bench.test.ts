import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

/** Runs the benchmark as `npm run bench` does, as far as it needs no tools of its own. */
async function bench(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, MONGOD_BINARY: inject('mongodBinary') };
  const path = join(root, 'bench/bench.ts');
  return (await run(process.execPath, [path, ...args], { cwd: root, env })).stdout;
}

it('the benchmark of changes of state prints a table of ratios, each beside its target', async () => {
  const output = await bench('--only', 'change', '--rounds', '1', '--seconds', '0.3');
  const rows = output.split('\n').filter((line) => line.startsWith('| with'));
  const ratio = /\*\*\d+\.\d\d\*\* \(\d+\.\d\d to \d+\.\d\d\)/.source;
  expect(rows).toEqual([
    expect.stringMatching(new RegExp(`^\\| without a request id \\| ${ratio} \\| 0\\.75 \\|$`)),
    expect.stringMatching(new RegExp(`^\\| with a request id \\| ${ratio} \\| 0\\.5 \\|$`)),
    expect.stringMatching(new RegExp(`^\\| with a request id, each .* \\| ${ratio} \\|`)),
  ]);
  expect(output).toContain('cores for servers, clients and mongod together');
}, 120_000);

it('the benchmark refuses what it does not know', async () => {
  await expect(bench('--only', 'nothing')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('bench: '),
  });
});
