import process from 'node:process';
import { pino } from 'pino';
import { parseConfig } from '../config.ts';
import { openDatabase } from '../database.ts';
import { isLedgerError } from '../domain/ledger-error.ts';
import { type KeyStore, openKeyStore } from '../store/key-store.ts';

/** The command was called wrongly. */
export class UsageError extends Error {}

/** What a command does once its arguments are read. What it gives is printed as JSON. */
export type Command = (store: KeyStore) => Promise<unknown>;

/** A program beside the service, by the name that it is run by. */
export interface Program {
  readonly name: string;
  /** Printed where the arguments are wrong. */
  readonly usage: string;
  /**
   * Reads the arguments, before a database is looked for.
   *
   * @throws UsageError
   */
  readonly parse: (args: string[]) => Command | Promise<Command>;
}

/** Runs a program with the arguments of the process, to its exit status: 2 where they are wrong, 1 for any other failure. */
export function runProgram(program: Program): void {
  run(program).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    const isUsage =
      error instanceof UsageError || isLedgerError(error) || code?.startsWith('ERR_PARSE_ARGS');
    process.stderr.write(
      `${program.name}: ${(error as Error).message}\n${isUsage ? `\n${program.usage}` : ''}`,
    );
    process.exitCode = isUsage ? 2 : 1;
  });
}

async function run(program: Program): Promise<void> {
  const command = await program.parse(process.argv.slice(2));
  // biome-ignore lint/style/noProcessEnv: a command is an entry of its own, beside main.ts.
  const env = process.env;
  const config = parseConfig(env);
  // Standard output is the JSON's alone.
  const log = pino({ level: 'warn', base: null }, process.stderr);
  const database = await openDatabase({ config, env, log });
  try {
    const store = await openKeyStore(database, log);
    try {
      process.stdout.write(`${JSON.stringify(await command(store), null, 2)}\n`);
    } finally {
      await store.close();
    }
  } finally {
    await database.close();
  }
}
