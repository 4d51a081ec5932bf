import { create } from '@bufbuild/protobuf';
import { AccountChangeSchema } from '../../gen/ledger/v1/account_change_pb.js';
import type { AccountChange, AccountState } from '../domain/change.ts';
import { toChangeFields } from './change-message.ts';

/** Makes the message of a change of an account. */
export function toAccountChangeMessage(change: AccountChange) {
  return create(AccountChangeSchema, {
    ...toChangeFields(change),
    accountId: change.accountId,
    ...(change.before && { before: toStateMessage(change.before) }),
    after: toStateMessage(change.after),
  });
}

function toStateMessage(state: AccountState) {
  const { customerId = '', accountCode = '', accountNumber = '', ...told } = state;
  return { ...told, customerId, accountCode, accountNumber };
}
