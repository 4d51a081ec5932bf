import { ObjectId } from 'mongodb';
import type { ChangeFilter } from '../domain/change.ts';
import type { Changes } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { copyChanges } from './change-copy.ts';
import { fromCustomerChange, matchHistory } from './change-document.ts';
import { byId, remainingMs, type StoreContext } from './context.ts';
import { findCustomer } from './customer-find.ts';
import type { ChangeDocument } from './documents.ts';
import { createPageToken, parsePageToken, rowsToFind } from './page-token.ts';

/** The length of the position of a change in the history of its customer, which is its version. */
const positionBytes = 4;

/** Creates the part of the store that lists the history of customers. */
export function createChanges(context: StoreContext): Pick<Changes, 'list'> {
  const { collections } = context;

  return {
    async list(call, ref, filter, page) {
      const { id } = await findCustomer(context, call, ref);
      const identity = { tenant: call.tenant, list: `changes of ${id}`, filter };
      const after = 'token' in page ? parsePageToken(identity, page.token) : undefined;
      const version = after && fromPosition(after);
      const resource = new ObjectId(id);
      // What waits in the customer is history already: a reader must not miss it.
      await copyChanges(collections, 'customer', [resource]);
      const documents = await collections.changes
        .find<ChangeDocument>({
          ...matchHistory(call.tenant, resource, version),
          ...toMatch(filter),
        })
        .hint(byId)
        .sort({ _id: 1 })
        .skip('offset' in page ? page.offset : 0)
        .limit(rowsToFind(page))
        .maxTimeMS(remainingMs(call))
        .toArray();
      const rows = documents.slice(0, page.size);
      const last = documents.length > page.size ? rows.at(-1) : undefined;
      return {
        items: rows.map(fromCustomerChange),
        nextToken: last ? createPageToken(identity, toPosition(last)) : '',
      };
    },
  };
}

function toMatch({ from, to, ...equal }: ChangeFilter) {
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
