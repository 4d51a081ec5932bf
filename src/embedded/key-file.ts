import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
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
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw error;
    }
  }
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
