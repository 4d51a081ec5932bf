import type { Run } from './load.ts';

/**
 * Runs all sides in turn, round by round, each round beginning with another one. Gives the runs of the sides in their order, one for
 * each round.
 */
export async function runRounds<Side>(
  sides: readonly Side[],
  rounds: number,
  run: (side: Side) => Promise<Run>,
): Promise<Run[][]> {
  const runs = sides.map((): Run[] => []);
  for (let round = 0; round < rounds; round += 1) {
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
    for (let turn = 0; turn < sides.length; turn += 1) {
      const index = (round + turn) % sides.length;
      runs[index]?.push(await run(sides[index] as Side));
    }
  }
  return runs;
}
