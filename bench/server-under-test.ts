import type { ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, hasEnded, startChild } from './child.ts';

const startTimeoutMs = 20_000;

/** The state of a socket that listens, in /proc/net/tcp. */
const listening = '0A';

/** A server in a process of its own. */
export interface ServerUnderTest extends Child {
  readonly origin: string;
}

/** Starts a server by node, its log going to /dev/null, and waits until it takes connections. */
export async function startServerUnderTest(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<ServerUnderTest> {
  const child = startChild(
    args,
    { ...env, HOST: '127.0.0.1', PORT: '0' },
    { cwd, stdio: ['ignore', openSync('/dev/null', 'w'), 'inherit'] },
  );
  const port = await waitForPort(child.process).catch((error: unknown) => {
    child.process.kill('SIGKILL');
    throw error;
  });
  return { ...child, origin: `http://127.0.0.1:${port}` };
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
