import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from './is-alive.ts';
import { readKey } from './key-file.ts';
import { isPrimary, toUri } from './replica-set.ts';

/** Says who serves the data of a data directory: what a command needs in order to join in. */
export type EmbeddedState = {
  /** A service stays; a command has started mongod for its own short life. */
  readonly owner: 'service' | 'command';
  readonly ownerPid: number;
  readonly mongodPid: number;
  readonly port: number;
};

/** A state that was found to be true, with the address for clients, which contains the key. */
export type LiveState = EmbeddedState & { readonly uri: string };

/** Gives the directory of mongod's files inside the data directory. */
export function dbPathOf(dataDir: string): string {
  return join(dataDir, 'mongodb');
}

/** Writes the state into the data directory with mode 0600: whole, or not at all. */
export async function writeState(dataDir: string, state: EmbeddedState): Promise<void> {
  const path = stateFileOf(dataDir);
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(state)}\n`, { mode: 0o600 });
  await rename(draft, path);
}

/** Removes the state of this process; that of another owner stays. */
export async function removeState(dataDir: string): Promise<void> {
  const state = await readState(dataDir);
  if (state?.ownerPid === process.pid) {
    await rm(stateFileOf(dataDir), { force: true });
  }
}

/**
 * Finds who serves the data at this moment. The file alone proves nothing, as a killed service leaves
 * it behind: the owner must be alive, and its mongod must answer to the key of this very data.
 */
export async function findLiveState(dataDir: string): Promise<LiveState | undefined> {
  const state = await readState(dataDir);
  if (!state || !isAlive(state.ownerPid)) {
    return undefined;
  }
  const key = await readKey(dbPathOf(dataDir)).catch(() => undefined);
  if (key === undefined || !(await isPrimary(state.port, key))) {
    return undefined;
  }
  return { ...state, uri: toUri(state.port, key) };
}

async function readState(dataDir: string): Promise<EmbeddedState | undefined> {
  try {
    const state = JSON.parse(await readFile(stateFileOf(dataDir), 'utf8'));
    return isState(state) ? state : undefined;
  } catch {
    return undefined;
  }
}

function isState(value: unknown): value is EmbeddedState {
  const state = value as Partial<EmbeddedState> | null;
  return (
    (state?.owner === 'service' || state?.owner === 'command') &&
    [state.ownerPid, state.mongodPid, state.port].every((n) => Number.isInteger(n) && Number(n) > 0)
  );
}

function stateFileOf(dataDir: string): string {
  return join(dataDir, 'mongod.json');
}
