import { parseArgs } from 'node:util';
import { type Command, runProgram, UsageError } from './command.ts';

const usage = `Usage:
  npm run --silent tenants -- list
  npm run --silent tenants -- suspend NAME
  npm run --silent tenants -- resume NAME

A tenant comes to be with its first key (npm run keys -- create). While it is suspended all of its keys are refused, within 5
seconds; nothing of it is changed. The database is that of MONGODB_URI, or the embedded one in DATA_DIR.
`;

function parse([verb, ...rest]: string[]): Command {
  const { positionals } = parseArgs({ args: rest, allowPositionals: true });
  const [name, ...others] = positionals;
  if (verb === 'list' && name === undefined) return ({ tenants }) => tenants.list();
  if (verb !== 'suspend' && verb !== 'resume') {
    throw new UsageError(verb === undefined ? 'a command is missing' : 'unknown command');
  }
  if (name === undefined || others.length > 0) throw new UsageError('one NAME must be given');
  return async ({ tenants }) => {
    const changed = await tenants[verb](name);
    if (changed) return changed;
    throw new UsageError(
      `there is no such tenant that is ${verb === 'suspend' ? 'not ' : ''}suspended`,
    );
  };
}

runProgram({ name: 'tenants', usage, parse });
