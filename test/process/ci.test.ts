import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeDataDir } from './ledger.ts';

const root = join(import.meta.dirname, '../..');

/** Runs `.ci/run` in a copy of what it needs of the project, with an npm that does what the test says. */
async function runCi(npm: string) {
  const dir = await makeDataDir();
  const bin = join(dir, 'node_modules/.bin');
  await mkdir(join(dir, '.ci'));
  await mkdir(join(dir, 'scripts'));
  await mkdir(bin, { recursive: true });
  await mkdir(join(dir, 'node_modules/.cache'));
  await copyFile(join(root, '.ci/run'), join(dir, '.ci/run'));
  await copyFile(join(root, 'scripts/print-counts.ts'), join(dir, 'scripts/print-counts.ts'));
  await symlink(process.execPath, join(bin, 'node'));
  await writeFile(join(bin, 'npm'), `#!/bin/sh\necho "$@" >> calls\ncase "$*" in\n${npm}\nesac\n`);
  await chmod(join(bin, 'npm'), 0o755);
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  return await new Promise<{ status: unknown; lastLine: string | undefined }>((resolve) => {
    execFile('bash', [join(dir, '.ci/run')], { env }, (error, stdout) =>
      resolve({ status: error?.code ?? 0, lastLine: stdout.trimEnd().split('\n').at(-1) }),
    );
  });
}

/** The part of npm that runs the tests: writes the report as vitest does, and ends with a status. */
function testing(status: number, passed: number, failed: number, brokenFiles = 0): string {
  const broken = { status: 'failed', assertionResults: [] };
  const report = {
    numPassedTests: passed,
    numFailedTests: failed,
    testResults: Array.from({ length: brokenFiles }, () => broken),
  };
  const path = 'node_modules/.cache/vitest-report.json';
  return `test) echo '${JSON.stringify(report)}' > ${path}; echo '1 passed'; exit ${status};;`;
}

test.each([
  ['all is well', testing(0, 7, 0), 0, '7 passed, 0 failed'],
  ['a test fails', testing(1, 7, 2), 1, '7 passed, 2 failed'],
  ['a file of tests does not load', testing(1, 7, 2, 1), 1, '7 passed, 3 failed'],
  ['a check fails', `${testing(0, 7, 0)}\n'run check') exit 1;;`, 1, '7 passed, 0 failed'],
  ['the tests leave no report', 'test) exit 1;;', 1, '0 passed, 1 failed'],
  ['no test ran', testing(0, 0, 0), 1, '0 passed, 0 failed'],
  ['nothing can be installed', `${testing(0, 7, 0)}\nci) exit 1;;`, 1, '0 passed, 1 failed'],
])('.ci/run ends with the counts of the report when %s', async (_, npm, status, lastLine) => {
  expect(await runCi(npm)).toEqual({ status, lastLine });
});
