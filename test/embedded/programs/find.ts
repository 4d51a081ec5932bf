/** Looks for a mongod and prints what it has found. Arguments: cache directory, download site. */
import { pino } from 'pino';
import { findMongod } from '../../../src/embedded/find-mongod.ts';

const [cacheDir = '', downloadSite = ''] = process.argv.slice(2);
const env = { PATH: process.env.PATH };
const log = pino({ level: 'silent' });
const found = await findMongod({ env, cacheDir, downloadSite, log });
process.stdout.write(`${JSON.stringify(found)}\n`);
