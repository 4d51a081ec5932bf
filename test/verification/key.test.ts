import { randomBytes } from 'node:crypto';
import { ObjectId } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compareKeys, type Key } from '../../src/verification/key.ts';
import { openTestStore, type TestStore } from '../support/database.ts';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

const texts = [
  '',
  ' ',
  'EUR',
  'VC_',
  'VC_A',
  'VC_a',
  'VC_Aa',
  'VC_é',
  '\uffee',
  '😀',
  '😀A',
  '\u0001',
];
const ids = Array.from({ length: 50 }, () => new ObjectId(randomBytes(12)));

it.each([
  { kind: 'texts', keys: texts as Key[] },
  { kind: 'ids', keys: ids },
])('$kind are compared as the server orders them', async ({ keys }) => {
  const collection = test.db.collection<{ key: Key }>('keys_in_order');
  await collection.insertMany(keys.map((key) => ({ key })));
  const ordered = await collection
    .find({ key: { $in: keys } })
    .sort({ key: 1 })
    .toArray();
  expect([...keys].sort(compareKeys)).toEqual(ordered.map(({ key }) => key));
});
