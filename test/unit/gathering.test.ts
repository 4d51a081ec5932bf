import { describe, expect, it } from 'vitest';
import { createGathering } from '../../src/store/gathering.ts';

/** A gathering of texts of which each letter is a key and a weight; a group ends when the test lets it. */
function createWords({ weightMax = 100, groupsMax = 2 } = {}) {
  const groups: { words: readonly string[]; end: (error?: Error) => void }[] = [];
  const grouping = {
    keysOf: (word: string) => [...word],
    weigh: (word: string) => word.length,
    weightMax,
    groupsMax,
  };
  const gather = createGathering(grouping, (words: readonly string[]) => {
    const { promise, resolve, reject } = Promise.withResolvers<string[]>();
    const end = (error?: Error) =>
      error ? reject(error) : resolve(words.map((word) => word.toUpperCase()));
    groups.push({ words, end });
    return promise;
  });
  return { gather, groups, wordsOf: () => groups.map(({ words }) => words) };
}

describe('a gathering', () => {
  it('runs a thing at once, alone, while few groups are under way', async () => {
    const { gather, groups, wordsOf } = createWords();
    for (const word of ['a', 'b', 'c']) {
      const answer = gather('queue', word);
      expect(wordsOf().at(-1)).toEqual([word]);
      groups.at(-1)?.end();
      expect(await answer).toBe(word.toUpperCase());
    }
  });

  it('runs all that came meanwhile together, in the order in which it came, and answers each on its own', async () => {
    const { gather, groups, wordsOf } = createWords();
    const answers = ['a', 'b', 'c', 'd', 'e'].map((word) => gather('queue', word));
    expect(wordsOf()).toEqual([['a'], ['b']]);
    groups[1]?.end();
    expect(await answers[1]).toBe('B');
    expect(wordsOf()).toEqual([['a'], ['b'], ['c', 'd', 'e']]);
    groups[0]?.end();
    groups[2]?.end();
    expect(await Promise.all(answers)).toEqual(['A', 'B', 'C', 'D', 'E']);
  });

  it('runs things with a key in common together, or one behind the other in the order in which they came', async () => {
    const { gather, groups, wordsOf } = createWords();
    const answers = ['ab', 'bc', 'cd', 'e', 'ea', 'f'].map((word) => gather('queue', word));
    // What waits for 'ab' is waited for by what has a key in common with it.
    expect(wordsOf()).toEqual([['ab'], ['e']]);
    groups[1]?.end();
    await answers[3];
    expect(wordsOf()).toEqual([['ab'], ['e'], ['f']]);
    groups[0]?.end();
    await answers[0];
    expect(wordsOf()).toEqual([['ab'], ['e'], ['f'], ['bc', 'cd', 'ea']]);
    for (const group of groups) group.end();
    expect(await Promise.all(answers)).toEqual(['AB', 'BC', 'CD', 'E', 'EA', 'F']);
  });

  it('runs the groups of different queues beside each other', async () => {
    const { gather, groups, wordsOf } = createWords({ groupsMax: 1 });
    const answers = [gather('one', 'a'), gather('other', 'a'), gather('one', 'b')];
    expect(wordsOf()).toEqual([['a'], ['a']]);
    groups[1]?.end();
    expect(await answers[1]).toBe('A');
    expect(wordsOf()).toEqual([['a'], ['a']]);
    groups[0]?.end();
    expect(await answers[0]).toBe('A');
    expect(wordsOf()).toEqual([['a'], ['a'], ['b']]);
  });

  it('runs so many things together as weigh no more than a group may, and a heavier one alone', async () => {
    const { gather, groups, wordsOf } = createWords({ weightMax: 3, groupsMax: 1 });
    const words = ['a', 'b', 'cd', 'e', 'fghi', 'j'];
    const answers = words.map((word) => gather('queue', word));
    for (const answer of answers) {
      for (const group of groups) group.end();
      await answer;
    }
    expect(wordsOf()).toEqual([['a'], ['b', 'cd'], ['e', 'j'], ['fghi']]);
  });

  it('tells an error to those of the group that it ended, and goes on with the next one', async () => {
    const { gather, groups } = createWords({ groupsMax: 1 });
    const answers = ['a', 'b', 'b'].map((word) => gather('queue', word));
    groups[0]?.end();
    await answers[0];
    groups[1]?.end(new Error('gone'));
    const settled = await Promise.allSettled(answers);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    const next = gather('queue', 'b');
    groups[2]?.end();
    expect(await next).toBe('B');
  });

  it('refuses what comes when ten thousand things wait', async () => {
    const { gather, groups } = createWords({ weightMax: 1_000_000 });
    const answers = Array.from({ length: 10_001 }, () => gather('queue', 'a'));
    await expect(gather('queue', 'b')).rejects.toMatchObject({ reason: 'WRITE_CONFLICT' });
    groups[0]?.end();
    await answers[0];
    groups[1]?.end();
    expect(await Promise.all(answers)).toHaveLength(10_001);
  });
});
