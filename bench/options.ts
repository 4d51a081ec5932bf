import { parseArgs } from 'node:util';

export const protocols = ['grpc', 'connect', 'rest'] as const;
export type Protocol = (typeof protocols)[number];

export const works = ['get', 'list', 'state'] as const;
export type Work = (typeof works)[number];

/** How many customers the large ledger has. */
const customersDefault = 1_000_000;
const customersMax = 10_000_000;

/** What is measured, and for how long. */
export interface Options {
  readonly rounds: number;
  /** How long one run lasts, about. */
  readonly seconds: number;
  /** The work on customers that is measured. */
  readonly works: readonly Work[];
  /** Whether payments are measured. */
  readonly payments: boolean;
  /** Whether changes of state are measured beside the bare write. */
  readonly changes: boolean;
  readonly protocols: readonly Protocol[];
  /** How many customers the large ledger has, where the reads of a large and a small one are compared instead of all else. */
  readonly scale: number | undefined;
}

/** Reads the options of the command line. */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string' },
      protocol: { type: 'string' },
      customers: { type: 'string' },
      smoke: { type: 'boolean', default: false },
    },
  });
  const [part, ...rest] = positionals;
  if ((part !== undefined && part !== 'scale') || rest.length > 0) {
    throw new Error(`what is "${positionals.join(' ')}"? The one other benchmark is "scale".`);
  }
  const only = choose('only', [...works, 'payment', 'change'] as const, values.only);
  const customers = readNumber('customers', values.customers, customersDefault, customersMax);
  return {
    rounds: readNumber('rounds', values.rounds, values.smoke ? 1 : 5),
    seconds: readNumber('seconds', values.seconds, values.smoke ? 0.2 : 2),
    works: works.filter((work) => only.includes(work)),
    payments: only.includes('payment'),
    changes: only.includes('change'),
    protocols: choose('protocol', protocols, values.protocol),
    scale: part === 'scale' ? customers : undefined,
  };
}

function readNumber(name: string, text: string | undefined, fallback: number, max = 1_000): number {
  const number = text === undefined ? fallback : Number(text);
  if (!(number > 0 && number <= max)) {
    throw new Error(`--${name} must be a number above 0, and at most ${max}`);
  }
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
