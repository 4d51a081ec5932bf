import process from 'node:process';
import { runVerify } from './verify-command.ts';

// biome-ignore lint/style/noProcessEnv: a command is an entry of its own, beside main.ts.
process.exitCode = await runVerify(process.argv.slice(2), process.env, process);
