import type { Collection, Document } from 'mongodb';
import type { Collections } from '../store/documents.ts';

/** The collections whose documents belong to a tenant and are verified. */
const held = [
  'customers',
  'accounts',
  'blockages',
  'records',
  'virtualCurrencies',
  'changes',
] as const satisfies readonly (keyof Collections)[];

/** Gives the tenants of which there is anything, in order; each is found by an index, and none is kept. */
export async function* tenantsOf(collections: Collections): AsyncGenerator<string> {
  const findNext = async (last: string) =>
    (await Promise.all(held.map((name) => findFirst(collections, name, { $gt: last }))))
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
  const found = await Promise.all(held.map((name) => findFirst(collections, name, tenant)));
  return found.some((first) => first !== undefined);
}

async function findFirst(
  collections: Collections,
  name: keyof Collections,
  tenant: unknown,
): Promise<string | undefined> {
  const first = await (collections[name] as unknown as Collection<Document>).findOne(
    { tenant },
    { sort: { tenant: 1 }, projection: { _id: 0, tenant: 1 } },
  );
  return first?.tenant;
}
