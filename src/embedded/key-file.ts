import { randomBytes } from 'node:crypto';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedError } from './embedded-error.ts';

const keyBytes = 48;

/** Gives the path of the key file of the data in `dbPath`; it moves with the data. */
export function keyFileOf(dbPath: string): string {
  return join(dbPath, 'customer-ledger.key');
}

/**
 * Reads the key that mongod asks of its clients, and makes one, of mode 0600, for new data.
 *
 * The port is open to every user of the machine: without a key any of them could read and change
 * the ledger past every API key.
 */
export async function ensureKey(dbPath: string): Promise<string> {
  const path = keyFileOf(dbPath);
  const key = randomBytes(keyBytes).toString('base64');
  try {
    // `wx`: of two that start at once, one makes the key and both use it.
    await writeFile(path, key, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw error;
    }
  }
  await ensurePrivate(path);
  return readKey(dbPath);
}

/**
 * Reads the key of existing data.
 *
 * @throws EmbeddedError `start-failed` when the file does not hold a whole key.
 */
export async function readKey(dbPath: string): Promise<string> {
  const path = keyFileOf(dbPath);
  const key = await readFile(path, 'utf8');
  if (Buffer.from(key, 'base64').length !== keyBytes) {
    throw new EmbeddedError('start-failed', `${path} is damaged: remove it, a new one is made.`);
  }
  return key;
}

/** mongod refuses a key that others may read, and says so where nobody looks. */
async function ensurePrivate(path: string): Promise<void> {
  if (process.platform === 'win32' || (await isPrivate(path))) {
    return;
  }
  await chmod(path, 0o600);
  if (!(await isPrivate(path))) {
    throw new EmbeddedError(
      'start-failed',
      `The file system of ${path} keeps no permissions, so the key of the database would be ` +
        'readable by everyone: set DATA_DIR to a directory on another file system.',
    );
  }
}

async function isPrivate(path: string): Promise<boolean> {
  const { mode } = await stat(path);
  return (mode & 0o077) === 0;
}
