import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from './contender.ts';
import { customerId, type Database } from './database.ts';
import { type HttpLoad, loadHttp } from './h2load.ts';
import type { Run } from './load.ts';
import type { Work } from './options.ts';
import { normalise, probe } from './probe.ts';
import { createRequest, type Request } from './request.ts';

/** How many clients call at the same time, each with one connection, one call at a time and a customer of its own. */
export const clientsCount = 16;

/** What a server still does for calls that it has answered is counted as theirs: the service relays its history. */
const settleMs = 200;

/** The fewest calls of a run, for each second that it is to last: CPU time is told in hundredths of a second. */
const callsPerSecondMin = 800;

/** A side and a piece of work, ready to be run. */
export interface Cell {
  readonly contender: Contender;
  readonly work: Work;
  readonly requests: readonly Request[];
}

/** Prepares the requests of a cell; each client has a customer of its own. */
export function createCell(contender: Contender, work: Work): Cell {
  const requests = Array.from({ length: clientsCount }, (_, index) =>
    createRequest(contender.protocol, work, customerId(index), contender.key),
  );
  return { contender, work, requests };
}

/** Gives the answer of a cell to one call of a read, for comparison with that of another side; undefined for a change. */
export async function answerOf({ contender, work, requests }: Cell): Promise<string | undefined> {
  const [request] = requests;
  if (work === 'state' || !request) return undefined;
  return normalise(request, work, await probe(contender.server.origin, request));
}

/**
 * Runs a cell and verifies that every call has succeeded. h2load sees no more than the HTTP status, which is 200 for a gRPC call
 * that failed: so all answers of reads together must have as many bytes as good ones have, and changes must be found in the
 * database, one for each call.
 *
 * @throws Error when a call did not do what it should
 */
export async function run(
  cell: Cell,
  mongod: Database,
  callsPerClient: number,
  dir: string,
): Promise<Run> {
  const { server } = cell.contender;
  const verify = cell.work === 'state' ? await watchChanges(cell, mongod) : await watchBytes(cell);
  const cpuBefore = await server.readCpuUs();
  const measured = await loadHttp(server.origin, cell.requests, callsPerClient, dir);
  await sleep(settleMs);
  const cpuUs = (await server.readCpuUs()) - cpuBefore;
  await verify(measured);
  return { ...measured, cpuUsPerCall: cpuUs / measured.calls };
}

type Verify = (measured: HttpLoad) => Promise<void>;

async function watchBytes({ contender, requests, work }: Cell): Promise<Verify> {
  const probeAll = async () => {
    const answers = await Promise.all(
      requests.map((request) => probe(contender.server.origin, request)),
    );
    return answers.reduce((sum, answer) => sum + answer.length, 0);
  };
  const before = await probeAll();
  return async ({ bodyBytes, calls }) => {
    const after = await probeAll();
    const expected = (before / clientsCount) * calls;
    if (before === after && bodyBytes === expected) return;
    throw new Error(
      `${contender.name}, ${work}: ${bodyBytes} bytes were answered instead of ${expected}`,
    );
  };
}

async function watchChanges({ contender, work }: Cell, mongod: Database): Promise<Verify> {
  const ids = Array.from({ length: clientsCount }, (_, index) => customerId(index));
  const before = await mongod.countChanges(contender.database, ids);
  return async ({ calls }) => {
    const after = await mongod.countChanges(contender.database, ids);
    const changes = after.changes - before.changes;
    if (changes === calls && after.disabled === 0) return;
    throw new Error(`${contender.name}, ${work}: ${calls} calls have made ${changes} changes`);
  };
}

/** Warms a cell up, and gives how many calls each client has to make to keep a run going for so long. */
export async function calibrate(
  cell: Cell,
  mongod: Database,
  seconds: number,
  dir: string,
): Promise<number> {
  const callsMin = 2 * Math.ceil((callsPerSecondMin * seconds) / clientsCount / 2);
  let calls = callsMin;
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const { rate } = await run(cell, mongod, calls, dir);
    // An even number: of two states in turn, it ends with the one that it began with.
    calls = Math.max(callsMin, 2 * Math.round((rate * seconds) / clientsCount / 2));
  }
  return calls;
}
