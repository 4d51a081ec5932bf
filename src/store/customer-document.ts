import { ObjectId } from 'mongodb';
import type { Customer, CustomerRef } from '../domain/customer.ts';
import type { CustomerDocument } from './documents.ts';

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
export function fromCustomerDocument(document: Omit<CustomerDocument, 'pending'>): Customer {
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
    createTime: document.createTime,
    updateTime: document.updateTime,
  };
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

/** Tells which customer a refusal is about, as metadata. */
export function describeRef(ref: CustomerRef): Record<string, string> {
  if ('id' in ref) return { customerId: ref.id };
  return { externalId: 'anyId' in ref ? ref.anyId : ref.externalId };
}
