import { runRounds } from '../rounds.ts';
import { type Ends, type Stage, withEnds } from '../stage.ts';
import { type Comparison, formatComparisons } from '../table.ts';
import { verify } from './audit.ts';
import { alone, apart, type Crowd, crowds, together } from './crowd.ts';
import { formatPaymentNotes } from './notes.ts';
import { type Payer, startDriverPayer, startServicePayer } from './payer.ts';
import { type Cell, calibrate, compareWrites, run, warmUp } from './run.ts';

const driver = 'bare driver';

/** What a payment of the service is compared with, and what is to be reached. */
const pairs: readonly {
  readonly work: string;
  readonly service: Crowd;
  readonly driver: Crowd;
  readonly target?: number;
}[] = [
  { work: alone.name, service: alone, driver: alone, target: 0.7 },
  { work: apart.name, service: apart, driver: apart, target: 0.7 },
  { work: `${together.name} : an account each`, service: together, driver: apart, target: 0.25 },
  { work: together.name, service: together, driver: together },
];

/** Measures payments of the service beside the driver alone; gives the table and the notes. */
export async function benchPayments(stage: Stage): Promise<string[]> {
  return await withEnds(async (ends) => {
    const payers = await startPayers(stage, ends);
    const cells = crowds.flatMap((crowd) => payers.map((payer) => ({ payer, crowd })));
    const payments = new Map<Cell, number>();
    for (const payer of payers) {
      process.stderr.write(`warming up ${payer.name}\n`);
      await warmUp(payer, stage.options.seconds);
    }
    await compareWrites(payers);
    for (const cell of cells) {
      payments.set(cell, await calibrate(cell, stage.options.seconds));
    }
    const runs = await runRounds(
      cells,
      stage.options.rounds,
      async (cell) => await run(cell, payments.get(cell) ?? 1),
    );
    for (const { ledger } of payers) await verify(ledger.db);
    const runsOf = (name: string, crowd: Crowd) =>
      runs[cells.findIndex((cell) => cell.payer.name === name && cell.crowd === crowd)] ?? [];
    const comparisons = pairs.flatMap((pair) =>
      payers
        .filter(({ name }) => name !== driver)
        .map(({ name }): Comparison => {
          const { work, target } = pair;
          const service = runsOf(name, pair.service);
          return {
            work,
            sides: [name, driver],
            service,
            plain: runsOf(driver, pair.driver),
            target,
          };
        }),
    );
    return [formatComparisons('payment', comparisons), formatPaymentNotes(stage.options)];
  });
}

async function startPayers(stage: Stage, ends: Ends): Promise<Payer[]> {
  const payers: Payer[] = [];
  const add = (payer: Payer) => {
    ends.push(() => payer.child.stop());
    payers.push(payer);
  };
  const { protocols } = stage.options;
  if (protocols.includes('rest')) add(await startServicePayer('service, REST', 'rest', stage));
  if (protocols.includes('grpc')) add(await startServicePayer('service, gRPC', 'grpc', stage));
  add(await startDriverPayer(driver, stage));
  return payers;
}
