/** How wide the bar is, in characters. */
const width = 30;

/** Shows on standard error how far a piece of work has come. */
export interface Progress {
  /** Tells that so many more are done. */
  add(count: number): void;
}

/** Starts a progress bar; where standard error is no terminal, it is written once for each tenth. */
export function startProgress(title: string, total: number): Progress {
  const { isTTY } = process.stderr;
  const steps = isTTY ? 100 : 10;
  let done = 0;
  let shown = -1;
  return {
    add(count) {
      done += count;
      const step = Math.floor((done / total) * steps);
      if (step === shown) return;
      shown = step;
      const filled = Math.round((done / total) * width);
      const bar = '#'.repeat(filled) + '.'.repeat(width - filled);
      const line = `${title.padEnd(32)} [${bar}] ${done.toLocaleString('en')} of ${total.toLocaleString('en')}`;
      process.stderr.write(isTTY ? `\r${line}${done === total ? '\n' : ''}` : `${line}\n`);
    },
  };
}
