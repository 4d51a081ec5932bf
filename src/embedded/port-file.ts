import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Reads the port on which the data in `dbPath` was served last; undefined for new data. */
export async function readLastPort(dbPath: string): Promise<number | undefined> {
  const text = await readFile(portFileOf(dbPath), 'utf8').catch(() => '');
  const port = Number(text);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

/** Records the port on which the data in `dbPath` is served. */
export async function writeLastPort(dbPath: string, port: number): Promise<void> {
  await writeFile(portFileOf(dbPath), String(port));
}

function portFileOf(dbPath: string): string {
  return join(dbPath, 'customer-ledger.port');
}
