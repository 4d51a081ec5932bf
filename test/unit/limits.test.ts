import { describe, expect, it } from 'vitest';
import { createLimiter, type SharedLimits } from '../../src/domain/limit.ts';

/** Creates a limiter whose time stands still until it is moved. */
function createTimed(usagesMax?: number) {
  let time = 0;
  const limiter = createLimiter({ now: () => time, ...(usagesMax && { usagesMax }) });
  const enter = (...limits: SharedLimits[]) => limiter.enter(limits);
  return {
    enter,
    /** Enters as often as is let in, and tells how often that was. */
    exhaust(...limits: SharedLimits[]): number {
      for (let count = 0; count < 100; count += 1) {
        try {
          enter(...limits);
        } catch {
          return count;
        }
      }
      return 100;
    },
    pass(ms: number) {
      time += ms;
    },
  };
}

const rate = (ratePerSecond: number, holder = 'key_a') => ({ holder, ratePerSecond });
const concurrency = (most: number, holder = 'key_a') => ({ holder, concurrency: most });

describe('a key without limits', () => {
  it('is let in as often as it comes', () => {
    const { exhaust } = createTimed();
    expect(exhaust()).toBe(100);
    expect(exhaust({ holder: 'key_a' })).toBe(100);
  });
});

describe('a rate', () => {
  it('lets the calls of one second in at once, and then one each time that its share has passed', () => {
    const { enter, exhaust, pass } = createTimed();
    expect(exhaust(rate(4))).toBe(4);
    expect(() => enter(rate(4))).toThrow(
      expect.objectContaining({ reason: 'RATE_LIMIT_EXCEEDED', metadata: { limit: '4' } }),
    );
    pass(249);
    expect(exhaust(rate(4))).toBe(0);
    pass(1);
    expect(exhaust(rate(4))).toBe(1);
    pass(500);
    expect(exhaust(rate(4))).toBe(2);
  });

  it('does not save up more than one second', () => {
    const { exhaust, pass } = createTimed();
    exhaust(rate(4));
    pass(3_600_000);
    expect(exhaust(rate(4))).toBe(4);
  });

  it('is not used by calls that are refused, and not given back by calls that end', () => {
    const { enter, exhaust, pass } = createTimed();
    enter(rate(1))();
    for (let times = 0; times < 50; times += 1) expect(exhaust(rate(1))).toBe(0);
    pass(1_000);
    expect(exhaust(rate(1))).toBe(1);
  });

  it('is each key’s own', () => {
    const { exhaust } = createTimed();
    expect(exhaust(rate(2, 'key_a'))).toBe(2);
    expect(exhaust(rate(3, 'key_b'))).toBe(3);
  });
});

describe('a concurrency', () => {
  it('lets so many calls in, and one for each that ends, however often its end is told', () => {
    const { enter, exhaust } = createTimed();
    const leave = enter(concurrency(2));
    expect(exhaust(concurrency(2))).toBe(1);
    expect(() => enter(concurrency(2))).toThrow(
      expect.objectContaining({ reason: 'CONCURRENCY_LIMIT_EXCEEDED', metadata: { limit: '2' } }),
    );
    for (let times = 0; times < 3; times += 1) leave();
    expect(exhaust(concurrency(2))).toBe(1);
  });
});

describe('limits that hold together', () => {
  it('use none of them when one refuses', () => {
    const { enter, exhaust } = createTimed();
    const leave = enter(concurrency(1, 'key_b'));
    for (let times = 0; times < 10; times += 1) {
      expect(() => enter(rate(3), concurrency(1, 'key_b'))).toThrow(/in flight/);
    }
    leave();
    expect(exhaust(rate(3))).toBe(3);
    expect(() => enter(concurrency(1, 'key_b'), rate(3))).toThrow(/in a second/);
    expect(exhaust(concurrency(1, 'key_b'))).toBe(1);
  });

  it('are used by every key that keeps them', () => {
    const { exhaust } = createTimed();
    expect(exhaust(rate(5), rate(2, 'key_b'))).toBe(2);
    expect(exhaust(rate(5), rate(4, 'key_c'))).toBe(3);
    expect(exhaust(rate(5))).toBe(0);
  });
});

describe('what a limiter remembers', () => {
  it('is bounded: the key that was used longest ago is forgotten', () => {
    const { enter } = createTimed(2);
    const isLetIn = (holder: string) => {
      try {
        enter(rate(1, holder))();
        return true;
      } catch {
        return false;
      }
    };
    expect(['key_a', 'key_b', 'key_a', 'key_b', 'key_a'].map(isLetIn)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(['key_c', 'key_a', 'key_b'].map(isLetIn)).toEqual([true, false, true]);
  });

  it('holds every call in flight', () => {
    const { enter, exhaust } = createTimed(2);
    const leaves = ['key_a', 'key_b', 'key_c'].map((holder) => enter(concurrency(1, holder)));
    for (const holder of ['key_a', 'key_b', 'key_c']) {
      expect(exhaust(concurrency(1, holder))).toBe(0);
    }
    for (const leave of leaves) leave();
    expect(exhaust(concurrency(1, 'key_a'))).toBe(1);
  });
});
