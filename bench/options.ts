import { parseArgs } from 'node:util';

export const protocols = ['grpc', 'connect', 'rest'] as const;
export type Protocol = (typeof protocols)[number];

export const works = ['get', 'list', 'state'] as const;
export type Work = (typeof works)[number];

/** What is measured, and for how long. */
export interface Options {
  readonly rounds: number;
  /** How long one run lasts, about. */
  readonly seconds: number;
  readonly works: readonly Work[];
  readonly protocols: readonly Protocol[];
}

/** Reads the options of the command line. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string' },
      protocol: { type: 'string' },
      smoke: { type: 'boolean', default: false },
    },
  });
  return {
    rounds: readNumber('rounds', values.rounds, values.smoke ? 1 : 5),
    seconds: readNumber('seconds', values.seconds, values.smoke ? 0.2 : 2),
    works: choose('only', works, values.only),
    protocols: choose('protocol', protocols, values.protocol),
  };
}

function readNumber(name: string, text: string | undefined, fallback: number): number {
  const number = text === undefined ? fallback : Number(text);
  if (!(number > 0 && number <= 1_000)) throw new Error(`--${name} must be a number above 0`);
  return number;
}

function choose<T extends string>(
  name: string,
  values: readonly T[],
  text: string | undefined,
): readonly T[] {
  if (text === undefined) return values;
  const chosen = values.filter((value) => text.split(',').includes(value));
  if (chosen.length === 0) throw new Error(`--${name} must be of ${values.join(', ')}`);
  return chosen;
}
