import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig, variables } from '../../src/config.ts';

describe('the configuration', () => {
  it('has a default for everything', () => {
    const defaults = {
      host: '127.0.0.1',
      port: 8080,
      mongodbUri: undefined,
      mongodbDatabase: undefined,
      dataDir: './data',
      mongodBinary: undefined,
      cacheDir: undefined,
      apiKey: undefined,
      drainTimeoutMs: 10_000,
      requestTimeoutMs: 10_000,
      bodyBytesMax: 1_048_576,
      logLevel: 'info',
    };
    expect(parseConfig({})).toEqual(defaults);
    const empty = Object.values(variables).map(({ name }) => [name, '']);
    expect(parseConfig(Object.fromEntries(empty))).toEqual(defaults);
  });

  it('takes each variable from its name', () => {
    const env = {
      HOST: '0.0.0.0',
      PORT: '0',
      MONGODB_URI: 'mongodb://a,b/c?replicaSet=d',
      MONGODB_DATABASE: 'books',
      DATA_DIR: '/var/lib/ledger',
      MONGOD_BINARY: '/usr/bin/mongod',
      CACHE_DIR: '/var/cache',
      API_KEY: 'a-key-of-clients',
      DRAIN_TIMEOUT_MS: '0',
      REQUEST_TIMEOUT_MS: '100',
      BODY_BYTES_MAX: '1024',
      LOG_LEVEL: 'warn',
    };
    expect(parseConfig({ ...env, OTHER: 'x' })).toEqual({
      host: '0.0.0.0',
      port: 0,
      mongodbUri: 'mongodb://a,b/c?replicaSet=d',
      mongodbDatabase: 'books',
      dataDir: '/var/lib/ledger',
      mongodBinary: '/usr/bin/mongod',
      cacheDir: '/var/cache',
      apiKey: 'a-key-of-clients',
      drainTimeoutMs: 0,
      requestTimeoutMs: 100,
      bodyBytesMax: 1024,
      logLevel: 'warn',
    });
    const names = Object.values(variables).map(({ name }) => name);
    expect(Object.keys(env).sort()).toEqual(names.sort());
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['PORT', '8080x'],
    ['PORT', '0x50'],
    ['PORT', '1e3'],
    ['PORT', ' 80'],
    ['PORT', 'NaN'],
    ['DRAIN_TIMEOUT_MS', '3600001'],
    ['REQUEST_TIMEOUT_MS', '99'],
    ['REQUEST_TIMEOUT_MS', '300001'],
    ['REQUEST_TIMEOUT_MS', '9'.repeat(30)],
    ['BODY_BYTES_MAX', '1023'],
    ['BODY_BYTES_MAX', '16777217'],
    ['LOG_LEVEL', 'verbose'],
    ['LOG_LEVEL', 'INFO'],
    ['API_KEY', 'fifteen-letters'],
    ['API_KEY', 'x'.repeat(201)],
    ['API_KEY', 'has a space in it, so no'],
    ['API_KEY', 'not-ascii-größe-größe'],
  ])('refuses %s=%s, naming the variable and never the value', (name, value) => {
    const parse = () => parseConfig({ [name]: value });
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(new RegExp(`^${name} must be `));
    expect(parse).not.toThrow(value);
  });

  it('takes the keys that clients may already send', () => {
    for (const apiKey of ['x'.repeat(16), '!'.repeat(200), 't-5f3d-"quoted"-~']) {
      expect(parseConfig({ API_KEY: apiKey }).apiKey).toBe(apiKey);
    }
  });

  it('names every variable that is wrong at once', () => {
    const parse = () => parseConfig({ PORT: 'x', LOG_LEVEL: 'y', API_KEY: 'z', HOST: 'h' });
    expect(parse).toThrow(
      'PORT must be a whole number from 0 to 65535. API_KEY must be 16 to 200 visible ASCII characters. LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent.',
    );
  });
});
