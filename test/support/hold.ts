import { expect, vi } from 'vitest';

/** A place that calls pass, and where a test can hold them. */
export interface Hold {
  /** Passes at once, or when what is held is released. */
  pass(): Promise<void>;
  hold(): void;
  /** Waits until this many calls are held. */
  holds(count: number): Promise<void>;
  release(): void;
}

/** Creates a place where nothing is held yet. */
export function createHold(): Hold {
  let held: (() => void)[] | undefined;
  return {
    async pass() {
      const holding = held;
      if (holding) await new Promise<void>((resolve) => holding.push(resolve));
    },
    hold() {
      held = [];
    },
    async holds(count) {
      await vi.waitFor(() => expect(held).toHaveLength(count), { timeout: 10_000 });
    },
    release() {
      for (const resolve of held ?? []) resolve();
      held = undefined;
    },
  };
}
