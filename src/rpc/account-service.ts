import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type { AccountService } from '../../gen/ledger/v1/account_service_pb.js';
import {
  type AccountTransition,
  accountActivation,
  accountDeactivation,
  freezing,
  unfreezing,
} from '../domain/account.ts';
import type { AccountVerb } from '../domain/change.ts';
import type { Ledger } from '../domain/ledger.ts';
import { toAccountChangeMessage } from './account-change-message.ts';
import { toAccountMessage } from './account-message.ts';
import { toAccountChanges, toAccountFilter, toAccountOrder, toOpening } from './account-request.ts';
import { createBlockageMethods } from './blockage-methods.ts';
import type { ToCall } from './call.ts';
import { toChangeFilter } from './change-message.ts';
import { refuseAt } from './error.ts';
import type { IntentFields } from './intent.ts';
import { toPage } from './request-fields.ts';

/** Creates the implementation of ledger.v1.AccountService. */
export function createAccountService(
  { accounts, blockages, changes }: Pick<Ledger, 'accounts' | 'blockages' | 'changes'>,
  toCall: ToCall,
): ServiceImpl<typeof AccountService> {
  const change =
    (transition: AccountTransition) =>
    async (request: { id: string } & IntentFields, context: HandlerContext) => {
      const account = await accounts.transition(toCall(context, request), request.id, transition);
      return { account: toAccountMessage(account) };
    };

  return {
    async createAccount(request, context) {
      const account = await accounts.open(toCall(context, request), toOpening(request));
      return { account: toAccountMessage(account) };
    },

    async batchCreateAccounts(request, context) {
      const opened = await accounts
        .openAll(toCall(context, request), request.requests.map(toOpening))
        .catch(refuseAt({ repeated: 'requests' }));
      return { accounts: opened.map(toAccountMessage) };
    },

    async getAccount(request, context) {
      return { account: toAccountMessage(await accounts.get(toCall(context), request.id)) };
    },

    async listAccounts(request, context) {
      const [filter, order] = [toAccountFilter(request), toAccountOrder(request.orderBy)];
      const listed = await accounts.list(toCall(context), filter, toPage(request), order);
      return { accounts: listed.items.map(toAccountMessage), nextPageToken: listed.nextToken };
    },

    async countAccounts(request, context) {
      return { total: BigInt(await accounts.count(toCall(context), toAccountFilter(request))) };
    },

    async updateAccount(request, context) {
      const fields = toAccountChanges(request);
      const account = await accounts.update(toCall(context, request), request.id, fields);
      return { account: toAccountMessage(account) };
    },

    async listAccountChanges(request, context) {
      const [filter, page] = [toChangeFilter<AccountVerb>(request), toPage(request)];
      const listed = await changes.listOfAccount(toCall(context), request.id, filter, page);
      return { changes: listed.items.map(toAccountChangeMessage), nextPageToken: listed.nextToken };
    },

    activateAccount: change(accountActivation),
    deactivateAccount: change(accountDeactivation),
    freezeAccount: change(freezing),
    unfreezeAccount: change(unfreezing),
    ...createBlockageMethods(blockages, toCall),
  };
}
