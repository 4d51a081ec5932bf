import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/**
 * Prints which tests passed only at their second try, and how many passed and failed, from the report that vitest wrote; a file
 * that did not load counts as a failed test.
 */
const [path = ''] = process.argv.slice(2);
const report = readReport();
const brokenFiles = report.testResults.filter(
  (file) => file.status === 'failed' && file.assertionResults.length === 0,
).length;
for (const { name, assertionResults } of report.testResults) {
  // A test keeps the failures of its earlier tries when it passes in the end.
  for (const test of assertionResults) {
    if (test.status === 'passed' && test.failureMessages.length > 0) {
      console.log(`passed only at the second try: ${test.fullName} (${relative('', name)})`);
    }
  }
}
console.log(`${report.numPassedTests} passed, ${report.numFailedTests + brokenFiles} failed`);
if (report.numPassedTests === 0) process.exitCode = 1;

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    /** The path of the file. */
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

function readReport(): Report {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, testResults: [] };
  }
}
