import { type Document, ObjectId } from 'mongodb';
import type { Customer, CustomerRef } from '../domain/customer.ts';
import { customerEtag } from '../domain/etag.ts';
import { byId } from './context.ts';
import type { ChangeEntry, CustomerDocument } from './documents.ts';

/** The fields of a customer that its history shows. */
export const customerFields = [
  'externalId',
  'active',
  'enabled',
  'accountingCurrency',
  'customerCountry',
  'providerCountry',
] as const;

/** Makes a customer of its document. */
export function fromCustomerDocument(
  document: Omit<CustomerDocument, 'pending' | 'spends' | 'requestMarks'>,
): Customer {
  const { _id, customerCountry, providerCountry } = document;
  return {
    id: _id.toHexString(),
    externalId: document.externalId,
    active: document.active,
    enabled: document.enabled,
    accountingCurrency: document.accountingCurrency,
    ...(customerCountry !== undefined && { customerCountry }),
    ...(providerCountry !== undefined && { providerCountry }),
    openAccounts: document.openAccounts,
    version: document.version,
    etag: customerEtag(document),
    createTime: document.createTime,
    updateTime: document.updateTime,
  };
}

/** The field of a customer, besides those of its history, that an answer shows. */
export const customerAnswerFields = ['openAccounts'] as const;

/** Makes the customer that a change of it left, of the entry of that change. */
export function fromCustomerEntry(
  document: Pick<CustomerDocument, '_id' | 'tenant' | 'createTime'>,
  { version, time, after, answer }: Pick<ChangeEntry, 'version' | 'time' | 'after' | 'answer'>,
): Customer {
  const { _id, tenant, createTime } = document;
  const told = { ...after, ...answer } as Pick<CustomerDocument, (typeof customerFields)[number]> &
    Pick<CustomerDocument, (typeof customerAnswerFields)[number]>;
  return fromCustomerDocument({ ...told, _id, tenant, version, createTime, updateTime: time });
}

/** Parses an internal id; undefined for a text that is none, which therefore no resource has. */
export function parseId(text: string): ObjectId | undefined {
  return /^[0-9a-fA-F]{24}$/.test(text) ? new ObjectId(text) : undefined;
}

/** Makes the filter of one customer; undefined when no customer can have the id. */
export function matchCustomer(
  tenant: string,
  ref: Exclude<CustomerRef, { anyId: string }>,
): { tenant: string; _id: ObjectId } | { tenant: string; externalId: string } | undefined {
  if ('externalId' in ref) return { tenant, externalId: ref.externalId };
  const _id = parseId(ref.id);
  return _id && { tenant, _id };
}

/** The index of the filter of one customer: other ones would serve too, and without a hint the database considers them each time. */
export function hintOf(target: { _id: ObjectId } | { externalId: string } | object): Document {
  return 'externalId' in target ? { tenant: 1, externalId: 1 } : byId;
}

/** Tells which customer a refusal is about, as metadata. */
export function describeRef(ref: CustomerRef): Record<string, string> {
  if ('id' in ref) return { customerId: ref.id };
  return { externalId: 'anyId' in ref ? ref.anyId : ref.externalId };
}
