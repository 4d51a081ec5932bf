import { readFileSync } from 'node:fs';

/** Prints how many tests passed and failed, from the report that vitest wrote; a file that did not load counts as a failed test. */
const [path = ''] = process.argv.slice(2);
const report = readReport();
const brokenFiles = report.testResults.filter(
  (file) => file.status === 'failed' && file.assertionResults.length === 0,
).length;
console.log(`${report.numPassedTests} passed, ${report.numFailedTests + brokenFiles} failed`);
if (report.numPassedTests === 0) process.exitCode = 1;

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { status: string; assertionResults: readonly unknown[] }[];
}

function readReport(): Report {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, testResults: [] };
  }
}
