import { keyPattern } from './domain/api-key.ts';

/** What the service is told by its environment. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** The connection string of a replica set or sharded cluster; undefined for the embedded database. */
  readonly mongodbUri: string | undefined;
  readonly mongodbDatabase: string | undefined;
  readonly dataDir: string;
  readonly mongodBinary: string | undefined;
  readonly cacheDir: string | undefined;
  readonly apiKey: string | undefined;
  readonly drainTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly bodyBytesMax: number;
  readonly logLevel: LogLevel;
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
type LogLevel = (typeof logLevels)[number];

/** One variable of the environment: how it is read, what stands for it when it is not set, and what it is for. */
interface Variable<T> {
  readonly name: string;
  /** What the documentation shows as the default. */
  readonly default: string;
  readonly description: string;
  /** Reads the variable; throws a RangeError that says what is expected, without repeating the value. */
  readonly parse: (value: string | undefined) => T;
}

/** Every variable that the service reads. The table of the README is held equal to this one. */
export const variables: { readonly [Name in keyof Config]: Variable<Config[Name]> } = {
  host: {
    name: 'HOST',
    default: '127.0.0.1',
    description: 'Address to listen on; `0.0.0.0` for all.',
    parse: (value = '127.0.0.1') => value,
  },
  port: {
    name: 'PORT',
    default: '8080',
    description: 'Port of all protocols; 0 takes a free one.',
    parse: integer(8080, 0, 65_535),
  },
  mongodbUri: {
    name: 'MONGODB_URI',
    default: 'embedded database',
    description: 'Connection string of a replica set or sharded cluster, MongoDB 6.0 to 8.x.',
    parse: (value) => value,
  },
  mongodbDatabase: {
    name: 'MONGODB_DATABASE',
    default: "the URI's, else `ledger`",
    description: 'Name of the database.',
    parse: (value) => value,
  },
  dataDir: {
    name: 'DATA_DIR',
    default: './data',
    description: 'Where the embedded database keeps its files.',
    parse: (value = './data') => value,
  },
  mongodBinary: {
    name: 'MONGOD_BINARY',
    default: 'looked for',
    description: 'The mongod to run as the embedded database.',
    parse: (value) => value,
  },
  cacheDir: {
    name: 'CACHE_DIR',
    default: "the user's cache directory",
    description: 'Where a downloaded mongod is kept.',
    parse: (value) => value,
  },
  apiKey: {
    name: 'API_KEY',
    default: 'generated',
    description: 'The first key of an empty ledger: 16 to 200 visible ASCII characters.',
    parse(value) {
      if (value !== undefined && !keyPattern.test(value)) {
        throw new RangeError('16 to 200 visible ASCII characters');
      }
      return value;
    },
  },
  drainTimeoutMs: {
    name: 'DRAIN_TIMEOUT_MS',
    default: '10000',
    description: 'How long a stop waits for what is in flight.',
    parse: integer(10_000, 0, 3_600_000),
  },
  requestTimeoutMs: {
    name: 'REQUEST_TIMEOUT_MS',
    default: '10000',
    description: 'The longest a call may take once it has arrived; a client may ask for less.',
    parse: integer(10_000, 100, 300_000),
  },
  bodyBytesMax: {
    name: 'BODY_BYTES_MAX',
    default: '1048576',
    description: 'The largest request body or message.',
    parse: integer(1_048_576, 1_024, 16_777_216),
  },
  logLevel: {
    name: 'LOG_LEVEL',
    default: 'info',
    description: `One of ${logLevels.join(', ')}; \`warn\` leaves out the line of each call.`,
    parse(value = 'info') {
      const level = logLevels.find((known) => known === value);
      if (!level) throw new RangeError(`one of ${logLevels.join(', ')}`);
      return level;
    },
  },
};

/** The environment does not configure a service. The message names each variable that is wrong, and never its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the configuration from the environment. A variable that is empty counts as not set.
 *
 * @throws ConfigError that names every variable that is wrong
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const config: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const [field, variable] of Object.entries(variables)) {
    try {
      config[field] = variable.parse(env[variable.name] || undefined);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      wrong.push(`${variable.name} must be ${error.message}.`);
    }
  }
  if (wrong.length > 0) throw new ConfigError(wrong.join(' '));
  return config as unknown as Config;
}

function integer(fallback: number, min: number, max: number) {
  return (value: string | undefined): number => {
    if (value === undefined) return fallback;
    const number = /^\d{1,12}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= min && number <= max)) {
      throw new RangeError(`a whole number from ${min} to ${max}`);
    }
    return number;
  };
}
