import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createLanes } from '../../src/store/lanes.ts';

/** Lanes with tasks that tell when they begin, and end when the test lets them. */
function createTasks() {
  const lanes = createLanes();
  const begun: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const outcomes = new Map<string, Promise<string>>();
  return {
    begun,
    start(name: string, keys: readonly string[], sharing?: 'exclusive' | 'shared') {
      const task = () => {
        begun.push(name);
        const { promise, resolve, reject } = Promise.withResolvers<string>();
        ends.set(name, (error) => (error ? reject(error) : resolve(name)));
        return promise;
      };
      outcomes.set(name, lanes(keys, task, sharing));
    },
    outcomeOf: (name: string) => outcomes.get(name),
    /** Ends a task that has begun, and lets begin what has waited for it. */
    async end(name: string, error?: Error) {
      await setImmediate();
      ends.get(name)?.(error);
      await setImmediate();
    },
  };
}

describe('lanes', () => {
  it('run tasks with a key in common one after the other, and others beside them', async () => {
    const { start, end, begun } = createTasks();
    start('first', ['a', 'b']);
    start('second', ['b', 'c']);
    start('other', ['d']);
    await setImmediate();
    expect(begun).toEqual(['first', 'other']);
    await end('first');
    expect(begun).toEqual(['first', 'other', 'second']);
  });

  it('run tasks that share a lane together', async () => {
    const { start, begun } = createTasks();
    start('first', ['a', 'b'], 'shared');
    start('second', ['b', 'c'], 'shared');
    await setImmediate();
    expect(begun).toEqual(['first', 'second']);
  });

  it('have a task that wants a lane by itself wait for all that share it', async () => {
    const { start, end, begun } = createTasks();
    start('first', ['a'], 'shared');
    start('second', ['a'], 'shared');
    start('alone', ['a']);
    await end('first');
    expect(begun).toEqual(['first', 'second']);
    await end('second');
    expect(begun).toEqual(['first', 'second', 'alone']);
  });

  it('have tasks that would share a lane wait for one before them that wants it by itself', async () => {
    const { start, end, begun } = createTasks();
    start('before', ['a'], 'shared');
    start('alone', ['a']);
    start('behind', ['a'], 'shared');
    start('behind too', ['a'], 'shared');
    await end('before');
    expect(begun).toEqual(['before', 'alone']);
    await end('alone');
    expect(begun).toEqual(['before', 'alone', 'behind', 'behind too']);
  });

  it('go on behind a task that fails, and tell its caller alone', async () => {
    const { start, end, begun, outcomeOf } = createTasks();
    start('failing', ['a']);
    start('next', ['a'], 'shared');
    const refused = expect(outcomeOf('failing')).rejects.toThrow('gone');
    await end('failing', new Error('gone'));
    await refused;
    expect(begun).toEqual(['failing', 'next']);
    await end('next');
    expect(await outcomeOf('next')).toBe('next');
  });

  it.each(['exclusive', 'shared'] as const)(
    'refuse a task when a thousand are in a lane, %s',
    async (sharing) => {
      const { start, outcomeOf } = createTasks();
      for (let task = 0; task < 1_000; task += 1) start(String(task), ['a'], sharing);
      start('one more', ['a', 'b'], sharing);
      await expect(outcomeOf('one more')).rejects.toMatchObject({ reason: 'WRITE_CONFLICT' });
    },
  );
});
