import { ObjectId } from 'mongodb';
import type { ChangeFilter } from '../domain/change.ts';
import type { Changes } from '../domain/ledger.ts';
import { copyChanges } from './change-copy.ts';
import { fromCustomerChange } from './change-document.ts';
import { remainingMs, type StoreContext } from './context.ts';
import { findCustomer } from './customer-find.ts';
import type { ChangeDocument } from './documents.ts';

/** Creates the part of the store that lists the history of customers. */
export function createChanges(context: StoreContext): Pick<Changes, 'list'> {
  const { collections } = context;

  return {
    async list(call, ref, filter, page) {
      const { id } = await findCustomer(context, call, ref);
      const resource = new ObjectId(id);
      // What waits in the customer is history already: a reader must not miss it.
      await copyChanges(collections, 'customer', [resource]);
      const offset = 'offset' in page ? page.offset : 0;
      const documents = await collections.changes
        .find<ChangeDocument>({ tenant: call.tenant, '_id.resource': resource, ...toMatch(filter) })
        .hint('history')
        .sort({ version: 1 })
        .skip(offset)
        .limit(page.size)
        .maxTimeMS(remainingMs(call))
        .toArray();
      return { items: documents.map(fromCustomerChange), nextToken: '' };
    },
  };
}

function toMatch({ from, to, ...equal }: ChangeFilter) {
  const time = { ...(from && { $gte: from }), ...(to && { $lte: to }) };
  return { ...equal, ...((from || to) && { time }) };
}
