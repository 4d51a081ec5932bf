import type { ClientSession, Collection, Document } from 'mongodb';
import type { Collections } from '../store/documents.ts';
import { type Follower, follow } from './follower.ts';
import type { Inspection } from './inspection.ts';
import { greatestId, type Key } from './key.ts';

/** How many documents are fetched at once. */
const batchSize = 1_000;

/** The documents of each collection. */
type Rows = {
  readonly [Name in keyof Collections]: Collections[Name] extends Collection<infer Row>
    ? Row
    : never;
};

/** What to read of a collection. */
export interface Reading<Name extends keyof Rows, Field extends keyof Rows[Name]> {
  readonly name: Name;
  /** The field that is the key: a page holds the documents of a range of it, in its order. */
  readonly by: string;
  /** The fields that are read; the id is read always. */
  readonly fields: readonly Field[];
  readonly where?: Document;
  /** The field in whose order the documents of one key follow each other. */
  readonly thenBy?: string;
  /** Where the key is a part of the id: makes the bounds of the ids with a key, in whose order the documents are read. */
  readonly idsOf?: (
    tenant: string,
    key: Key,
  ) => { readonly first: Document; readonly last: Document };
}

type Row<Name extends keyof Rows, Field extends keyof Rows[Name]> = Pick<
  Rows[Name],
  Field | (keyof Rows[Name] & '_id')
>;

/** From one key on, or behind one, and up to one or to the last. */
interface Range {
  readonly $gte?: Key;
  readonly $gt?: Key;
  readonly $lte?: Key;
}

/** A range of keys of a tenant, of which all collections are seen as they were at one moment. */
export interface Page {
  read<Name extends keyof Rows, Field extends keyof Rows[Name]>(
    reading: Reading<Name, Field>,
  ): AsyncIterable<Row<Name, Field>>;
  /** Reads what belongs to other documents of the page, and tells of what belongs to none. */
  follow<Name extends keyof Rows, Field extends keyof Rows[Name]>(
    reading: Reading<Name, Field>,
    onStray: (row: Row<Name, Field>) => void,
  ): Follower<Row<Name, Field>>;
}

/**
 * Walks through a tenant in the order of a key, page by page, so that neither memory nor the age of a snapshot grows with the
 * ledger. Each page is a snapshot of its own: within it nothing contradicts itself because of what is written meanwhile.
 *
 * @param order the collection whose documents make the pages, its key, and a key that is not after any
 */
export async function walk(
  inspection: Inspection,
  order: { readonly name: keyof Collections; readonly by: string; readonly least: Key },
  check: (page: Page) => Promise<void>,
): Promise<void> {
  const { client } = inspection.collections.customers.db;
  let from: Range = { $gte: order.least };
  for (;;) {
    const last = await client.withSession({ snapshot: true }, async (session) => {
      const bound = await findBound(inspection, session, order, from);
      const range = bound === undefined ? from : { ...from, $lte: bound };
      await check(createPage(inspection, session, range));
      return bound;
    });
    if (last === undefined) return;
    from = { $gt: last };
  }
}

/** Finds the last key of a page; undefined for the last page. */
async function findBound(
  { collections, tenant, pageSize }: Inspection,
  session: ClientSession,
  { name, by }: { readonly name: keyof Collections; readonly by: string },
  from: Range,
): Promise<Key | undefined> {
  const bound = await untyped(collections, name)
    .find({ tenant, [by]: from }, { ...inSnapshot(session), projection: { _id: 0, [by]: 1 } })
    .sort({ [by]: 1 })
    .skip(pageSize - 1)
    .limit(1)
    .next();
  return bound?.[by];
}

function createPage(
  { collections, tenant }: Inspection,
  session: ClientSession,
  range: Range,
): Page {
  const read: Page['read'] = ({ name, by, fields, where, thenBy, idsOf }) =>
    untyped(collections, name)
      .find(
        {
          ...(idsOf
            ? { _id: toIdRange(range, (key) => idsOf(tenant, key)) }
            : { tenant, [by]: range }),
          ...where,
        },
        { ...inSnapshot(session), batchSize, allowDiskUse: true },
      )
      // Records are sorted by the server within a page; everything else comes in the order of an index.
      .sort(idsOf ? { _id: 1 } : { [by]: 1, ...(thenBy !== undefined && { [thenBy]: 1 }) })
      .project(Object.fromEntries(fields.map((field) => [field, 1]))) as AsyncIterable<never>;
  return {
    read,
    follow: (reading, onStray) => follow(read(reading), keyReader(reading.by), onStray),
  };
}

function toIdRange(
  { $gt, $gte, $lte = greatestId }: Range,
  idsOf: (key: Key) => { readonly first: Document; readonly last: Document },
): Document {
  return {
    ...($gte !== undefined && { $gte: idsOf($gte).first }),
    ...($gt !== undefined && { $gt: idsOf($gt).last }),
    $lte: idsOf($lte).last,
  };
}

/** The read concern of a client would be stronger than that of the session. */
function inSnapshot(session: ClientSession) {
  return { session, readConcern: { level: 'snapshot' } } as const;
}

function untyped(collections: Collections, name: keyof Collections): Collection<Document> {
  return collections[name] as unknown as Collection<Document>;
}

/** Makes what reads the key of a row, which may be a part of its id. */
function keyReader(by: string): (row: Document) => Key {
  const path = by.split('.');
  return (row) => path.reduce((value, field) => value[field], row) as unknown as Key;
}
