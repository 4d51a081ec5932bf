import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { Environment } from './environment.ts';

/** A child process that ends when this process ends, however it ends. */
export type LifelineChild = {
  readonly child: ChildProcess;
  /** Ends the child and what it has started, at once. */
  kill(): void;
};

export type LifelineOptions = {
  readonly env: Environment;
  readonly cwd?: string;
  /** How long the child may take to end by itself after this process is gone. */
  readonly graceSeconds: number;
};

/**
 * The shell becomes the command (`exec`, so pid and exit status are the command's own) and leaves a
 * reader behind. The kernel closes the pipe when this process dies, by SIGKILL too: the reader then
 * sees the end of it, without any polling, and ends the command. A line means: the command is gone,
 * its pid may belong to someone else. `$$` in the subshell is the pid of the shell, hence of the command.
 */
const script = `
left=$1
shift
(
  if read -r _ <&3; then exit 0; fi
  kill -TERM $$
  while kill -0 $$ && [ "$left" -gt 0 ]; do sleep 1; left=$((left - 1)); done
  kill -KILL $$
) >/dev/null 2>&1 &
exec "$@" 3<&-
`;

/**
 * Starts a command that cannot outlive this process: no orphan remains, even after a SIGKILL.
 *
 * The child is in a session of its own, so that a Ctrl-C in the terminal reaches this process alone,
 * which may then drain before it ends the child. On Windows, where there is no shell to rely on,
 * libuv puts children into a job that the system ends together with this process.
 */
export function spawnOnLifeline(
  command: string,
  args: readonly string[],
  { env, cwd, graceSeconds }: LifelineOptions,
): LifelineChild {
  const settings = { env, ...(cwd !== undefined && { cwd }) };
  if (process.platform === 'win32') {
    const child = spawn(command, args, {
      ...settings,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    return { child, kill: () => child.kill('SIGKILL') };
  }
  const child = spawn('/bin/sh', ['-c', script, 'sh', String(graceSeconds), command, ...args], {
    ...settings,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const pipe = child.stdio[3] as Writable;
  // The reader may be gone first, as when the whole process group is killed.
  pipe.on('error', () => {});
  child.once('exit', () => pipe.end('\n'));
  return { child, kill: () => killGroup(child) };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}
