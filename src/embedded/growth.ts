import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 250;
/** What programs write before the first byte of what they fetch: lock files, pid files. */
const overheadBytes = 4_096;

export type GrowthLimits = {
  /** How long after the begin the first bytes must have come. */
  readonly firstBytesMs: number;
  /** How long the directory may stay as it is after that. */
  readonly stallMs: number;
  /** How long it may take altogether. */
  readonly totalMs: number;
};

/** A program that has not begun by then hangs; on a busy machine, loading one takes seconds. */
const beginMs = 30_000;

/**
 * Watches a directory into which something is fetched, and reports its size, in bytes, at each poll.
 * What it takes to load the program, until `hasBegun`, is not held against the network.
 *
 * @throws Error when a limit is reached; it never returns, and ends with an AbortError on `signal`.
 */
export async function watchGrowth(
  dir: string,
  limits: GrowthLimits,
  { hasBegun, onBytes }: { hasBegun(): boolean; onBytes(bytes: number): void },
  signal: AbortSignal,
): Promise<never> {
  const startedAt = Date.now();
  while (!hasBegun()) {
    await delay(pollMs, undefined, { signal });
    if (Date.now() - startedAt > beginMs) {
      throw new Error(`did not begin within ${beginMs / 1_000} s`);
    }
  }
  const begunAt = Date.now();
  let bytes = 0;
  let changedAt = begunAt;
  for (;;) {
    await delay(pollMs, undefined, { signal });
    const size = await sizeOf(dir);
    const at = Date.now();
    if (size !== bytes) {
      bytes = size;
      changedAt = at;
    }
    onBytes(bytes);
    assertWithin(limits, bytes, { elapsedMs: at - begunAt, idleMs: at - changedAt });
  }
}

function assertWithin(
  limits: GrowthLimits,
  bytes: number,
  { elapsedMs, idleMs }: { elapsedMs: number; idleMs: number },
): void {
  const begun = bytes > overheadBytes;
  if (!begun && elapsedMs > limits.firstBytesMs) {
    throw new Error(`nothing came within ${limits.firstBytesMs / 1_000} s`);
  }
  if (begun && idleMs > limits.stallMs) {
    throw new Error(`nothing more came for ${limits.stallMs / 1_000} s after ${bytes} bytes`);
  }
  if (elapsedMs > limits.totalMs) {
    throw new Error(`not done after ${limits.totalMs / 1_000} s and ${bytes} bytes`);
  }
}

async function sizeOf(dir: string): Promise<number> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  // A file may be renamed or removed between the two looks.
  const sizes = await Promise.all(
    files.map((file) =>
      stat(join(file.parentPath, file.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
