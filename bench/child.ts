import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';

const stopTimeoutMs = 15_000;

/** The unit of times in /proc/PID/stat: fixed at a hundredth of a second on all Linux machines that Node runs on. */
const microsPerTick = 10_000;

/** The memory of a process in megabytes (10^6 bytes). */
export interface Memory {
  readonly now: number;
  /** The most it has been since the process started. */
  readonly max: number;
}

/** A side of a comparison, in a process of its own. */
export interface Child {
  readonly process: ChildProcess;
  /** The CPU time that the process has used, user and system, all its threads, in microseconds. */
  readCpuUs(): Promise<number>;
  readMemory(): Promise<Memory>;
  stop(): Promise<void>;
}

/** Starts node. Of the environment it gets only what a program needs to run at all: a NODE_OPTIONS would not be the same for all. */
export function startChild(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  options: { readonly cwd: string; readonly stdio: StdioOptions },
): Child {
  const child = spawn(process.execPath, args, {
    ...options,
    env: { PATH: process.env.PATH, ...env },
  });
  return {
    process: child,
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

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
