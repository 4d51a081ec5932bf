import type { Collection, Document } from 'mongodb';
import { historyBounds } from '../store/change-document.ts';
import type { Collections } from '../store/documents.ts';
import { greatestId, leastId } from './key.ts';

/** The collections whose documents belong to a tenant and are verified; those of changes name it in their ids. */
const held = ['customers', 'accounts', 'blockages', 'records', 'virtualCurrencies'] as const;

/** Gives the tenants of which there is anything, in order; each is found by an index, and none is kept. */
export async function* tenantsOf(collections: Collections): AsyncGenerator<string> {
  const findNext = async (last: string) =>
    (
      await Promise.all([
        ...held.map((name) => findFirst(collections, name, { $gt: last })),
        findFirstOfChanges(collections, { $gt: historyBounds(last, greatestId).last }),
      ])
    )
      .filter((tenant) => tenant !== undefined)
      .sort()
      .at(0);
  for (let tenant = await findNext(''); tenant !== undefined; tenant = await findNext(tenant)) {
    yield tenant;
  }
}

/** Asks whether there is a tenant: it was made with a key, or there is something of it. */
export async function hasTenant(collections: Collections, tenant: string): Promise<boolean> {
  if (await collections.tenants.findOne({ _id: tenant })) return true;
  const all = {
    $gt: historyBounds(tenant, leastId).first,
    $lt: historyBounds(tenant, greatestId).last,
  };
  const found = await Promise.all([
    ...held.map((name) => findFirst(collections, name, tenant)),
    findFirstOfChanges(collections, all),
  ]);
  return found.some((first) => first !== undefined);
}

async function findFirst(
  collections: Collections,
  name: (typeof held)[number],
  tenant: unknown,
): Promise<string | undefined> {
  const first = await (collections[name] as unknown as Collection<Document>).findOne(
    { tenant },
    { sort: { tenant: 1 }, projection: { _id: 0, tenant: 1 } },
  );
  return first?.tenant;
}

async function findFirstOfChanges(
  { changes }: Collections,
  ids: Document,
): Promise<string | undefined> {
  const first = await changes.findOne({ _id: ids }, { sort: { _id: 1 }, projection: { _id: 1 } });
  return first?._id.tenant;
}
