import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
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
  return await new Promise<{ status: unknown; lines: string[] }>((resolve) => {
    execFile('bash', [join(dir, '.ci/run')], { env }, (error, stdout) =>
      resolve({ status: error?.code ?? 0, lines: stdout.trimEnd().split('\n') }),
    );
  });
}

/** Runs vitest as CI does on tests that are written for it, and gives its report. */
async function reportOf(tests: string): Promise<string> {
  const dir = await makeDataDir();
  await symlink(join(root, 'node_modules'), join(dir, 'node_modules'));
  await writeFile(join(dir, 'some.test.js'), `import { expect, test } from 'vitest';\n${tests}`);
  const args = ['run', '--root', dir, '--retry', '1', '--reporter', 'json'];
  return await new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, 'node_modules/vitest/vitest.mjs'), ...args, '--outputFile', 'report.json'],
      { cwd: dir },
      () => resolve(readFile(join(dir, 'report.json'), 'utf8')),
    );
  });
}

/** The part of npm that runs the tests: writes the report as vitest does, and ends with a status. */
function testing(status: number, passed: number, failed: number, brokenFiles = 0): string {
  const broken = { name: 'broken.test.ts', status: 'failed', assertionResults: [] };
  const report = {
    numPassedTests: passed,
    numFailedTests: failed,
    testResults: Array.from({ length: brokenFiles }, () => broken),
  };
  return `${reporting(JSON.stringify(report))} echo '1 passed'; exit ${status};;`;
}

/** The beginning of the part of npm that runs the tests. */
function reporting(report: string): string {
  return `test) cat > node_modules/.cache/vitest-report.json <<'END'\n${report}\nEND\n`;
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
  const { lines, ...ended } = await runCi(npm);
  expect({ ...ended, lastLine: lines.at(-1) }).toEqual({ status, lastLine });
});

test('.ci/run names the tests that passed only at their second try, above the counts', async () => {
  const report = await reportOf(`
    let tries = 0;
    test('is flaky', () => expect(++tries).toBe(2));
    test('passes', () => expect(1).toBe(1));
    test('fails', () => expect(1).toBe(2));
  `);
  const { lines } = await runCi(`${reporting(report)} exit 1;;`);
  expect(lines).toEqual([
    expect.stringMatching(/^passed only at the second try: is flaky \(.*some\.test\.js\)$/),
    '2 passed, 1 failed',
  ]);
});
