import { execFile, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median } from './median.ts';
import type { Request } from './request.ts';

const execFileAsync = promisify(execFile);

/** How long a run may take at the most, in milliseconds: a service that hangs ends the benchmark. */
const runTimeoutMs = 120_000;

/** One call, as the log of h2load has it, in microseconds since the epoch. */
interface Call {
  readonly startUs: number;
  readonly endUs: number;
}

/** What clients that ran at the same time have measured. */
export interface Load {
  readonly calls: number;
  /** Calls a second while all clients ran. */
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The bytes of all answers, without their headers. */
  readonly bodyBytes: number;
}

/** Gives the version of h2load; throws a sentence that says how to get it when it is missing. */
export function findH2load(): string {
  const { stdout, error } = spawnSync('h2load', ['--version'], { encoding: 'utf8' });
  if (error) {
    throw new Error(
      'h2load drives all sides and was not found. Install nghttp2: `apt-get install nghttp2-client` on Debian and Ubuntu, `dnf install nghttp2` on Fedora.',
    );
  }
  return stdout.trim().replace(/^h2load\s+/, '');
}

/**
 * Drives a service by one h2load for each request, all at once, each with one connection and one call at a time. Every client
 * makes the same number of calls.
 *
 * @throws Error when a single answer is not 2xx
 */
export async function load(
  origin: string,
  requests: readonly Request[],
  callsPerClient: number,
  dir: string,
): Promise<Load> {
  const clients = await Promise.all(
    requests.map((request, index) =>
      runClient(origin, request, callsPerClient, join(dir, `client-${index}`)),
    ),
  );
  const calls = clients.flatMap((client) => client.calls);
  // The clients start and end one after the other: what counts is the time in which at least half of them run.
  const startUs = median(clients.map((client) => client.calls[0]?.startUs ?? 0));
  const endUs = median(clients.map((client) => client.calls.at(-1)?.endUs ?? 0));
  const counted = calls.filter((call) => call.endUs > startUs && call.endUs <= endUs);
  const times = counted.map((call) => call.endUs - call.startUs).sort((a, b) => a - b);
  const percentile = (share: number) => (times[Math.floor(times.length * share)] ?? 0) / 1_000;
  return {
    calls: calls.length,
    rate: (counted.length / (endUs - startUs)) * 1_000_000,
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    bodyBytes: clients.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0),
  };
}

async function runClient(origin: string, request: Request, calls: number, path: string) {
  const args = ['-n', String(calls), '-c', '1', '-m', '1', `--log-file=${path}.log`];
  if (request.http === 1) args.push('--h1');
  if (request.method === 'PUT') args.push('-H', ':method: PUT');
  for (const [name, value] of Object.entries(request.headers)) args.push('-H', `${name}: ${value}`);
  if (request.body) {
    await writeFile(`${path}.body`, request.body);
    args.push('-d', `${path}.body`);
  }
  await writeFile(`${path}.log`, '');
  args.push(...request.paths.map((target) => origin + target));
  const { stdout } = await execFileAsync('h2load', args, { timeout: runTimeoutMs });
  const good = Number(/^status codes: (\d+) 2xx/m.exec(stdout)?.[1]);
  if (good !== calls) throw new Error(`of ${calls} calls ${good} went well:\n${stdout}`);
  return {
    bodyBytes: Number(/\((\d+)\) data$/m.exec(stdout)?.[1]),
    calls: parseLog(await readFile(`${path}.log`, 'utf8')),
  };
}

function parseLog(text: string): Call[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [startUs = 0, , durationUs = 0] = line.split('\t').map(Number);
      return { startUs, endUs: startUs + durationUs };
    });
}
