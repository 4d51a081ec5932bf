import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { customersCount } from './database.ts';
import { clientsCount } from './measure.ts';
import type { Options } from './options.ts';
import { pageSize } from './request.ts';

const root = join(import.meta.dirname, '..');

interface Manifest {
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
}

function readManifest(dir: string): Manifest {
  return JSON.parse(readFileSync(join(root, dir, 'package.json'), 'utf8')) as Manifest;
}

/** Reads what the service is started with, from the script that starts it, so that neither can drift from the other. */
export function readStartArgs(): string[] {
  const [, args] = /^exec node (.+)$/.exec(readManifest('.').scripts.start ?? '') ?? [];
  if (args === undefined) throw new Error('the start script of package.json is no exec of node');
  return args.split(' ');
}

/** Writes on what machine and with which versions was measured, as a list in markdown. */
export function formatMachine(versions: readonly string[]): string {
  const versionOf = (name: string) => `${name} ${readManifest(`node_modules/${name}`).version}`;
  const cores = cpus();
  const memory = (totalmem() / 1e9).toFixed(0);
  return [
    `- ${new Date().toISOString().slice(0, 10)}, ${cores[0]?.model}, ${cores.length} cores for servers, clients and mongod together, ${memory} GB, ${process.platform} ${process.arch}.`,
    `- node ${process.version}, ${versions.join(', ')}, ${['mongodb', '@connectrpc/connect', '@grpc/grpc-js', '@grpc/proto-loader', 'fastify', 'pino'].map(versionOf).join(', ')}.`,
  ].join('\n');
}

/** Writes how the sides were started, as an item of that list. */
export function formatStart(): string {
  return `- The service is started as by npm start: \`node ${readStartArgs().join(' ')}\`, in a process of its own for each protocol; what is written by hand by \`node\` without flags, compiled too.`;
}

/** Writes how calls on customers were measured, as a list in markdown. */
export function formatCallNotes({ rounds, seconds }: Options): string {
  return [
    `- ${clientsCount} clients at the same time, each an h2load with one connection, one call at a time and a customer of its own, of ${customersCount} customers. gRPC is HTTP/2; Connect JSON and REST are HTTP/1.1. A list has ${pageSize} customers.`,
    `- Rounds: ${rounds}, of about ${seconds} s for each side and work, all sides in turn in each round, after a warm-up. Medians over the rounds. CPU is user and system time of the whole server process; a CPU ratio above 1 means that the service needs less. mongod and h2load are not counted. MB are 10^6 bytes.`,
    '- The same on all sides: writes w:majority, reads readConcern majority from the primary, retried by the driver; 64 connections to mongod at the most; an API key looked up by its SHA-256 and remembered for 4 s; input validated; one line of pino for each call to /dev/null, with method, code, time, request id, tenant and key; the request id answered.',
    '- What the servers written by hand do not have: a history (each change of the service writes its entry with it and relays it, and that CPU is counted as its own), deadlines kept by the server itself, other protocols on the same port, limits of connections, streams and time-outs, page tokens bound to their list, refusals with details.',
    '- Every answer is verified: its HTTP status, reads by a probe before and after each run and the bytes of all answers, changes by the versions in the database.',
  ].join('\n');
}
