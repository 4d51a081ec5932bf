import { type ClientSession, ObjectId } from 'mongodb';
import { accountOpening, defaultAccountingCurrency } from '../domain/account.ts';
import type { CustomerProfile } from '../domain/customer.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { changePipeline, creationEntry, hasRoomForChange } from './change.ts';
import type { StoreContext } from './context.ts';
import { customerFields } from './customer-document.ts';
import type { CustomerDocument } from './documents.ts';

/**
 * Creates the customer of a profile, or updates it where the profile tells something new, counts one more open account, and gives the
 * customer.
 *
 * @throws LedgerError for the reasons of an opening
 */
export async function holdAccount(
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
    const customer = toCustomerDocument(call, profile);
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
  const change = { verb: 'UPDATE', set: Object.fromEntries(news) };
  const held = await customers.findOneAndUpdate(
    { _id: current._id, tenant: call.tenant, ...accountOpening.require, ...hasRoomForChange },
    news.length > 0 ? [count, ...changePipeline(call, customerFields, change)] : [count],
    { session, returnDocument: 'after' },
  );
  // In the snapshot that was read the guard holds, unless too much of the history waits.
  if (!held) throw new LedgerError('WRITE_CONFLICT', metadata);
  return held;
}

/** Makes the document of a customer that comes to be with its first account. */
export function toCustomerDocument(call: Call, profile: CustomerProfile): CustomerDocument {
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
    spends: 0,
    requestMarks: [],
    version: 1,
    createTime: time,
    updateTime: time,
    pending: [creationEntry(call, customerFields, fields, time)],
  };
}
