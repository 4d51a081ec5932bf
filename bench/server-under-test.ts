import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const startTimeoutMs = 20_000;
const stopTimeoutMs = 15_000;

/** The state of a socket that listens, in /proc/net/tcp. */
const listening = '0A';

/** The unit of times in /proc/PID/stat: fixed at a hundredth of a second on all Linux machines that Node runs on. */
const microsPerTick = 10_000;

/** The memory of a server in megabytes (10^6 bytes). */
export interface Memory {
  readonly now: number;
  /** The most it has been since the server started. */
  readonly max: number;
}

/** A server in a process of its own. */
export interface ServerUnderTest {
  readonly origin: string;
  /** The CPU time that the process has used, user and system, all its threads, in microseconds. */
  readCpuUs(): Promise<number>;
  readMemory(): Promise<Memory>;
  stop(): Promise<void>;
}

/** Starts a server by node, its log going to /dev/null, and waits until it takes connections. */
export async function startServerUnderTest(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<ServerUnderTest> {
  const child = spawn(process.execPath, args, {
    cwd,
    // Of the environment only what a program needs to run at all: a NODE_OPTIONS would not be the same for all sides.
    env: { PATH: process.env.PATH, ...env, HOST: '127.0.0.1', PORT: '0' },
    stdio: ['ignore', openSync('/dev/null', 'w'), 'inherit'],
  });
  const port = await waitForPort(child).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    origin: `http://127.0.0.1:${port}`,
    async readCpuUs() {
      const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
      // The name of the program, in parentheses, may hold blanks; utime and stime are fields 14 and 15.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) * microsPerTick;
    },
    async readMemory() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      const read = (name: string) =>
        (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1_024) / 1e6;
      return { now: read('VmRSS'), max: read('VmHWM') };
    },
    async stop() {
      if (hasEnded(child)) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
      await once(child, 'exit');
      clearTimeout(timer);
    },
  };
}

/** Waits until a server listens, and gives the port that the system has chosen for it, which thus is nobody else's. */
async function waitForPort(child: ChildProcess): Promise<number> {
  const giveUpAt = Date.now() + startTimeoutMs;
  while (Date.now() < giveUpAt) {
    if (hasEnded(child)) throw new Error('it has ended instead of listening');
    const port = await findListeningPort(child.pid ?? 0);
    if (port !== undefined) return port;
    await sleep(50);
  }
  throw new Error('it does not listen in time');
}

/** Finds the port on which a process listens by its open sockets. */
async function findListeningPort(pid: number): Promise<number | undefined> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(
    descriptors.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')),
  );
  const table = await readFile(`/proc/${pid}/net/tcp`, 'utf8').catch(() => '');
  for (const line of table.split('\n').slice(1)) {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    if (state === listening && links.includes(`socket:[${inode}]`)) {
      return Number.parseInt(local.slice(local.indexOf(':') + 1), 16);
    }
  }
  return undefined;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
