import { ObjectId } from 'mongodb';
import type { ChangeFilter } from '../domain/change.ts';
import type { Call, Changes } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import type { Page, PageOf } from '../domain/page.ts';
import { copyChanges } from './change-copy.ts';
import { fromAccountChange, fromCustomerChange, matchHistory } from './change-document.ts';
import { byId, remainingMs, type StoreContext } from './context.ts';
import { parseId } from './customer-document.ts';
import { findCustomer } from './customer-find.ts';
import type { ChangeDocument, ResourceKind } from './documents.ts';
import { createPageToken, parsePageToken, rowsToFind } from './page-token.ts';

/** The length of the position of a change in the history of its resource, which is its version. */
const positionBytes = 4;

/** Creates the part of the store that lists the history of customers and accounts. */
export function createChanges(context: StoreContext): Omit<Changes, 'watch'> {
  return {
    async listOfCustomer(call, ref, filter, page) {
      const { id } = await findCustomer(context, call, ref);
      const resource = { kind: 'customer', id } as const;
      return await listChanges(context, call, { resource, filter, page }, fromCustomerChange);
    },

    async listOfAccount(call, id, filter, page) {
      const _id = await findAccountId(context, call, id);
      const resource = { kind: 'account', id: _id.toHexString() } as const;
      return await listChanges(context, call, { resource, filter, page }, fromAccountChange);
    },
  };
}

/** The changes to list: those of a resource that a filter lets through. */
interface ChangeQuery {
  readonly resource: { readonly kind: ResourceKind; readonly id: string };
  readonly filter: ChangeFilter<string>;
  readonly page: Page;
}

async function listChanges<T>(
  { collections }: StoreContext,
  call: Call,
  { resource: { kind, id }, filter, page }: ChangeQuery,
  fromDocument: (document: ChangeDocument) => T,
): Promise<PageOf<T>> {
  const identity = { tenant: call.tenant, list: `changes of ${id}`, filter };
  const after = 'token' in page ? parsePageToken(identity, page.token) : undefined;
  const version = after && fromPosition(after);
  const resource = new ObjectId(id);
  // What waits in the resource is history already: a reader must not miss it.
  await copyChanges(collections, kind, [resource]);
  const documents = await collections.changes
    .find<ChangeDocument>({ ...matchHistory(call.tenant, resource, version), ...toMatch(filter) })
    .hint(byId)
    .sort({ _id: 1 })
    .skip('offset' in page ? page.offset : 0)
    .limit(rowsToFind(page))
    .maxTimeMS(remainingMs(call))
    .toArray();
  const rows = documents.slice(0, page.size);
  const last = documents.length > page.size ? rows.at(-1) : undefined;
  return {
    items: rows.map(fromDocument),
    nextToken: last ? createPageToken(identity, toPosition(last)) : '',
  };
}

/**
 * Finds the id of an account.
 *
 * @throws LedgerError ACCOUNT_NOT_FOUND
 */
async function findAccountId(
  { collections: { accounts } }: StoreContext,
  call: Call,
  id: string,
): Promise<ObjectId> {
  const _id = parseId(id);
  const found =
    _id &&
    (await accounts.findOne(
      { _id, tenant: call.tenant },
      { projection: { _id: 1 }, maxTimeMS: remainingMs(call) },
    ));
  if (!found) throw new LedgerError('ACCOUNT_NOT_FOUND', { accountId: id });
  return found._id;
}

function toMatch({ from, to, ...equal }: ChangeFilter<string>) {
  const time = { ...(from && { $gte: from }), ...(to && { $lte: to }) };
  return { ...equal, ...((from || to) && { time }) };
}

function toPosition({ version }: ChangeDocument): Uint8Array {
  const position = Buffer.alloc(positionBytes);
  position.writeUInt32BE(version);
  return position;
}

/**
 * Reads the version that a position is.
 *
 * @throws LedgerError PAGE_TOKEN_INVALID when a forger has put something else in its place
 */
function fromPosition(position: Buffer): number {
  if (position.length !== positionBytes) throw new LedgerError('PAGE_TOKEN_INVALID');
  return position.readUInt32BE();
}
