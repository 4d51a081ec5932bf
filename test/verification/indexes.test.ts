import { type CommandStartedEvent, type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openCollections } from '../../src/store/documents.ts';
import { verifyLedger } from '../../src/verification/verify.ts';
import { makeBusyLedger } from '../support/busy-ledger.ts';
import { openTestStore, type TestStore } from '../support/database.ts';

let test: TestStore;
let client: MongoClient;
beforeAll(async () => {
  test = await openTestStore();
  client = new MongoClient(inject('mongodbUri'), { monitorCommands: true });
});
afterAll(async () => {
  await client.close();
  await test.close();
});

/** Gives the stages of a plan, from the last one to the scan. */
function stagesOf({ stage, inputStage, inputStages = [] }: Document): string[] {
  const inputs: Document[] = inputStage ? [inputStage] : inputStages;
  return [String(stage), ...inputs.flatMap(stagesOf)];
}

it('verify reads every collection by an index and in its order; only records are sorted, within a page', async () => {
  await makeBusyLedger(test.store);
  const commands: Document[] = [];
  client.on('commandStarted', ({ commandName, command }: CommandStartedEvent) => {
    if (commandName === 'find') commands.push(command);
  });
  const collections = openCollections(client.db(test.db.databaseName));
  await verifyLedger(collections, { onBreach: () => expect.unreachable() }, { pageSize: 3 });

  const plans = await Promise.all(
    commands.map(async ({ find, filter, sort, projection, skip, limit }) => {
      const command = { find, filter, sort, projection, skip, limit };
      const given = Object.entries(command).filter(([, value]) => value !== undefined);
      const explained = await test.db.command({ explain: Object.fromEntries(given) });
      // The driver keeps the order of a sort in a map.
      const sortedBy: string[] = [...sort.keys()];
      return { find, sortedBy, stages: stagesOf(explained.queryPlanner.winningPlan) };
    }),
  );
  expect(new Set(plans.map(({ find }) => find))).toEqual(
    new Set(['accounts', 'blockages', 'changes', 'customers', 'records', 'virtualCurrencies']),
  );
  for (const plan of plans) {
    expect(plan.stages, JSON.stringify(plan)).toContain('IXSCAN');
    expect(plan.stages, JSON.stringify(plan)).not.toContain('COLLSCAN');
    const isSorted = plan.stages.includes('SORT');
    expect(isSorted, JSON.stringify(plan)).toBe(plan.sortedBy.includes('sequence'));
  }
});
