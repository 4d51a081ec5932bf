/**
 * Serves an embedded database as a service does: until SIGTERM, deaf to SIGINT as if it drained.
 * Arguments: data directory, mongod. Prints one line of JSON when it is ready or has failed.
 */
import { pino } from 'pino';
import { startEmbedded } from '../../../src/embedded/embedded.ts';

const [dataDir = '', binary = ''] = process.argv.slice(2);
const log = pino({ level: 'silent' });
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
try {
  const database = await startEmbedded({
    dataDir,
    binary,
    cacheDir: dataDir,
    env: process.env,
    log,
    onLost: (error) => say({ lost: error.message }),
  });
  process.once('SIGTERM', () => void database.stop().then(() => say({ stopped: true })));
  process.on('SIGINT', () => say({ interrupted: true }));
  say({ uri: database.uri, port: database.port });
} catch (error) {
  say({ error: (error as Error).message, reason: (error as { reason?: string }).reason });
}
