import { type Account, showBalance } from '../domain/account.ts';
import { isZero, parseDecimal } from '../domain/decimal.ts';
import type { AccountDocument } from './documents.ts';

/** The fields of an account that its history shows. */
export const accountFields = [
  'customerId',
  'currency',
  'active',
  'frozen',
  'accountCode',
  'accountNumber',
  'accountingCurrency',
] as const;

/**
 * Makes an account of its document.
 *
 * @param customerEnabled whether the customer is enabled; true for an account without a customer
 */
export function fromAccountDocument(
  document: Omit<AccountDocument, 'pending'>,
  customerEnabled: boolean,
): Account {
  const { _id, customerId, accountCode, accountNumber, xpub } = document;
  return {
    id: _id.toHexString(),
    currency: document.currency,
    ...(customerId !== undefined && { customerId: customerId.toHexString() }),
    active: document.active,
    frozen: document.frozen,
    balance: showBalance({
      balance: parseDecimal(document.balance.toString()),
      blocked: parseDecimal(document.blocked.toString()),
      frozen: document.frozen,
      customerEnabled,
    }),
    ...(accountCode !== undefined && { accountCode }),
    ...(accountNumber !== undefined && { accountNumber }),
    accountingCurrency: document.accountingCurrency,
    ...(xpub !== undefined && { xpub }),
    version: document.version,
    createTime: document.createTime,
    updateTime: document.updateTime,
  };
}

/** Asks whether nothing is on the account and nothing blocked, whatever balance it shows. */
export function isEmptyAccount(document: Pick<AccountDocument, 'balance' | 'blocked'>): boolean {
  return [document.balance, document.blocked].every((amount) =>
    isZero(parseDecimal(amount.toString())),
  );
}
