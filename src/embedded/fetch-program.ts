import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Logger } from 'pino';
import type { Environment } from './environment.ts';
import { type GrowthLimits, watchGrowth } from './growth.ts';
import { spawnOnLifeline } from './lifeline.ts';

const tailCharsMax = 16_384;
const progressEveryMs = 2_000;

export type FetchProgram = {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Environment;
  /** Where everything goes that the program writes, temporary files included. */
  readonly dir: string;
  readonly limits: GrowthLimits;
  /** What is fetched, for the log. */
  readonly what: string;
  /** How much is to come, in bytes, as far as the program has said so by now. */
  totalBytes(output: string): number | undefined;
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Runs a program that fetches something into a directory, for as long as the directory grows, and
 * gives the end of what it has printed. With the first thing it prints, it has begun.
 *
 * @throws Error with what the program said last when it fails, or with the limit it has reached.
 */
export async function runFetchProgram(program: FetchProgram): Promise<string> {
  const { command, args, env, dir, limits, log, signal } = program;
  signal?.throwIfAborted();
  const fetching = spawnOnLifeline(command, args, { env, cwd: dir, graceSeconds: 2 });
  const output = collectTail(fetching.child.stdout);
  const complaints = collectTail(fetching.child.stderr);
  const over = new AbortController();
  const giveUp = AbortSignal.any([over.signal, ...(signal ? [signal] : [])]);
  const hasBegun = (): boolean => output() !== '';
  const onBytes = reportEvery(progressEveryMs, (bytes) => {
    log.info({ bytes }, describeProgress(program.what, bytes, program.totalBytes(output())));
  });
  try {
    const ended = once(fetching.child, 'close', { signal: giveUp });
    const [code] = await Promise.race([
      ended,
      watchGrowth(dir, limits, { hasBegun, onBytes }, giveUp),
    ]);
    if (code !== 0) {
      throw new Error(pickComplaint(complaints()) || `${command} ended with status ${code}`);
    }
    return output();
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    over.abort();
    fetching.kill();
  }
}

function collectTail(stream: Readable | null): () => string {
  let tail = '';
  stream?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-tailCharsMax);
  });
  return () => tail;
}

function reportEvery(everyMs: number, report: (bytes: number) => void): (bytes: number) => void {
  let reportedAt = Date.now();
  let reportedBytes = 0;
  return (bytes) => {
    if (Date.now() - reportedAt >= everyMs && bytes !== reportedBytes) {
      reportedAt = Date.now();
      reportedBytes = bytes;
      report(bytes);
    }
  };
}

function describeProgress(what: string, bytes: number, totalBytes: number | undefined): string {
  const amount = `${inMegabytes(bytes)} MB`;
  if (totalBytes === undefined) {
    return `fetching ${what}: ${amount}`;
  }
  if (bytes > totalBytes) {
    return `unpacking ${what}`;
  }
  const percent = Math.floor((100 * bytes) / totalBytes);
  return `fetching ${what}: ${amount} of ${inMegabytes(totalBytes)} MB (${percent} %)`;
}

function inMegabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

/** Both programs mark what went wrong; a backtrace around it does not fit a log line. */
function pickComplaint(text: string): string {
  const lines = text.trim().split('\n');
  const marked = lines.filter((line) => /^ERROR:/.test(line));
  const telling = (marked.length > 0 ? marked : lines).slice(-2);
  return telling.map((line) => line.replace(/^ERROR: (?:Error: )?/, '')).join(' ');
}
