import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { AccountService } from '../../../gen/ledger/v1/account_service_pb.js';
import type { Blockage as BlockageMessage } from '../../../gen/ledger/v1/blockage_pb.js';
import {
  OperationType,
  type TransactionRecord as RecordMessage,
  TransactionType,
} from '../../../gen/ledger/v1/transaction_record_pb.js';
import {
  AmountBound_Comparison as Comparison,
  TransactionService,
} from '../../../gen/ledger/v1/transaction_service_pb.js';
import type { VirtualCurrency as VirtualCurrencyMessage } from '../../../gen/ledger/v1/virtual_currency_pb.js';
import { VirtualCurrencyService } from '../../../gen/ledger/v1/virtual_currency_service_pb.js';
import type {
  Blockage,
  MoneyClient,
  Notes,
  RecordFilter,
  TransactionRecord,
  VirtualCurrency,
} from './money-client.ts';
import { type Call, toAccount, toMask, toPage } from './rpc-messages.ts';

/** Creates the part of a client of the proto contract that is about money. */
export function createRpcMoneyClient(call: Call): MoneyClient {
  const accounts = AccountService.method;
  const transactions = TransactionService.method;
  const currencies = VirtualCurrencyService.method;

  return {
    createBlockage: async (accountId, fields) =>
      toBlockage((await call(accounts.createBlockage, { accountId, ...fields })).blockage),
    getBlockage: async (id) => toBlockage((await call(accounts.getBlockage, { id })).blockage),
    async listBlockages(accountId, { size, from = '' }) {
      const page = { accountId, pageSize: size, pageToken: from };
      const reply = await call(accounts.listBlockages, page);
      return toPage(reply.blockages.map(toBlockage), reply.nextPageToken);
    },
    releaseBlockage: async (id) => void (await call(accounts.releaseBlockage, { id })),
    releaseAllBlockages: async (accountId) =>
      void (await call(accounts.releaseAllBlockages, { accountId })),
    settleBlockage: async (id, payment) =>
      (await call(accounts.settleBlockage, { id, payment })).reference,

    pay: async (senderAccountId, payment) =>
      (await call(transactions.createPayment, { senderAccountId, payment })).reference,
    payAll: async (senderAccountId, payments) =>
      (await call(transactions.batchCreatePayments, { senderAccountId, payments: [...payments] }))
        .references,
    async listRecords({ size, from = '' }, filter) {
      const request = { pageSize: size, pageToken: from, ...toRecordFilter(filter) };
      const reply = await call(transactions.listTransactionRecords, request);
      return toPage(reply.records.map(toRecord), reply.nextPageToken);
    },
    countRecords: async (filter) =>
      Number((await call(transactions.countTransactionRecords, toRecordFilter(filter))).total),

    createVirtualCurrency: async (fields) =>
      toAccount((await call(currencies.createVirtualCurrency, fields)).account),
    getVirtualCurrency: async (name) =>
      toVirtualCurrency((await call(currencies.getVirtualCurrency, { name })).virtualCurrency),
    async updateVirtualCurrency(name, changes, mask) {
      const request = { name, ...changes, ...(mask && { updateMask: toMask(mask) }) };
      const reply = await call(currencies.updateVirtualCurrency, request);
      return toVirtualCurrency(reply.virtualCurrency);
    },
    mint: async (change) => (await call(currencies.mintVirtualCurrency, change)).reference,
    revoke: async (change) => (await call(currencies.revokeVirtualCurrency, change)).reference,
  };
}

function toBlockage(message: BlockageMessage | undefined): Blockage {
  if (!message) throw new Error('the answer has no blockage');
  const { id, accountId, amount, type, description } = message;
  return { id, accountId, amount, type, ...(description !== '' && { description }) };
}

const comparisons = {
  gte: Comparison.GTE,
  lte: Comparison.LTE,
  gt: Comparison.GT,
  lt: Comparison.LT,
  eq: Comparison.EQ,
  neq: Comparison.NEQ,
} as const;

function toRecordFilter(filter: RecordFilter) {
  const { from, to, amounts = [], currencies = [], operationType, transactionType } = filter;
  const { customerId, accountId, counterAccountId, reference, ...rest } = filter;
  const { transactionCode, paymentId, recipientNote, senderNote } = rest;
  return {
    ...given({ customerId, accountId, counterAccountId, reference }),
    ...given({ transactionCode, paymentId, recipientNote, senderNote }),
    ...(from !== undefined && { from: timestampFromMs(from) }),
    ...(to !== undefined && { to: timestampFromMs(to) }),
    currencies: [...currencies],
    amounts: amounts.map(({ comparison, value }) => ({
      comparison: comparisons[comparison],
      value,
    })),
    operationType: OperationType[operationType ?? 'UNSPECIFIED'],
    transactionType: TransactionType[transactionType ?? 'UNSPECIFIED'],
  };
}

/** Leaves out what is not given. */
function given<T extends Readonly<Record<string, string | undefined>>>(texts: T) {
  const entries = Object.entries(texts).filter(([, text]) => text !== undefined && text !== '');
  return Object.fromEntries(entries) as { [K in keyof T]?: string };
}

function toRecord(message: RecordMessage): TransactionRecord {
  if (!message.createTime) throw new Error('a record has no time');
  const { accountId, currency, amount, anonymous, reference, counterAccountId } = message;
  const { transactionCode, paymentId, recipientNote, senderNote } = message;
  const notes: Notes = given({ transactionCode, paymentId, recipientNote, senderNote });
  return {
    accountId,
    currency,
    amount,
    anonymous,
    created: timestampMs(message.createTime),
    operationType: nameOf(OperationType, message.operationType),
    transactionType: nameOf(TransactionType, message.transactionType),
    reference,
    ...given({ counterAccountId }),
    ...notes,
  };
}

/** Gives the name of a value of an enum, which must be told. */
function nameOf<T extends object>(values: T, value: number): Exclude<keyof T, 'UNSPECIFIED'> {
  const [name] = Object.entries(values).find(([, number]) => number === value) ?? [];
  if (name === undefined || name === 'UNSPECIFIED') throw new Error(`a record of type ${value}`);
  return name as Exclude<keyof T, 'UNSPECIFIED'>;
}

function toVirtualCurrency(message: VirtualCurrencyMessage | undefined): VirtualCurrency {
  if (!message) throw new Error('the answer has no virtual currency');
  const { name, supply, basePair, baseRate, accountId, customerId, description } = message;
  const told = given({ customerId, description });
  return { name, supply, basePair, baseRate, accountId, ...told };
}
