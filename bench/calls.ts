import { setTimeout as sleep } from 'node:timers/promises';
import { type Contender, planContenders, startContender } from './contender.ts';
import { answerOf, type Cell, calibrate, createCell, run } from './measure.ts';
import type { Protocol, Work } from './options.ts';
import { runRounds } from './rounds.ts';
import { formatCallNotes, readStartArgs } from './settings.ts';
import { type Ends, type Stage, withEnds } from './stage.ts';
import { type Comparison, formatComparisons, formatMemory, type MemoryRow } from './table.ts';

/** How long after the last call the memory is read again, in milliseconds. */
const coolDownMs = 3_000;

const workNames: Record<Work, string> = {
  get: 'Get by id',
  list: 'List 25',
  state: 'Disable/Enable',
};

/** Which side is compared with which, and what is to be reached. */
const pairs: readonly {
  readonly protocol: Protocol;
  readonly sides: readonly [string, string];
  readonly target?: number;
}[] = [
  { protocol: 'grpc', sides: ['service, gRPC', 'grpc-js'], target: 0.4 },
  { protocol: 'connect', sides: ['service, Connect JSON', 'grpc-js'], target: 0.4 },
  { protocol: 'connect', sides: ['service, Connect JSON', 'fastify'] },
  { protocol: 'rest', sides: ['service, REST', 'fastify'], target: 0.7 },
];

/** Measures calls on customers beside servers written by hand, and the memory of all of them; gives the two tables and the notes. */
export async function benchCalls(stage: Stage): Promise<string[]> {
  return await withEnds(async (ends) => {
    const contenders = await startContenders(stage, ends);
    const comparisons: Comparison[] = [];
    for (const work of stage.options.works) {
      comparisons.push(...(await measure(stage, contenders, work)));
    }
    return [
      formatComparisons('call', comparisons),
      formatMemory(await readMemory(contenders)),
      formatCallNotes(stage.options),
    ];
  });
}

async function startContenders({ mongod, options }: Stage, ends: Ends): Promise<Contender[]> {
  const contenders: Contender[] = [];
  for (const plan of planContenders(readStartArgs())) {
    if (!plan.neededFor.some((protocol) => options.protocols.includes(protocol))) continue;
    process.stderr.write(`starting ${plan.name}\n`);
    const contender = await startContender(plan, mongod);
    ends.push(() => contender.server.stop());
    contenders.push(contender);
  }
  return contenders;
}

async function measure(
  { mongod, options, dir }: Stage,
  contenders: readonly Contender[],
  work: Work,
): Promise<Comparison[]> {
  process.stderr.write(`warming up ${work}\n`);
  const cells = contenders.map((contender) => createCell(contender, work));
  await compareAnswers(cells);
  const calls = new Map<Cell, number>();
  for (const cell of cells) {
    calls.set(cell, await calibrate(cell, mongod, options.seconds, dir));
  }
  const runs = await runRounds(
    cells,
    options.rounds,
    async (cell) => await run(cell, mongod, calls.get(cell) ?? 0, dir),
  );
  const runsOf = (name: string) => runs[contenders.findIndex((each) => each.name === name)] ?? [];
  return pairs
    .filter(({ protocol }) => options.protocols.includes(protocol))
    .map(({ sides, target }) => ({
      work: workNames[work],
      sides,
      service: runsOf(sides[0]),
      plain: runsOf(sides[1]),
      target,
    }));
}

/** Sees to it that sides with the same protocol answer the same. */
async function compareAnswers(cells: readonly Cell[]): Promise<void> {
  const answers = new Map<string, string>();
  for (const cell of cells) {
    const answer = await answerOf(cell);
    if (answer === undefined) continue;
    const question = `${cell.contender.protocol} ${cell.work}`;
    const known = answers.get(question) ?? answer;
    if (answer !== known) throw new Error(`${question} is answered ${known} and ${answer}`);
    answers.set(question, answer);
  }
}

async function readMemory(contenders: readonly Contender[]): Promise<MemoryRow[]> {
  await sleep(coolDownMs);
  return await Promise.all(
    contenders.map(async ({ name, restMemory, server }) => ({
      name,
      rest: restMemory,
      end: await server.readMemory(),
    })),
  );
}
