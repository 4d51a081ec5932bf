import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type {
  AccountService,
  CreateAccountRequest,
} from '../../gen/ledger/v1/account_service_pb.js';
import {
  type AccountOpening,
  type AccountTransition,
  accountActivation,
  accountDeactivation,
} from '../domain/account.ts';
import type { Accounts } from '../domain/ledger.ts';
import { coercePageSize } from '../domain/page.ts';
import { toAccountMessage } from './account-message.ts';
import type { ToCall } from './call.ts';
import { fromProfileMessage } from './customer-message.ts';

/** Creates the implementation of ledger.v1.AccountService. */
export function createAccountService(
  accounts: Accounts,
  toCall: ToCall,
): ServiceImpl<typeof AccountService> {
  const change =
    (transition: AccountTransition) => async (request: { id: string }, context: HandlerContext) => {
      const account = await accounts.transition(toCall(context), request.id, transition);
      return { account: toAccountMessage(account) };
    };

  return {
    async createAccount(request, context) {
      const account = await accounts.open(toCall(context), toOpening(request));
      return { account: toAccountMessage(account) };
    },

    async getAccount(request, context) {
      return { account: toAccountMessage(await accounts.get(toCall(context), request.id)) };
    },

    async listAccounts(request, context) {
      const { customer, active, currency, accountCode } = request;
      const filter = {
        ...(customer.case === 'customerId' && { customerId: customer.value }),
        ...(customer.case === 'customerExternalId' && { customerExternalId: customer.value }),
        ...(active !== undefined && { active }),
        ...(currency !== '' && { currency }),
        ...(accountCode !== '' && { accountCode }),
      };
      const page = { size: coercePageSize(request.pageSize), token: request.pageToken };
      const { items, nextToken } = await accounts.list(toCall(context), filter, page);
      return { accounts: items.map(toAccountMessage), nextPageToken: nextToken };
    },

    activateAccount: change(accountActivation),
    deactivateAccount: change(accountDeactivation),
  };
}

/** Makes an opening of its request, in which an empty field is one that is not told. */
function toOpening(request: CreateAccountRequest): AccountOpening {
  const { currency, customer, accountCode, accountNumber, accountingCurrency, xpub } = request;
  return {
    currency,
    ...(customer && { customer: fromProfileMessage(customer) }),
    ...(accountCode !== '' && { accountCode }),
    ...(accountNumber !== '' && { accountNumber }),
    ...(accountingCurrency !== '' && { accountingCurrency }),
    ...(xpub !== '' && { xpub }),
  };
}
