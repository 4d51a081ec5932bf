import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { AccountSchema } from '../../gen/ledger/v1/account_pb.js';
import type { Account } from '../domain/account.ts';

/** Makes the message of an account. */
export function toAccountMessage(account: Account) {
  return create(AccountSchema, {
    id: account.id,
    currency: account.currency,
    customerId: account.customerId ?? '',
    active: account.active,
    frozen: account.frozen,
    balance: account.balance,
    accountCode: account.accountCode ?? '',
    accountNumber: account.accountNumber ?? '',
    accountingCurrency: account.accountingCurrency,
    xpub: account.xpub ?? '',
    createTime: timestampFromDate(account.createTime),
    updateTime: timestampFromDate(account.updateTime),
    etag: account.etag,
  });
}
