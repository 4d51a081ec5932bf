import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Invariant } from '../../src/verification/breach.ts';
import { makeBusyLedger } from '../support/busy-ledger.ts';
import { openTestStore, type TestStore } from '../support/database.ts';
import { accountBreaches } from './account-breaches.ts';
import { type Breakage, createTools, type Tools } from './breakage.ts';
import { linesOf, runOn } from './command.ts';
import { otherBreaches } from './history-breaches.ts';
import { recordBreaches } from './record-breaches.ts';

let test: TestStore;
let tools: Tools;
beforeAll(async () => {
  test = await openTestStore();
  const ledger = await makeBusyLedger(test.store);
  tools = createTools(test, ledger, await makeBusyLedger(test.store, 'other'));
  // All of the history is copied by then, and nobody copies what a test puts back.
  await test.store.close();
});
afterAll(() => test.close());
afterEach(async () => {
  await tools.repair();
  expect(await runOn(test, [])).toMatchObject({ status: 0 });
});

/** Each invariant, and how it is broken. */
const breakages: Record<Invariant, Breakage> = {
  ...accountBreaches,
  ...recordBreaches,
  ...otherBreaches,
};

describe('verify finds, names with its ids, and ends with 1 for a breach of', () => {
  it.each(Object.entries(breakages))('%s', async (invariant, breakLedger) => {
    const expected = (await breakLedger(tools)).map(([name, ids]) => ({ invariant: name, ids }));
    expect(expected.map((breach) => breach.invariant)).toContain(invariant);
    const { tenant } = tools.ledger;

    const forMachines = await runOn(test, ['--json']);
    const shared = {
      type: 'breach',
      tenant,
      found: expect.any(String),
      rule: expect.any(String),
    };
    const breaches = linesOf(forMachines, 'breach');
    expect(breaches).toHaveLength(expected.length);
    expect(breaches).toEqual(
      expect.arrayContaining(expected.map((breach) => ({ ...shared, ...breach }))),
    );
    expect(forMachines.status).toBe(1);

    const forPeople = await runOn(test, []);
    expect(forPeople.status).toBe(1);
    for (const breach of expected) {
      const ids = Object.entries(breach.ids).map((pair) => pair.join(' '));
      const heads = forPeople.stdout.split('\n').flatMap((line) => {
        const [head, ...rest] = line.split(/[:,] /);
        return head === `BREACH ${breach.invariant} in ${tenant}`
          ? [rest.slice(0, ids.length)]
          : [];
      });
      expect(heads.map((told) => told.sort())).toContainEqual(ids.sort());
    }
  });
});
