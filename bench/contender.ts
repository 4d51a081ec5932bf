import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from './database.ts';
import type { Protocol } from './options.ts';
import { type ServerUnderTest, startServerUnderTest } from './server-under-test.ts';

const root = join(import.meta.dirname, '..');

/** How long after its start the memory of a server at rest is read, in milliseconds. */
const restMs = 3_000;

/** A side of the comparison: a server, and the protocol it is driven by. */
export interface ContenderPlan {
  readonly name: string;
  readonly protocol: Protocol;
  /** The protocols of the service for which this one is measured too. */
  readonly neededFor: readonly Protocol[];
  readonly isPlain: boolean;
  /** What node is started with. */
  readonly args: readonly string[];
}

export interface Contender extends ContenderPlan {
  readonly key: string;
  readonly database: string;
  readonly server: ServerUnderTest;
  /** The resident memory a few seconds after the start, in megabytes. */
  readonly restMemory: number;
}

/** Names the sides: the service once for each protocol, and the two servers written by hand. */
export function planContenders(startArgs: readonly string[]): ContenderPlan[] {
  const service = { args: startArgs, isPlain: false };
  const plain = (name: string) => ({ args: [`dist/bench/${name}.js`], isPlain: true });
  return [
    { name: 'service, gRPC', protocol: 'grpc', neededFor: ['grpc'], ...service },
    { name: 'grpc-js', protocol: 'grpc', neededFor: ['grpc', 'connect'], ...plain('grpc') },
    { name: 'service, Connect JSON', protocol: 'connect', neededFor: ['connect'], ...service },
    { name: 'fastify', protocol: 'rest', neededFor: ['rest', 'connect'], ...plain('rest') },
    { name: 'service, REST', protocol: 'rest', neededFor: ['rest'], ...service },
  ];
}

/** Starts a side on a database of its own and reads its memory at rest. */
export async function startContender(plan: ContenderPlan, mongod: Database): Promise<Contender> {
  const key = `bench_${randomBytes(24).toString('base64url')}`;
  const database = `bench_${plan.name.replaceAll(/\W+/g, '_')}`;
  if (plan.isPlain) await mongod.seed(database, key, true);
  const server = await startServerUnderTest(
    plan.args,
    {
      MONGODB_URI: mongod.uri,
      MONGODB_DATABASE: database,
      API_KEY: key,
      PROTO_DIR: join(root, 'proto'),
    },
    root,
  );
  try {
    if (!plan.isPlain) await mongod.seed(database, key, false);
    await sleep(restMs);
    const { now } = await server.readMemory();
    return { ...plan, key, database, server, restMemory: now };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
