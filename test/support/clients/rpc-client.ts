import { AccountService } from '../../../gen/ledger/v1/account_service_pb.js';
import { CustomerService } from '../../../gen/ledger/v1/customer_service_pb.js';
import type { Caller } from './caller.ts';
import type { LedgerClient, Protocol } from './ledger-client.ts';
import {
  type Call,
  toAccount,
  toAccountChange,
  toAccountFilter,
  toChangeFilter,
  toCustomer,
  toCustomerChange,
  toMask,
  toOneof,
  toPage,
} from './rpc-messages.ts';
import { createRpcMoneyClient } from './rpc-money-client.ts';

/** Creates a client that speaks the proto contract over any of its protocols. */
export function createRpcClient(protocol: Protocol, caller: Caller, key: string): LedgerClient {
  const customers = CustomerService.method;
  const accounts = AccountService.method;
  const call: Call = async (method, request) =>
    (await caller.call(method, request, { 'x-api-key': key })).message;

  return {
    ...createRpcMoneyClient(call),
    protocol,
    async listCustomers({ size, from = '' }, filter = {}) {
      const page = { pageSize: size, pageToken: from };
      const reply = await call(customers.listCustomers, { ...page, ...filter });
      return toPage(reply.customers.map(toCustomer), reply.nextPageToken);
    },
    getCustomer: async (ref) =>
      toCustomer((await call(customers.getCustomer, toOneof(ref))).customer),
    async updateCustomer(ref, profile, mask) {
      const request = { ...toOneof(ref), profile, ...(mask && { updateMask: toMask(mask) }) };
      return toCustomer((await call(customers.updateCustomer, request)).customer);
    },
    activateCustomer: async (ref) =>
      toCustomer((await call(customers.activateCustomer, toOneof(ref))).customer),
    deactivateCustomer: async (ref) =>
      toCustomer((await call(customers.deactivateCustomer, toOneof(ref))).customer),
    enableCustomer: async (ref) =>
      toCustomer((await call(customers.enableCustomer, toOneof(ref))).customer),
    disableCustomer: async (ref) =>
      toCustomer((await call(customers.disableCustomer, toOneof(ref))).customer),

    async listCustomerChanges(ref, { size, from = '' }, filter = {}) {
      const page = { pageSize: size, pageToken: from };
      const request = { ...toOneof(ref), ...page, ...toChangeFilter(filter) };
      const reply = await call(customers.listCustomerChanges, request);
      return toPage(reply.changes.map(toCustomerChange), reply.nextPageToken);
    },

    createAccount: async (opening) =>
      toAccount((await call(accounts.createAccount, opening)).account),
    createAccounts: async (openings) =>
      (await call(accounts.batchCreateAccounts, { requests: [...openings] })).accounts.map(
        toAccount,
        toAccountChange,
      ),
    getAccount: async (id) => toAccount((await call(accounts.getAccount, { id })).account),
    async listAccounts({ size, from = '' }, filter = {}, order) {
      const page = { pageSize: size, pageToken: from };
      const orderBy = order ? `${order.by}${order.descending ? ' desc' : ''}` : '';
      const request = { ...page, ...toAccountFilter(filter), orderBy };
      const reply = await call(accounts.listAccounts, request);
      return toPage(reply.accounts.map(toAccount), reply.nextPageToken);
    },
    countAccounts: async (filter) =>
      Number((await call(accounts.countAccounts, toAccountFilter(filter))).total),
    async listAccountChanges(id, { size, from = '' }, filter = {}) {
      const request = { id, pageSize: size, pageToken: from, ...toChangeFilter(filter) };
      const reply = await call(accounts.listAccountChanges, request);
      return toPage(reply.changes.map(toAccountChange), reply.nextPageToken);
    },
    async updateAccount(id, fields, mask) {
      const request = { id, ...fields, ...(mask && { updateMask: toMask(mask) }) };
      return toAccount((await call(accounts.updateAccount, request)).account);
    },
    activateAccount: async (id) =>
      toAccount((await call(accounts.activateAccount, { id })).account),
    deactivateAccount: async (id) =>
      toAccount((await call(accounts.deactivateAccount, { id })).account),
    freezeAccount: async (id) => toAccount((await call(accounts.freezeAccount, { id })).account),
    unfreezeAccount: async (id) =>
      toAccount((await call(accounts.unfreezeAccount, { id })).account),
    close: async () => caller.close(),
  };
}
