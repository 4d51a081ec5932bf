import type { Document } from 'mongodb';
import { expect } from 'vitest';
import type { TestStore } from './database.ts';

/** What the database's profiler tells of an operation. */
export interface ProfiledOperation {
  readonly op: string;
  readonly ns: string;
  readonly command: Document;
  readonly planSummary?: string;
  readonly hasSortStage?: boolean;
  /** Whether the plan was chosen by trying several. */
  readonly fromMultiPlanner?: boolean;
  readonly keysExamined?: number;
  readonly docsExamined?: number;
}

/** Room for what thousands of operations tell; by itself the profiler forgets the first ones soon. */
const profileBytesMax = 256 * 1024 * 1024;

/** Gives what the store asked the database while it did something. */
export async function profile(
  test: TestStore,
  work: () => Promise<unknown>,
): Promise<ProfiledOperation[]> {
  await test.db.createCollection('system.profile', { capped: true, size: profileBytesMax });
  await test.db.command({ profile: 2 });
  await work();
  await test.db.command({ profile: 0 });
  const operations = await test.db
    .collection('system.profile')
    .find({ appName: 'customer-ledger', planSummary: { $exists: true } })
    .toArray();
  await test.db.dropCollection('system.profile');
  expect(operations.length).toBeGreaterThan(0);
  return operations as unknown as ProfiledOperation[];
}

/** Asserts that every operation was served by an index in the order of its rows, and looked at few entries of it. */
export function expectIndexed(operations: readonly ProfiledOperation[], examinedMax: number): void {
  const plans = operations.map(({ op, ns, planSummary, hasSortStage = false, ...operation }) => ({
    query: `${op} ${ns.slice(ns.indexOf('.') + 1)}`,
    plan: planSummary,
    hasSortStage,
    examined: Math.max(operation.keysExamined ?? 0, operation.docsExamined ?? 0),
  }));
  const poor = plans.filter(
    ({ plan, hasSortStage, examined }) =>
      plan?.includes('COLLSCAN') || hasSortStage || examined > examinedMax,
  );
  expect(poor).toEqual([]);
}
