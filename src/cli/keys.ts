import process from 'node:process';
import { text as readAll } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { keyNameMax, keyPattern } from '../domain/api-key.ts';
import { type Grant, grants, isGrant } from '../domain/grant.ts';
import { limitMax } from '../domain/limit.ts';
import { tenantPattern } from '../domain/tenant.ts';
import { type Command, runProgram, UsageError } from './command.ts';
import { parseSpan, parseTimeToCome } from './span.ts';

const usage = `Usage:
  npm run --silent keys -- create --tenant NAME [--name TEXT] [--scopes SCOPE,...] [--expires TIME]
                                  [--rate N] [--concurrency N] [--key-stdin]
  npm run --silent keys -- list [--tenant NAME]
  npm run --silent keys -- rotate KEY_ID [--grace SPAN] [--expires TIME] [--key-stdin]
  npm run --silent keys -- revoke KEY_ID

create makes a key, and the tenant if there is none of that name, and prints it as JSON, the key itself this once.
  --scopes       what it may do: ${grants.slice(0, 4).join(', ')}, ...; everything unless given
  --expires      a span such as 90d, 12h, 30m, or an ISO date or time; never unless given
  --rate         calls a second, --concurrency calls at once, for each service; unlimited unless given
  --key-stdin    the key is read from standard input: 16 to 200 visible ASCII characters
rotate makes a second key with the name, the rights and the limits of a first one, which goes on until it is revoked, or
for the grace. A revocation takes effect within 5 seconds.
The database is that of MONGODB_URI, or the embedded one in DATA_DIR.
`;

/** Reads the arguments of a command, to the end of standard input where the key comes from there. */
async function parse([verb, ...rest]: string[]): Promise<Command> {
  switch (verb) {
    case 'create':
      return await parseCreate(rest);
    case 'list': {
      const { tenant } = parseArgs({ args: rest, options: { tenant: { type: 'string' } } }).values;
      return ({ keys }) => keys.list(tenant);
    }
    case 'rotate':
      return await parseRotate(rest);
    case 'revoke': {
      const { positionals } = parseArgs({ args: rest, allowPositionals: true });
      const id = parseId(positionals);
      return async ({ keys }) => {
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
      scopes: { type: 'string', default: '*' },
      expires: { type: 'string' },
      rate: { type: 'string' },
      concurrency: { type: 'string' },
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
  const request = {
    tenant,
    name,
    scopes: parseScopes(values.scopes),
    ...parseExpiry(values.expires),
    ...parseLimit('rate', 'ratePerSecond', values.rate),
    ...parseLimit('concurrency', 'concurrency', values.concurrency),
    ...(values['key-stdin'] && (await readKey())),
  };
  return async ({ keys }) => showOnce(await keys.create(request), request);
}

async function parseRotate(args: string[]): Promise<Command> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      grace: { type: 'string' },
      expires: { type: 'string' },
      'key-stdin': { type: 'boolean', default: false },
    },
  });
  const request = {
    id: parseId(positionals),
    ...parseGrace(values.grace),
    ...parseExpiry(values.expires),
    ...(values['key-stdin'] && (await readKey())),
  };
  return async ({ keys }) => showOnce(await keys.rotate(request), request);
}

function parseId(positionals: readonly string[]): string {
  const [id] = positionals;
  if (id === undefined || positionals.length > 1) throw new UsageError('one KEY_ID must be given');
  return id;
}

function parseScopes(text: string): Grant[] {
  const scopes = text.split(',').map((scope) => scope.trim());
  if (scopes.every(isGrant)) return scopes;
  throw new UsageError(`--scopes must be of ${grants.join(', ')}`);
}

function parseExpiry(text: string | undefined) {
  if (text === undefined) return undefined;
  const expireTime = parseTimeToCome(text, Date.now());
  if (expireTime) return { expireTime };
  throw new UsageError('--expires must be a span such as 90d, or an ISO date or time to come');
}

function parseGrace(text: string | undefined) {
  if (text === undefined) return undefined;
  const graceMs = parseSpan(text);
  if (graceMs !== undefined) return { graceMs };
  throw new UsageError('--grace must be a span such as 24h, 30m or 0s');
}

function parseLimit(
  option: string,
  field: 'ratePerSecond' | 'concurrency',
  text: string | undefined,
) {
  if (text === undefined) return undefined;
  const limit = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= limitMax) return { [field]: limit };
  throw new UsageError(`--${option} must be a whole number from 1 to ${limitMax}`);
}

async function readKey(): Promise<{ key: string }> {
  const key = (await readAll(process.stdin)).trimEnd();
  if (keyPattern.test(key)) return { key };
  throw new UsageError('the key must be 16 to 200 visible ASCII characters');
}

/** Gives what is printed of a key that was made: one that came in is known where it came from. */
function showOnce(created: object | undefined, request: { readonly key?: string }): object {
  if (!created) throw new UsageError('the key is registered already, or was and is revoked');
  return request.key === undefined ? created : { ...created, key: undefined };
}

runProgram({ name: 'keys', usage, parse });
