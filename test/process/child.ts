import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, inject, onTestFinished, vi } from 'vitest';

/** The variables of the environment that a child is given, beside those that any program needs. */
export type Settings = Readonly<Record<string, string>>;

/** A line of the service's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

/** How a process ended: by its own status, or by a signal. */
export interface Ending {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program of the product in a process of its own, which ends with the test at the latest. */
export interface Child {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly ended: Promise<Ending>;
  kill(signal: NodeJS.Signals): void;
  /** The lines of standard output that are JSON. */
  log(): LogLine[];
  /** Waits for a line of the log. Fails with all output when the process ends before. */
  logged(msg: string): Promise<LogLine>;
}

/** What a program is given besides its environment: arguments, and standard input. */
export interface Arguments {
  readonly args?: readonly string[];
  readonly input?: string;
}

/** A service that is ready. */
export interface Service extends Child {
  /** The address, such as http://127.0.0.1:40123. */
  readonly address: string;
}

/** How long a child may take to say a thing: far longer than it should. */
const patienceMs = 20_000;

const compileCache = fileURLToPath(new URL('../../node_modules/.cache/compile', import.meta.url));

/** Starts a program of `src/` with an environment that holds only what it is given. */
export function startChild(
  program: string,
  settings: Settings,
  { args = [], input = '' }: Arguments = {},
): Child {
  const path = fileURLToPath(new URL(`../../src/${program}`, import.meta.url));
  return run(process.execPath, [path, ...args], settings, input);
}

/** Starts the service, or another script, as the README says, by npm, in a process group of its own, which is what a terminal signals. */
export function startByNpm(
  settings: Settings,
  args: readonly string[] = ['start'],
): Child & { killGroup(signal: NodeJS.Signals): void } {
  return run('npm', args, settings, '');
}

function run(command: string, args: readonly string[], settings: Settings, input: string) {
  const child = spawn(command, args, {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    detached: true,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      MONGOD_BINARY: inject('mongodBinary'),
      PORT: '0',
      // Tests start many processes: what one has compiled, the others need not.
      NODE_COMPILE_CACHE: compileCache,
      ...settings,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stdout = collectText(child.stdout);
  const stderr = collectText(child.stderr);
  const ended = new Promise<Ending>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal }));
  });
  const killGroup = (signal: NodeJS.Signals) => {
    if (!hasEnded(child) && child.pid !== undefined) process.kill(-child.pid, signal);
  };
  // Told by whoever waits for it.
  ended.catch(() => undefined);
  onTestFinished(async () => {
    killGroup('SIGKILL');
    await ended;
  });
  // A program that does not read its input must not be waited for.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const log = () => parseLog(stdout());
  return {
    pid: child.pid ?? 0,
    stdout,
    stderr,
    ended,
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
    killGroup,
    log,
    logged: (msg: string) =>
      vi.waitUntil(
        () => {
          const line = log().find((candidate) => candidate.msg === msg);
          if (!line && hasEnded(child)) {
            throw new Error(`ended without "${msg}":\n${stdout()}${stderr()}`);
          }
          return line;
        },
        { timeout: patienceMs, interval: 10 },
      ) as Promise<LogLine>,
  };
}

/** Starts the service and waits until it is ready. */
export async function startService(settings: Settings): Promise<Service> {
  const child = startChild('main.ts', settings);
  const { address } = await child.logged('ready');
  return { ...child, address: String(address) };
}

/** Waits until a process has ended; what it has written tells of one that does not. */
export async function waitForEnd(child: Child): Promise<Ending> {
  const timer = Promise.withResolvers<never>();
  const timeout = setTimeout(
    () => timer.reject(new Error(`runs on:\n${child.stdout()}${child.stderr()}`)),
    patienceMs,
  );
  try {
    return await Promise.race([child.ended, timer.promise]);
  } finally {
    clearTimeout(timeout);
  }
}

/** Stops a service as its operator does, and expects that it ends well. */
export async function stopService(service: Service): Promise<void> {
  service.kill('SIGTERM');
  expect(await waitForEnd(service)).toEqual({ status: 0, signal: null });
}

/** Asserts that a start was refused with one sentence or more on one line, and gives that line. */
export async function expectRefusedStart(child: Child): Promise<string> {
  expect(await waitForEnd(child)).toEqual({ status: 1, signal: null });
  expect(child.stderr()).toMatch(/^customer-ledger: [A-Z][^\n]*\.\n$/);
  expect(child.stderr()).not.toMatch(/\bat .+:\d+:\d+/);
  expect(child.log().map(({ msg }) => msg)).not.toContain('ready');
  return child.stderr().trimEnd();
}

/** Finds the key that the first start shows: the only line that is a key alone. */
export function readShownKey(service: Child): string {
  const shown = service.stdout().match(/^ *(lk_[\w-]{43})$/m)?.[1];
  if (shown === undefined) throw new Error(`no key is shown:\n${service.stdout()}`);
  return shown;
}

/** Gives all that a child has written. */
export function outputOf(child: Child): string {
  return child.stdout() + child.stderr();
}

function collectText(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Parses the whole lines of a log, leaving out the text for people between them. */
function parseLog(text: string): LogLine[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}
