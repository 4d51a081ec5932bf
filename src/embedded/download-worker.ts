/**
 * Downloads the mongod of one version into a directory and prints its path as the last line.
 *
 * A program of its own, because mongodb-memory-server-core cannot be told to stop, prints its
 * progress on stdout, is steered by the environment and stays in memory once it is loaded.
 * Prints `begin` once it is loaded. Arguments: version, directory. What else it must obey is in `environmentOfDownload`.
 */
import { MongoBinary } from 'mongodb-memory-server-core';

process.stdout.write('begin\n');
const [version = '', downloadDir = ''] = process.argv.slice(2);
try {
  const path = await MongoBinary.getPath({ version, downloadDir, checkMD5: true });
  process.stdout.write(`\n${path}\n`);
} catch (error) {
  // On one line, as the reader of it takes the line that is marked.
  process.stderr.write(`\nERROR: ${String(error).replace(/\s+/g, ' ')}\n`);
  process.exitCode = 1;
}
