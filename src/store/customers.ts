import type {
  Customer,
  CustomerChanges,
  CustomerFilter,
  CustomerRef,
  CustomerTransition,
} from '../domain/customer.ts';
import type { Call, Customers } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import type { Page } from '../domain/page.ts';
import { remainingMs, type StoreContext, withoutHistory } from './context.ts';
import { changeCustomer } from './customer-change.ts';
import { fromCustomerDocument } from './customer-document.ts';
import { findCustomer } from './customer-find.ts';
import { isDuplicateKey } from './driver-error.ts';
import { positionOf, rowsToFind, toPage } from './page-token.ts';

/** Creates the part of the store that keeps customers. */
export function createCustomers(context: StoreContext): Customers {
  const { customers } = context.collections;

  return {
    async list(call: Call, filter: CustomerFilter, page: Page) {
      const identity = { tenant: call.tenant, list: 'customers', filter };
      const position = positionOf(identity, page);
      const documents = await customers
        .find({ tenant: call.tenant, ...filter, ...position.filter })
        .project<Parameters<typeof fromCustomerDocument>[0]>(withoutHistory)
        .sort({ _id: 1 })
        .skip(position.skip)
        .limit(rowsToFind(page))
        .maxTimeMS(remainingMs(call))
        .toArray();
      return toPage(identity, page, documents, fromCustomerDocument);
    },

    get: async (call, ref) => await findCustomer(context, call, ref),

    async update(call: Call, ref: CustomerRef, changes: CustomerChanges): Promise<Customer> {
      try {
        return await changeCustomer(context, call, ref, {
          verb: 'UPDATE',
          require: {},
          set: changes,
          refuse: () => undefined,
        });
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        const { externalId = '' } = changes;
        throw new LedgerError('CUSTOMER_EXTERNAL_ID_TAKEN', { externalId }, { cause: error });
      }
    },

    async transition(call: Call, ref: CustomerRef, transition: CustomerTransition) {
      return await changeCustomer(context, call, ref, transition);
    },
  };
}
