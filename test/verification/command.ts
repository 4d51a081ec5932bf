import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';
import { runVerify } from '../../src/cli/verify-command.ts';
import type { TestStore } from '../support/database.ts';

/** What the command came to. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command on the database of a test, in this process. */
export async function runOn(test: TestStore, args: string[]): Promise<Outcome> {
  const env = { MONGODB_URI: inject('mongodbUri'), MONGODB_DATABASE: test.db.databaseName };
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const told = Promise.all([text(stdout), text(stderr)]);
  const status = await runVerify(args, env, { stdout, stderr });
  stdout.end();
  stderr.end();
  const [out, error] = await told;
  return { status, stdout: out, stderr: error };
}

/** Reads the lines of a report for machines of one type. */
export function linesOf({ stdout }: Outcome, type: string): Record<string, unknown>[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line))
    .filter((line) => line.type === type);
}
