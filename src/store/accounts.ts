import type { Accounts } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { changeAccount } from './account-change.ts';
import { countAccounts, listAccounts } from './account-list.ts';
import { openAccounts } from './account-opening.ts';
import { transitionAccount } from './account-transition.ts';
import { showAccount } from './account-view.ts';
import { remainingMs, type StoreContext, withoutHistory } from './context.ts';
import { parseId } from './customer-document.ts';

/** Creates the part of the store that keeps accounts. */
export function createAccounts(context: StoreContext): Accounts {
  const { accounts } = context.collections;

  return {
    async open(call, opening) {
      const order = { verb: 'OPEN', openings: [opening] };
      const [account] = await openAccounts(context, call, order);
      // One opening opens one account.
      if (!account) throw new LedgerError('INTERNAL');
      return account;
    },

    openAll: async (call, openings) =>
      await openAccounts(context, call, { verb: 'OPEN_ALL', openings }),
    list: async (call, filter, page, order) =>
      await listAccounts(context, call, { filter, page, order }),
    count: async (call, filter) => await countAccounts(context, call, filter),

    async get(call, id) {
      const _id = parseId(id);
      const document =
        _id &&
        (await accounts.findOne(
          { _id, tenant: call.tenant },
          { projection: withoutHistory, maxTimeMS: remainingMs(call) },
        ));
      if (!document) throw new LedgerError('ACCOUNT_NOT_FOUND', { accountId: id });
      return await showAccount(context, call, document);
    },

    async update(call, id, changes) {
      const change = {
        verb: 'UPDATE',
        require: {},
        set: changes,
        refuse: () => undefined,
      } as const;
      return await changeAccount(context, call, id, change);
    },

    transition: async (call, id, transition) =>
      await transitionAccount(context, call, id, transition),
  };
}
