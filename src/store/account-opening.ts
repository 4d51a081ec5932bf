import { type ClientSession, Decimal128, ObjectId } from 'mongodb';
import {
  type Account,
  type AccountOpening,
  accountOpening,
  defaultAccountingCurrency,
  isVirtualCurrency,
} from '../domain/account.ts';
import type { CustomerProfile } from '../domain/customer.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { accountFields, fromAccountDocument } from './account-document.ts';
import { changePipeline, creationEntry, hasRoomForChange } from './change.ts';
import type { StoreContext } from './context.ts';
import { customerFields } from './customer-document.ts';
import type { AccountDocument, CustomerDocument } from './documents.ts';
import { isDuplicateKey } from './driver-error.ts';
import { runTransaction } from './transaction.ts';

/**
 * Opens an account in one transaction with its customer, which is created, or updated where the profile tells something new,
 * and counts the account in openAccounts.
 *
 * @throws LedgerError for the reasons of an opening, CURRENCY_UNSUPPORTED
 */
export async function openAccount(
  context: StoreContext,
  call: Call,
  opening: AccountOpening,
): Promise<Account> {
  const open = async () => await openInTransaction(context, call, opening);
  const { account, holder } = await (opening.customer
    ? context.lanes(`${call.tenant} ${opening.customer.externalId}`, open)
    : open());
  context.relay.notice('account', account._id);
  if (holder && holder.pending.length > 0) context.relay.notice('customer', holder._id);
  return fromAccountDocument(account, true);
}

/** How often an opening is begun again because another one created, or another customer took, the external id first. */
const duplicatesMax = 5;

async function openInTransaction(
  context: StoreContext,
  call: Call,
  opening: AccountOpening,
): Promise<{ account: AccountDocument; holder: CustomerDocument | undefined }> {
  for (let duplicates = 0; ; duplicates += 1) {
    try {
      return await runTransaction(context.client, call, async (session) => {
        const holder =
          opening.customer && (await holdAccount(context, call, session, opening.customer));
        // No virtual currency can exist as long as none can be created.
        if (isVirtualCurrency(opening.currency)) {
          throw new LedgerError('CURRENCY_UNSUPPORTED', { currency: opening.currency });
        }
        const account = toDocument(call, opening, holder);
        await context.collections.accounts.insertOne(account, { session });
        return { account, holder };
      });
    } catch (error) {
      // The unique index refused what another transaction wrote first; begun again, this one finds it.
      if (!isDuplicateKey(error)) throw error;
      if (duplicates === duplicatesMax)
        throw new LedgerError('WRITE_CONFLICT', {}, { cause: error });
    }
  }
}

/** Creates or updates the customer of a profile, counts one more open account, and gives the customer. */
async function holdAccount(
  { collections: { customers } }: StoreContext,
  call: Call,
  session: ClientSession,
  profile: CustomerProfile,
): Promise<CustomerDocument> {
  const current = await customers.findOne(
    { tenant: call.tenant, externalId: profile.externalId },
    { session },
  );
  if (!current) {
    const customer = createCustomer(call, profile);
    await customers.insertOne(customer, { session });
    return customer;
  }
  const metadata = { customerId: current._id.toHexString(), externalId: current.externalId };
  const reason = accountOpening.refuse(current);
  if (reason) throw new LedgerError(reason, metadata);
  const count = { $set: { openAccounts: { $add: ['$openAccounts', 1] } } };
  const news = Object.entries(profile).filter(
    ([field, value]) => current[field as keyof CustomerProfile] !== value,
  );
  const change = { verb: 'UPDATE', actor: call.actor, set: Object.fromEntries(news) };
  const held = await customers.findOneAndUpdate(
    { _id: current._id, tenant: call.tenant, ...accountOpening.require, ...hasRoomForChange },
    news.length > 0 ? [count, ...changePipeline(customerFields, change)] : [count],
    { session, returnDocument: 'after' },
  );
  // In the snapshot that was read the guard holds, unless too much of the history waits.
  if (!held) throw new LedgerError('WRITE_CONFLICT', metadata);
  return held;
}

function createCustomer(call: Call, profile: CustomerProfile): CustomerDocument {
  const time = new Date();
  const fields = {
    accountingCurrency: defaultAccountingCurrency,
    ...profile,
    active: true,
    enabled: true,
  };
  return {
    _id: new ObjectId(),
    tenant: call.tenant,
    ...fields,
    openAccounts: 1,
    version: 1,
    createTime: time,
    updateTime: time,
    pending: [creationEntry(customerFields, fields, call.actor, time)],
  };
}

function toDocument(
  call: Call,
  { customer: _, ...fields }: AccountOpening,
  holder: CustomerDocument | undefined,
): AccountDocument {
  const time = new Date();
  const stored = {
    accountingCurrency: holder?.accountingCurrency ?? defaultAccountingCurrency,
    ...fields,
    ...(holder && { customerId: holder._id }),
    active: true,
    frozen: false,
  };
  return {
    _id: new ObjectId(),
    tenant: call.tenant,
    ...stored,
    balance: Decimal128.fromString('0'),
    blocked: Decimal128.fromString('0'),
    version: 1,
    createTime: time,
    updateTime: time,
    pending: [creationEntry(accountFields, stored, call.actor, time)],
  };
}
