import { describe, expect, it } from 'vitest';
import { createGathering } from '../../src/store/gathering.ts';

/** A gathering of numbers, each of which weighs what it is; a group ends when the test lets it. */
function createNumbers(weightMax = 100) {
  const groups: { numbers: readonly number[]; end: (error?: Error) => void }[] = [];
  const gather = createGathering({ weigh: (number: number) => number, weightMax }, (numbers) => {
    const { promise, resolve, reject } = Promise.withResolvers<string[]>();
    const end = (error?: Error) => (error ? reject(error) : resolve(numbers.map(String)));
    groups.push({ numbers, end });
    return promise;
  });
  const numbersOf = () => groups.map(({ numbers }) => numbers);
  return { gather, groups, numbersOf };
}

describe('a gathering', () => {
  it('runs a thing at once, alone, while none is under way', async () => {
    const { gather, groups, numbersOf } = createNumbers();
    for (const number of [1, 2]) {
      const answer = gather('a', number);
      expect(numbersOf().at(-1)).toEqual([number]);
      groups.at(-1)?.end();
      expect(await answer).toBe(String(number));
    }
  });

  it('runs all that came meanwhile together, in the order in which it came, and answers each on its own', async () => {
    const { gather, groups, numbersOf } = createNumbers();
    const answers = [1, 2, 3, 4].map((number) => gather('a', number));
    expect(numbersOf()).toEqual([[1]]);
    groups[0]?.end();
    expect(await answers[0]).toBe('1');
    expect(numbersOf()).toEqual([[1], [2, 3, 4]]);
    groups[1]?.end();
    expect(await Promise.all(answers)).toEqual(['1', '2', '3', '4']);
  });

  it('runs one group of a key at a time, and those of different keys beside each other', async () => {
    const { gather, groups, numbersOf } = createNumbers();
    const answers = [gather('a', 1), gather('b', 2), gather('a', 3)];
    expect(numbersOf()).toEqual([[1], [2]]);
    groups[1]?.end();
    expect(await answers[1]).toBe('2');
    expect(numbersOf()).toEqual([[1], [2]]);
  });

  it('runs things by weight: so many as are no more together than a group may weigh, and a heavier one alone', async () => {
    const { gather, groups, numbersOf } = createNumbers(10);
    const answers = [1, 4, 6, 1, 11, 2].map((number) => gather('a', number));
    for (const [index, answer] of answers.entries()) {
      for (const group of groups) group.end();
      expect(await answer).toBe(['1', '4', '6', '1', '11', '2'][index]);
    }
    expect(numbersOf()).toEqual([[1], [4, 6], [1], [11], [2]]);
  });

  it('tells an error to those of the group that it ended, and goes on with the next one', async () => {
    const { gather, groups } = createNumbers();
    const answers = [1, 2, 3].map((number) => gather('a', number));
    groups[0]?.end();
    await answers[0];
    groups[1]?.end(new Error('gone'));
    const settled = await Promise.allSettled(answers);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    const next = gather('a', 4);
    groups[2]?.end();
    expect(await next).toBe('4');
  });

  it('refuses what comes when ten thousand things wait', async () => {
    const { gather, groups } = createNumbers(1_000_000);
    const answers = Array.from({ length: 10_001 }, () => gather('a', 1));
    await expect(gather('a', 1)).rejects.toMatchObject({ reason: 'WRITE_CONFLICT' });
    groups[0]?.end();
    await answers[0];
    groups[1]?.end();
    expect(await Promise.all(answers)).toHaveLength(10_001);
  });
});
