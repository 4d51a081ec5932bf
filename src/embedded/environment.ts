/** Holds environment variables by name, as the caller read them once. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * mongod gets only what it may need to be loaded and to find its temporary directory: the
 * service's own secrets would otherwise be readable in its process for as long as it runs.
 */
const mongodKeeps = [
  'PATH',
  'HOME',
  'TMPDIR',
  'TEMP',
  'TMP',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
  'SystemRoot',
];

/** Gives the environment in which every mongod of ours runs. */
export function environmentOfMongod(env: Environment): Environment {
  return {
    ...pick(env, mongodKeeps),
    // A locale that is named but not installed makes mongod refuse to start.
    LC_ALL: 'C',
    // As in the units of the official packages: from 8.0 on, the allocator needs it.
    GLIBC_TUNABLES: 'glibc.pthread.rseq=0',
  };
}

/** Gives the environment less the variables that hold secrets of the service. */
export function withoutSecrets(env: Environment): Environment {
  const { API_KEY: _key, MONGODB_URI: _uri, ...rest } = env;
  return rest;
}

/** Gives the variables of the names that are set. */
export function pick(env: Environment, names: readonly string[]): Environment {
  return Object.fromEntries(names.filter((name) => env[name]).map((name) => [name, env[name]]));
}
