import { type Account, showBalance } from '../domain/account.ts';
import { isZero } from '../domain/decimal.ts';
import { accountEtag } from '../domain/etag.ts';
import { fromDecimal128 } from './decimal128.ts';
import type { AccountDocument } from './documents.ts';

/** The fields of an account that its history shows. */
export const accountFields = [
  'customerId',
  'currency',
  'active',
  'frozen',
  'blocked',
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
    balance: showBalance(
      {
        balance: fromDecimal128(document.balance),
        blocked: fromDecimal128(document.blocked),
        frozen: document.frozen,
      },
      customerEnabled,
    ),
    ...(accountCode !== undefined && { accountCode }),
    ...(accountNumber !== undefined && { accountNumber }),
    accountingCurrency: document.accountingCurrency,
    ...(xpub !== undefined && { xpub }),
    version: document.version,
    etag: accountEtag(document),
    createTime: document.createTime,
    updateTime: document.updateTime,
  };
}

/** Asks whether nothing is on the account and nothing blocked, whatever balance it shows. */
export function isEmptyAccount(document: Pick<AccountDocument, 'balance' | 'blocked'>): boolean {
  return [document.balance, document.blocked].every((amount) => isZero(fromDecimal128(amount)));
}
