import process from 'node:process';
import { pino } from 'pino';
import { ConfigError, parseConfig } from './config.ts';
import { EmbeddedError } from './embedded/embedded-error.ts';
import { startService } from './service.ts';
import { DatabaseUnusableError } from './store/connection.ts';
import { createWelcome } from './welcome.ts';

/** The exit status of a start that failed for a reason the operator can mend. */
const startFailed = 1;

/** Signals that come this soon after the first are the same one, in milliseconds: a terminal signals npm and the service alike. */
const sameSignalMs = 500;

/** What a second signal ends the service with: cut off, as a shell tells of a SIGINT. */
const cutOff = 130;

async function main(): Promise<void> {
  const config = parseConfig(process.env);
  const log = pino({
    level: config.logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
  });
  const starting = new AbortController();
  let stop: (() => Promise<void>) | undefined;
  let stoppingSince: number | undefined;
  const end = (signal: NodeJS.Signals) => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince < sameSignalMs) return;
      process.exit(cutOff);
    }
    stoppingSince = performance.now();
    log.info({ signal }, 'draining');
    starting.abort(new Error(`ended by ${signal}`));
    stop?.().catch(fail);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);

  const service = await startService(
    { config, env: process.env, log, signal: starting.signal },
    (error) => {
      log.fatal({ err: error }, 'the embedded database is lost');
      process.exitCode = startFailed;
      if (stoppingSince === undefined) end('SIGTERM');
    },
  ).catch((error: unknown) => {
    // A start that was given up is an end like any other.
    if (starting.signal.aborted) return undefined;
    throw error;
  });
  if (!service) return;
  if (service.firstKey) {
    const shown = config.apiKey === undefined ? service.firstKey.key : undefined;
    process.stdout.write(createWelcome(service.address, service.firstKey, shown));
  }
  collectGarbage();
  log.info({ address: service.address }, 'ready');
  stop = async () => {
    await service.stop();
    log.info('ended');
    process.off('SIGTERM', end);
    process.off('SIGINT', end);
  };
  if (stoppingSince !== undefined) await stop();
}

/**
 * Gives back the memory that only the start needed, once, before the service says that it is ready: V8 keeps the space for young
 * objects as large as it has ever been, unless it is told that memory is short. Possible where node is started with --expose-gc.
 */
function collectGarbage(): void {
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/** Ends with a sentence where the operator can mend what is wrong, and with the stack of a defect. */
function fail(error: unknown): void {
  const isForeseen =
    error instanceof ConfigError ||
    error instanceof DatabaseUnusableError ||
    error instanceof EmbeddedError ||
    // Of the system, such as a port that is in use: the listener has made a sentence of it.
    /^E[A-Z]+$/.test(String((error as NodeJS.ErrnoException).code));
  const text = isForeseen ? (error as Error).message : ((error as Error).stack ?? String(error));
  process.stderr.write(`customer-ledger: ${text}\n`);
  process.exitCode = startFailed;
}

main().catch(fail);
