import type { Filter, ObjectId } from 'mongodb';
import type { Account, AccountFilter } from '../domain/account.ts';
import type { Accounts, Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { fromAccountDocument } from './account-document.ts';
import { openAccount } from './account-opening.ts';
import { transitionAccount } from './account-transition.ts';
import { remainingMs, type StoreContext, withoutHistory } from './context.ts';
import { parseId } from './customer-document.ts';
import type { AccountDocument } from './documents.ts';
import { positionOf, rowsToFind, toPage } from './page-token.ts';

type AccountRow = Omit<AccountDocument, 'pending'>;

/** Creates the part of the store that keeps accounts. */
export function createAccounts(context: StoreContext): Accounts {
  const { accounts, customers } = context.collections;

  /**
   * Makes accounts of their documents. The customers are read after the accounts, so that whoever reads after a disable was
   * acknowledged sees no balance available.
   */
  async function toAccounts(call: Call, rows: readonly AccountRow[]): Promise<Account[]> {
    const ids = rows.flatMap((row) => row.customerId ?? []);
    const disabled = new Set<string>();
    if (ids.length > 0) {
      const found = customers
        .find({ _id: { $in: ids }, tenant: call.tenant, enabled: false })
        .project<{ _id: ObjectId }>({ _id: 1 })
        .maxTimeMS(remainingMs(call));
      for await (const { _id } of found) disabled.add(_id.toHexString());
    }
    return rows.map((row) =>
      fromAccountDocument(row, !(row.customerId && disabled.has(row.customerId.toHexString()))),
    );
  }

  /** Makes the filter of a list; undefined when no account can match. */
  async function toFilter(
    call: Call,
    { customerId, customerExternalId, ...rest }: AccountFilter,
  ): Promise<Filter<AccountDocument> | undefined> {
    const filter: Filter<AccountDocument> = { tenant: call.tenant, ...rest };
    if (customerId === undefined && customerExternalId === undefined) return filter;
    const customer =
      customerId === undefined
        ? await customers.findOne(
            { tenant: call.tenant, externalId: customerExternalId ?? '' },
            { projection: { _id: 1 }, maxTimeMS: remainingMs(call) },
          )
        : { _id: parseId(customerId) };
    return customer?._id && { ...filter, customerId: customer._id };
  }

  return {
    open: async (call, opening) => await openAccount(context, call, opening),

    async list(call, filter, page) {
      const identity = { tenant: call.tenant, list: 'accounts', filter };
      const position = positionOf(identity, page);
      const match = await toFilter(call, filter);
      if (!match) return { items: [], nextToken: '' };
      const documents = await accounts
        .find({ ...match, ...position.filter })
        .project<AccountRow>(withoutHistory)
        .sort({ _id: 1 })
        .skip(position.skip)
        .limit(rowsToFind(page))
        .maxTimeMS(remainingMs(call))
        .toArray();
      const { items, nextToken } = toPage(identity, page, documents, (row) => row);
      return { items: await toAccounts(call, items), nextToken };
    },

    async get(call, id) {
      const _id = parseId(id);
      const document =
        _id &&
        (await accounts.findOne(
          { _id, tenant: call.tenant },
          { projection: withoutHistory, maxTimeMS: remainingMs(call) },
        ));
      const [account] = document ? await toAccounts(call, [document]) : [];
      if (!account) throw new LedgerError('ACCOUNT_NOT_FOUND', { accountId: id });
      return account;
    },

    transition: async (call, id, transition) =>
      await transitionAccount(context, call, id, transition),
  };
}
