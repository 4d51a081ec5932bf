import type { Database } from './database.ts';
import type { Options } from './options.ts';

/** What every part of the benchmark works with. */
export interface Stage {
  readonly options: Options;
  readonly mongod: Database;
  /** A directory for files that nobody needs afterwards. */
  readonly dir: string;
}

/** What is to be ended when a part is over, the last one first. */
export type Ends = (() => Promise<void>)[];

/** Does a part of the benchmark, then ends what it has started, also when it fails. */
export async function withEnds<T>(part: (ends: Ends) => Promise<T>): Promise<T> {
  const ends: Ends = [];
  try {
    return await part(ends);
  } finally {
    for (const end of ends.reverse()) await end();
  }
}
