import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedError, toSentence } from './embedded-error.ts';
import { type EmbeddedMongod, type MongodOptions, startEmbeddedMongod } from './mongod.ts';

const restartsMax = 5;
const restartWindowMs = 10 * 60_000;
const firstWaitMs = 250;

export type KeepOptions = Omit<MongodOptions, 'onExit'> & {
  /** Is called for the first mongod and for each that takes its place. */
  readonly onStart: (mongod: EmbeddedMongod) => Promise<void>;
  /** Is called once when mongod keeps ending and is not started again. */
  readonly onLost: (error: EmbeddedError) => void;
};

export type KeptMongod = Pick<EmbeddedMongod, 'uri' | 'port' | 'version' | 'stop'>;

/**
 * Starts an embedded mongod and, when it ends by itself, starts it again on the same port, so that
 * clients find it under the address they have. Not without end: five times in ten minutes.
 *
 * @throws EmbeddedError as `startEmbeddedMongod`, when the first start fails.
 */
export async function keepMongodRunning(options: KeepOptions): Promise<KeptMongod> {
  const { log, onStart, onLost } = options;
  const stopping = new AbortController();
  const restartedAt: number[] = [];
  let restarting: Promise<void> = Promise.resolve();

  const start = async (port: number | undefined, signal: AbortSignal | undefined) => {
    const started = await startEmbeddedMongod({ ...options, port, signal, onExit: onEnd });
    await onStart(started);
    return started;
  };

  const restart = async (): Promise<void> => {
    for (;;) {
      const recent = restartedAt.filter((at) => Date.now() - at < restartWindowMs);
      if (recent.length >= restartsMax) {
        onLost(
          new EmbeddedError('start-failed', `The embedded mongod ended ${restartsMax + 1} times.`),
        );
        return;
      }
      restartedAt.push(Date.now());
      await delay(firstWaitMs * 2 ** recent.length, undefined, { signal: stopping.signal });
      try {
        mongod = await start(mongod.port, stopping.signal);
        log.info({ port: mongod.port }, 'the embedded mongod runs again');
        return;
      } catch (error) {
        stopping.signal.throwIfAborted();
        log.error(toSentence(error));
      }
    }
  };

  function onEnd(sentence: string): void {
    log.error(`${sentence} It is started again.`);
    // The only rejection is that of `stopping`.
    restarting = restart().catch(() => {});
  }

  let mongod = await start(options.port, options.signal);
  return {
    uri: mongod.uri,
    port: mongod.port,
    version: mongod.version,
    stop: async () => {
      stopping.abort();
      await restarting;
      await mongod.stop();
    },
  };
}
