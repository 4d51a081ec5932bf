import process from 'node:process';
import { text as readAll } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { parseConfig } from '../config.ts';
import { openDatabase } from '../database.ts';
import { keyNameMax, keyPattern, tenantPattern } from '../domain/api-key.ts';
import { openKeys } from '../store/key-store.ts';
import type { Keys } from '../store/keys.ts';

const usage = `Usage:
  npm run --silent keys -- create --tenant NAME [--name TEXT] [--key-stdin]
  npm run --silent keys -- list [--tenant NAME]
  npm run --silent keys -- revoke KEY_ID

create makes a key, and the tenant if there is none of that name, and prints it as JSON, the key itself this once.
With --key-stdin the key is read from standard input: 16 to 200 visible ASCII characters.
revoke takes effect within 5 seconds. The database is that of MONGODB_URI, or the embedded one in DATA_DIR.
`;

/** The command was called wrongly. */
class UsageError extends Error {}

type Command = (keys: Keys) => Promise<unknown>;

/** Reads the arguments of the command, to the end of standard input where the key comes from there. */
async function parseCommand(args: string[]): Promise<Command> {
  const [verb, ...rest] = args;
  switch (verb) {
    case 'create':
      return await parseCreate(rest);
    case 'list': {
      const { tenant } = parseArgs({ args: rest, options: { tenant: { type: 'string' } } }).values;
      return (keys) => keys.list(tenant);
    }
    case 'revoke': {
      const { positionals } = parseArgs({ args: rest, allowPositionals: true });
      const [id] = positionals;
      if (id === undefined || positionals.length > 1) throw new UsageError('revoke takes one id');
      return async (keys) => {
        const revoked = await keys.revoke(id);
        if (!revoked) throw new UsageError('there is no such key that is not revoked');
        return revoked;
      };
    }
    default:
      throw new UsageError(verb === undefined ? 'a command is missing' : 'unknown command');
  }
}

async function parseCreate(args: string[]): Promise<Command> {
  const { values } = parseArgs({
    args,
    options: {
      tenant: { type: 'string' },
      name: { type: 'string', default: '' },
      'key-stdin': { type: 'boolean', default: false },
    },
  });
  const { tenant, name } = values;
  if (tenant === undefined || !tenantPattern.test(tenant)) {
    throw new UsageError(
      '--tenant must be 1 to 63 lower-case letters, digits and hyphens, beginning with a letter',
    );
  }
  if ([...name].length > keyNameMax) {
    throw new UsageError(`--name must be at most ${keyNameMax} characters`);
  }
  const key = values['key-stdin'] ? (await readAll(process.stdin)).trimEnd() : undefined;
  if (key !== undefined && !keyPattern.test(key)) {
    throw new UsageError('the key must be 16 to 200 visible ASCII characters');
  }
  return async (keys) => {
    const created = await keys.create({ tenant, name, ...(key !== undefined && { key }) });
    if (!created) throw new UsageError('the key is registered already, or was and is revoked');
    // A key that came in is known where it came from.
    return key === undefined ? created : { ...created, key: undefined };
  };
}

async function main(): Promise<void> {
  const command = await parseCommand(process.argv.slice(2));
  // biome-ignore lint/style/noProcessEnv: a command is an entry of its own, beside main.ts.
  const env = process.env;
  const config = parseConfig(env);
  // Standard output is the JSON's alone.
  const log = pino({ level: 'warn', base: null }, process.stderr);
  const database = await openDatabase({ config, env, log });
  try {
    const keys = await openKeys(database, log);
    try {
      process.stdout.write(`${JSON.stringify(await command(keys), null, 2)}\n`);
    } finally {
      await keys.close();
    }
  } finally {
    await database.close();
  }
}

main().catch((error: unknown) => {
  const { code } = error as NodeJS.ErrnoException;
  const isUsage = error instanceof UsageError || code?.startsWith('ERR_PARSE_ARGS');
  process.stderr.write(`keys: ${(error as Error).message}\n${isUsage ? `\n${usage}` : ''}`);
  process.exitCode = isUsage ? 2 : 1;
});
