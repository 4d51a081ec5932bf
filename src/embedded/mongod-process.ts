import { once } from 'node:events';
import type { Logger } from 'pino';
import { EmbeddedError } from './embedded-error.ts';
import { type Environment, environmentOfMongod } from './environment.ts';
import { keyFileOf } from './key-file.ts';
import { spawnOnLifeline } from './lifeline.ts';
import { followMongodLog, type MongodLog } from './mongod-log.ts';
import { replicaSetArguments } from './replica-set.ts';

/**
 * mongod's own default is half of the memory of the machine, which an embedded database must not
 * take. 0.25 is the least it accepts; twice that keeps writes going while dirty pages are evicted.
 */
const cacheGigabytes = '0.5';
/** The default is 5 % of the free disk; this is some hundred thousand changes for change streams. */
const oplogMegabytes = '2048';

const stopTimeoutMs = 30_000;

export type MongodCommand = {
  readonly binary: string;
  /** An absolute path. */
  readonly dbPath: string;
  readonly port: number;
  readonly testCommands: boolean;
  /** Runs outside of the replica set, to mend its configuration. */
  readonly alone?: boolean;
  readonly env: Environment;
  readonly log: Logger;
};

export type MongodProcess = {
  /** 0 when it was never started. */
  readonly pid: number;
  readonly log: MongodLog;
  readonly exited: Promise<MongodEnd>;
  /** Ends mongod in good order, or at once when that takes too long; resolves when it is gone. */
  stop(): Promise<void>;
  kill(): void;
};

export type MongodEnd = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
};

/** Spawns a mongod that cannot outlive this process. */
export function spawnMongod(command: MongodCommand): MongodProcess {
  const { child, kill } = spawnOnLifeline(command.binary, mongodArguments(command), {
    env: environmentOfMongod(command.env),
    cwd: command.dbPath,
    graceSeconds: stopTimeoutMs / 1_000,
  });
  const log = followMongodLog(child.stdout, child.stderr, command.log);
  // `close` comes after the last line of output, `error` in place of it when nothing was started.
  const exited = once(child, 'close').then(
    ([code, signal]): MongodEnd => ({ code, signal }),
    (): MongodEnd => ({ code: null, signal: null }),
  );
  const stop = async (): Promise<void> => {
    // Windows knows no signals: there mongod ends hard and replays its journal at the next start.
    child.kill('SIGTERM');
    const timer = setTimeout(kill, stopTimeoutMs);
    await exited;
    clearTimeout(timer);
  };
  return { pid: child.pid ?? 0, log, exited, stop, kill };
}

/** Says how a mongod ended and what it complained of last. */
export function describeEnd({ code, signal }: MongodEnd, log: MongodLog): string {
  const how = signal ? `by ${signal}` : `with status ${code}`;
  const complaints = log.complaints().join('; ');
  return `mongod ended ${how}${complaints ? `: ${complaints}` : ''}.`;
}

/**
 * Explains why a mongod ended before it was ready.
 * Exit codes: https://www.mongodb.com/docs/manual/reference/exit-codes/
 */
export function explainFailedStart(
  end: MongodEnd,
  log: MongodLog,
  { dbPath, port }: MongodCommand,
): EmbeddedError {
  const complaints = log.complaints().join('; ');
  if (complaints.includes('DBPathInUse')) {
    return new EmbeddedError(
      'data-in-use',
      `The data in ${dbPath} is in use by another mongod: end that one first, or set DATA_DIR to ` +
        'another directory.',
    );
  }
  if (end.code === 48) {
    return new EmbeddedError('port-taken', `Port ${port} of 127.0.0.1 is taken.`);
  }
  if (end.code === 62 || /compatibility ?version/i.test(complaints)) {
    return new EmbeddedError(
      'data-incompatible',
      `The data in ${dbPath} was written by another major version of MongoDB. Set MONGOD_BINARY to ` +
        `a mongod of that version, or upgrade the data one major version at a time. (${complaints})`,
    );
  }
  return new EmbeddedError('start-failed', `The embedded ${describeEnd(end, log)}`);
}

function mongodArguments({ dbPath, port, testCommands, alone }: MongodCommand): string[] {
  const parameters = [
    // Otherwise whoever comes first on this machine could make a user without the key.
    'enableLocalhostAuthBypass=false',
    // Samples for MongoDB's support, every second, up to 200 MB of them.
    'diagnosticDataCollectionEnabled=false',
    ...(testCommands ? ['enableTestCommands=1'] : []),
  ];
  return [
    ...(alone ? [] : replicaSetArguments),
    ...['--bind_ip', '127.0.0.1', '--port', String(port)],
    ...['--dbpath', dbPath, '--storageEngine', 'wiredTiger'],
    ...['--keyFile', keyFileOf(dbPath)],
    ...['--wiredTigerCacheSizeGB', cacheGigabytes, '--oplogSize', oplogMegabytes],
    // Nothing to gain on the loopback; the zlib of servers before 2026 leaks memory (CVE-2025-14847).
    ...['--networkMessageCompressors', 'disabled'],
    // Its file in the directory for temporary files would outlive a kill.
    ...(process.platform === 'win32' ? [] : ['--nounixsocket']),
    '--quiet',
    ...parameters.flatMap((parameter) => ['--setParameter', parameter]),
  ];
}
