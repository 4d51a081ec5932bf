import { execFile, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Load, summarise, type TimedCall } from './load.ts';
import type { Request } from './request.ts';

const execFileAsync = promisify(execFile);

/** How long a run may take at the most, in milliseconds: a service that hangs ends the benchmark. */
const runTimeoutMs = 120_000;

/** What clients that ran at the same time have measured over HTTP. */
export interface HttpLoad extends Load {
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
export async function loadHttp(
  origin: string,
  requests: readonly Request[],
  callsPerClient: number,
  dir: string,
): Promise<HttpLoad> {
  const clients = await Promise.all(
    requests.map((request, index) =>
      runClient(origin, request, callsPerClient, join(dir, `client-${index}`)),
    ),
  );
  return {
    ...summarise(clients.map(({ calls }) => calls)),
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

function parseLog(text: string): TimedCall[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [startUs = 0, , durationUs = 0] = line.split('\t').map(Number);
      return { startUs, endUs: startUs + durationUs };
    });
}
