/** Looks for a mongod until it is killed. Arguments: cache directory, download site. */
import { pino } from 'pino';
import { findMongod } from '../../../src/embedded/find-mongod.ts';

const [cacheDir = '', downloadSite = ''] = process.argv.slice(2);
const env = { PATH: process.env.PATH };
await findMongod({ env, cacheDir, downloadSite, log: pino({ level: 'silent' }) });
